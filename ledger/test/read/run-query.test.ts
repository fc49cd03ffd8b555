import { afterAll, beforeAll, expect, test } from 'vitest';
import { ReadFailed, ReadTooHeavy } from '../../src/index.ts';
import { READ_SETTINGS } from '../../src/read/limits.ts';
import { runQueryFor } from '../../src/read/run-query.ts';
import { openTestLedger, type TestLedger } from '../open-test-ledger.ts';

let opened: TestLedger;
beforeAll(async () => {
  opened = await openTestLedger();
});
afterAll(() => opened?.stop());

const ask = (sql: string) => runQueryFor(opened.client, 'acme')(sql, {});
/** The settings of every read, one of them lower, so that the test need not wait. */
const limited = (name: string, value: number) => READ_SETTINGS.replace(new RegExp(`${name} = \\d+`), `${name} = ${value}`);

test.each([
  ['max_execution_time', 1, 'SELECT count() FROM numbers(1900000000) WHERE sipHash64(number) = 1', 'it takes too long'],
  ['max_rows_to_read', 1000, 'SELECT count() FROM numbers(1000000) WHERE number % 2 = 1', 'it reads too many rows'],
  ['max_result_rows', 10, 'SELECT number FROM numbers(1000)', 'it returns too many rows'],
  [
    'max_memory_usage',
    20_000_000,
    'SELECT count() FROM (SELECT number FROM numbers(10000000) GROUP BY number)',
    'it needs too much memory',
  ],
] as const)('a read over its %s is refused as too heavy, and says why', async (name, value, sql, why) => {
  expect(READ_SETTINGS).toContain(`${name} = `);
  const refused = await ask(`${sql}\n${limited(name, value)}`).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(ReadTooHeavy);
  expect(String(refused)).toContain(why);
  expect(await ask(`SELECT 1 AS one\n${READ_SETTINGS}`)).toEqual([{ one: 1 }]);
});

test('a query that ClickHouse does not understand is our mistake, not a heavy one', async () => {
  await expect(ask(`SELECT no_such_column FROM calls\n${READ_SETTINGS}`)).rejects.toBeInstanceOf(ReadFailed);
});
