import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { formatUsd } from '@tokenledger/model';
import { BINARY_ROWS } from '../../src/read/binary-rows.ts';
import { runQueryFor } from '../../src/read/run-query.ts';
import { openTestLedger, type TestLedger } from '../open-test-ledger.ts';

let opened: TestLedger;
beforeAll(async () => {
  opened = await openTestLedger();
});
afterAll(() => opened?.stop());

const ask = (sql: string) => runQueryFor(opened.client, 'acme')(sql, {}, BINARY_ROWS);
/** Of numbers of 128 bits, those of 64, and what stands where the one becomes the other. */
const amount = fc.oneof(
  fc.bigInt({ min: -(10n ** 37n), max: 10n ** 37n }),
  fc.bigInt({ min: -(2n ** 63n) - 2n, max: -(2n ** 63n) + 2n }),
  fc.bigInt({ min: 2n ** 63n - 2n, max: 2n ** 63n + 2n }),
  fc.bigInt({ min: -2n, max: 2n }),
);
const row = fc.record({
  name: fc.string({ maxLength: 300, unit: fc.constantFrom('a', 'é', '\u{1F600}') }),
  counts: fc.array(fc.maxSafeInteger()),
  amounts: fc.array(amount),
});

test('texts, counts and money of any size and sign arrive as they were', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 3 }), async (rows) => {
      const selects = rows.map(
        ({ name, counts, amounts }, place) =>
          `SELECT ${place} AS place, '${name}' AS name, [${counts.join()}]::Array(Int64) AS counts, [${amounts.map(formatUsd).join()}]::Array(Decimal(38, 12)) AS amounts`,
      );
      const answered = await ask(`SELECT name, counts, amounts FROM (${selects.join(' UNION ALL ')}) ORDER BY place`);
      expect(answered).toEqual(rows);
    }),
    { numRuns: 30 },
  );
});

test('a question that fails half-way, or whose answer is cut short, is no answer', async () => {
  await expect(ask('SELECT throwIf(number = 99999), [number]::Array(Int64) AS list FROM numbers(100000)')).rejects.toThrow();
  const { format, toRows } = BINARY_ROWS;
  const { stream } = await opened.client.exec({ query: `SELECT 'a' AS name, [1, 2]::Array(Int64) AS list FORMAT ${format}` });
  const answer = Buffer.concat((await stream.toArray()) as Buffer[]);
  expect(toRows(answer)).toEqual([{ name: 'a', list: [1, 2] }]);
  expect(() => toRows(answer.subarray(0, -1))).toThrow(RangeError);
});
