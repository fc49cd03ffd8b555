import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { lostParts } from '../../src/engine/forget-lost-parts.ts';
import { ROLLUPS } from '../../src/migrations/all.ts';
import { entryOf } from '../example-entry.ts';
import { openTestLedger } from '../open-test-ledger.ts';

/** Those that sum every call: example calls have no prompt and no run. */
const TABLES = ['calls', ...ROLLUPS.map(({ create }) => create.table).filter((table) => /^(usage|user|customer|quality)_/.test(table))];

test('an engine killed between the token of a part and its name stores the part when it is sent again, in every table', async () => {
  const at = await openTestLedger();
  onTestFinished(() => at.stop());
  const stored = async () => {
    const counts = TABLES.map((table) => `SELECT toInt32(sum(${table === 'calls' ? 'delta_calls' : 'calls'})) AS n FROM ${table}`);
    return (await at.query<{ n: number }>(counts.join(' UNION ALL '))).map(({ n }) => n);
  };
  const whole = { token: 'whole', entries: [entryOf()], steps: [] };
  const killed = { token: 'killed', entries: [entryOf(), entryOf()], steps: [] };
  await at.ledger.write(whole);
  await at.ledger.write(killed);
  await leaveAsKilled(at);
  for (const batch of [killed, whole]) await writeUntilStored(at, batch);
  expect(await stored()).toEqual(TABLES.map(() => 3));
}, 60_000);

type Open = Awaited<ReturnType<typeof openTestLedger>>;

/** Kills the engine and gives the newest part of each table the name it had before its insert was complete. */
async function leaveAsKilled({ engine, query }: Open): Promise<void> {
  const parts = await query<{ path: string; part: string }>(
    `SELECT path, name AS part FROM system.parts WHERE database = 'tokenledger' AND table != 'schema_migrations' AND min_block_number = 2 AND max_block_number = 2`,
  );
  expect(parts).toHaveLength(TABLES.length);
  if (engine.pid !== undefined) process.kill(engine.pid, 'SIGKILL');
  for (const { path, part } of parts) await rename(path, join(path, '..', `tmp_insert_${part}`));
}

async function writeUntilStored({ ledger }: Open, batch: Parameters<Open['ledger']['write']>[0]): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ledger.write(batch);
    } catch (error) {
      if (attempt > 400) throw error;
      await sleep(50);
    }
  }
}

test('only a part that is neither there nor merged into another, nor dropped, counts as lost', () => {
  const log = [
    '1\t202611_1_1_0\t202611_a',
    '1\t202611_2_2_1\t202611_b',
    '1\t202611_3_3_0\t202611_c',
    '1\tall_4_4_0\tall_d',
    '1\t202611_5_5_0\t202611_e',
  ];
  const more = ['2\t202611_5_5_0\t202611_e', '1\t202611_6_6_0\t202611_f', '1\t2026', ''];
  const parts = [
    ['202611', 1, 2],
    ['202611', 6, 6],
    ['202610', 3, 3],
  ] as const;
  expect(lostParts([log.join('\n'), more.join('\n')], parts)).toEqual([
    { part: '202611_3_3_0', blockId: '202611_c' },
    { part: 'all_4_4_0', blockId: 'all_d' },
  ]);
});
