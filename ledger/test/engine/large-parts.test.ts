import { expect, onTestFinished, test } from 'vitest';
import { startTestEngine } from './started-engine.ts';

test('many parts that are as large as they become refuse no insert; many small ones do', async () => {
  const engine = await startTestEngine();
  const { client } = engine;
  onTestFinished(() => engine.stop());
  for (const table of ['large', 'small']) {
    await client.command({
      query: `CREATE TABLE ${table} (text String CODEC(NONE)) ENGINE = MergeTree ORDER BY () SETTINGS parts_to_delay_insert = 2, parts_to_throw_insert = 2`,
    });
    await client.command({ query: `SYSTEM STOP MERGES ${table}` });
  }
  const insert = (table: string, mebibytes: number) =>
    client.command({ query: `INSERT INTO ${table} SELECT randomString(1048576) FROM numbers(${mebibytes})` });
  for (let part = 0; part < 3; part++) await insert('large', 60);
  for (let part = 0; part < 2; part++) await insert('small', 1);
  await expect(insert('small', 1)).rejects.toMatchObject({ type: 'TOO_MANY_PARTS' });
});
