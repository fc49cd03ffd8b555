/** Calls in any order are what sorting all of them says, whether one look was enough or not. */
import type { Call, LedgerEntry } from '@tokenledger/model';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CALL_ORDERS, type CallOrder } from '../../src/index.ts';
import { readFirstCalls } from '../../src/read/first-calls.ts';
import { runQueryFor } from '../../src/read/run-query.ts';
import { entryOf, moveOf, NOTHING } from '../example-entry.ts';
import { openTestLedger, type TestLedger } from '../open-test-ledger.ts';

const TENANT = 'first';
const AT = Date.now() - 5 * 3_600_000;

/** Few costs, times and durations, so that many calls are alike; one in ten was corrected. */
const call = fc
  .record({
    timeMs: fc.oneof(fc.nat(40), fc.nat(3_600_000)).map((ms) => AT + ms),
    cost: fc.oneof(fc.nat(30), fc.nat(100_000)).map((micro) => BigInt(micro) * 1_000_000n),
    durationMs: fc.oneof(fc.nat(30), fc.nat(100_000)),
    user: fc.constantFrom('ada', 'bob'),
  })
  .chain((facts) => fc.tuple(fc.constant(facts), fc.nat(9), fc.boolean()));

const entries = fc.sample(call, { numRuns: 400, seed: 11 }).flatMap(([facts, fate, isMoved]): readonly LedgerEntry[] => {
  const first = entryOf({ ...facts, charges: [] }, { tenant: TENANT });
  if (fate > 0) return [first];
  if (isMoved) return [first, ...moveOf(first, { timeMs: facts.timeMs + 1000 })];
  return [
    first,
    { ...first, version: 1, reason: 'reprice', call: { ...first.call, cost: 5n }, delta: { ...NOTHING, cost: 5n - facts.cost } },
  ];
});

let at: TestLedger;
beforeAll(async () => {
  at = await openTestLedger();
  await at.ledger.write({ token: 'first', entries, steps: [] });
}, 60_000);
afterAll(() => at?.stop());

const range = { from: AT, to: AT + 3_600_000 };

function plain(orderBy: CallOrder, user: string | undefined): readonly Call[] {
  const newest = new Map(entries.toSorted((a, b) => a.version - b.version).map((entry) => [entry.call.spanId, entry.call]));
  const rank = { newest: () => 0, cost: (each: Call) => Number(each.cost), duration: (each: Call) => each.durationMs }[orderBy];
  const idOf = ({ traceId, spanId }: Call) => traceId.slice(16) + traceId.slice(0, 16) + spanId;
  return [...newest.values()]
    .filter((each) => each.timeMs >= range.from && each.timeMs < range.to && (user === undefined || each.user === user))
    .toSorted((a, b) => rank(b) - rank(a) || b.timeMs - a.timeMs || (idOf(a) < idOf(b) ? 1 : -1));
}

describe.each(CALL_ORDERS)('by %s', (orderBy) => {
  test.each([undefined, 'ada'])('calls are the first of all (user %s)', async (user) => {
    for (const limit of [1, 2, 3, 5, 8, 40, 1000]) {
      const filters = user === undefined ? {} : { user: [user] };
      const { calls, next } = await at.ledger.forTenant(TENANT).calls({ ...range, orderBy, limit, filters });
      const expected = plain(orderBy, user);
      expect(calls.map(({ spanId, cost }) => [spanId, cost])).toEqual(expected.slice(0, limit).map(({ spanId, cost }) => [spanId, cost]));
      expect(next !== undefined).toBe(orderBy === 'newest' && expected.length > limit);
    }
  });
});

test('one look is enough for some pages, and says so where it is not', async () => {
  const run = runQueryFor(at.client, TENANT);
  const asked = CALL_ORDERS.flatMap((orderBy) => [1, 2, 3, 5].map((limit) => ({ ...range, orderBy, limit })));
  const looks = await Promise.all(asked.map(async (query) => (await readFirstCalls(run, query)) !== undefined));
  expect(new Set(looks)).toEqual(new Set([true, false]));
});
