import type { PostedEntry } from '@tokenledger/ledger';
import type { Call, LedgerEntry, Meter, PicoUsd } from '@tokenledger/model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { entriesFor, weight } from '../../src/account/entries.ts';
import { settleCall } from '../../src/settle/settle-call.ts';

const BASE: Call = {
  traceId: 'ab'.repeat(16),
  spanId: 'cd'.repeat(8),
  name: 'chat',
  timeMs: 1_764_000_000_000,
  receivedMs: 1_764_000_000_500,
  durationMs: 12.345,
  status: 'ok',
  provider: 'openai',
  operation: 'chat',
  model: 'gpt-4o',
  usage: { input_uncached: 10 },
  charges: [],
  cost: 0n,
  priceStatus: 'exact',
  billable: true,
  estimated: false,
  semantics: { profile: 'test', confidence: 'certain', flags: [] },
  rawUsage: {},
  evidence: '{}',
};

/** The same call in another light: billed or not, for another team, at another price. */
const light = fc
  .record({
    billable: fc.boolean(),
    team: fc.constantFrom(undefined, 'a', 'b'),
    units: fc.integer({ min: 0, max: 5 }),
    priced: fc.boolean(),
  })
  .map(({ billable, team, units, priced }): Call => {
    const amount = BigInt(units) * 7n;
    const charges = [
      { meter: 'input_uncached' as const, quantity: units, unitPriceUsd: '0.000000000007', amount, priceId: 'p', source: 's' },
    ];
    const usage = { input_uncached: units };
    if (!billable) return { ...BASE, team, usage, billable, notBillableReason: 'wrapper', charges: [], cost: 0n };
    return priced
      ? { ...BASE, team, usage, charges, cost: amount }
      : { ...BASE, team, usage, charges: [], cost: null, priceStatus: 'unpriced' };
  });

/** What one collector posts that sees the call in these lights, one after another. */
function chain(writer: string, lights: readonly Call[]): readonly PostedEntry[] {
  const posted: PostedEntry[] = [];
  let known: { readonly call: Call; readonly version: number } | undefined;
  for (const call of lights) {
    const entries = entriesFor('acme', known, call);
    posted.push(...entries.map((entry) => toPosted(entry, `${writer}-${posted.length}`)));
    known = { call, version: entries.at(-1)?.version ?? 0 };
  }
  return posted;
}

function toPosted({ version, call, delta }: LedgerEntry, token: string): PostedEntry {
  const costByMeter: Partial<Record<Meter, PicoUsd>> = {};
  for (const { meter, amount } of delta.charges) costByMeter[meter] = (costByMeter[meter] ?? 0n) + amount;
  return { version, token, storedMs: call.timeMs, call, delta: { ...delta, costByMeter } };
}

const inOrder = (posted: readonly PostedEntry[]) => posted.toSorted((a, b) => a.version - b.version || (a.token < b.token ? -1 : 1));

/** Calls, unpriced calls, requests, tokens and cost for each team. */
function sums(posted: readonly PostedEntry[]): Record<string, unknown> {
  const byTeam = Map.groupBy(posted, ({ call }) => `${call.team} ${call.billable} ${call.priceStatus}`);
  const total = (entries: readonly PostedEntry[]) => ({
    calls: entries.reduce((sum, { delta }) => sum + delta.calls, 0),
    unpriced: entries.reduce((sum, { delta }) => sum + delta.unpricedCalls, 0),
    requests: entries.reduce((sum, { delta }) => sum + delta.requests, 0),
    tokens: entries.reduce((sum, { delta }) => sum + (delta.usage.input_uncached ?? 0), 0),
    cost: entries.reduce((sum, { delta }) => sum + delta.cost, 0n),
  });
  const all = [...byTeam].map(([place, entries]) => [place, total(entries)] as const);
  return Object.fromEntries(all.filter(([, sum]) => Object.values(sum).some((value) => Number(value) !== 0)));
}

test('whatever several collectors posted of a call, settled it is there once, in its place, and settling again adds nothing', () => {
  const lights = fc.array(light, { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(fc.array(lights, { minLength: 1, maxLength: 3 }), light, (writers, truth) => {
      const posted = inOrder(writers.flatMap((seen, index) => chain(`collector${index}`, seen)));
      const added = settleCall('acme', truth, posted).map((entry) => toPosted(entry, 'settle-1'));
      const all = inOrder([...posted, ...added]);
      const [alone] = entriesFor('acme', undefined, truth);
      expect(sums(all)).toEqual(sums(alone ? [toPosted(alone, 'once-0')] : []));
      expect(settleCall('acme', truth, all)).toEqual([]);
      expect(all.at(-1)?.call).toMatchObject({ team: truth.team, billable: truth.billable, priceStatus: truth.priceStatus });
    }),
    { numRuns: 500 },
  );
});

test('a call that one collector posted right is left alone', () => {
  fc.assert(
    fc.property(fc.array(light, { minLength: 1, maxLength: 4 }), (seen) => {
      const last = seen.at(-1);
      expect(last && settleCall('acme', last, chain('collector', seen))).toEqual([]);
    }),
  );
});

test('what is taken back is taken back where it was counted: a wrong clock filed it at its time of receipt', () => {
  const early = { ...BASE, timeMs: 5, receivedMs: 1000 };
  const [entry] = entriesFor('acme', undefined, early);
  if (!entry) throw new Error('no entry');
  const twice = [
    { ...toPosted(entry, 'left-0'), storedMs: 1000 },
    { ...toPosted({ ...entry, call: { ...early, receivedMs: 2000 } }, 'right-0'), storedMs: 2000 },
  ];
  const settled = settleCall('acme', early, twice);
  expect(settled.map(({ call, delta }) => [call.receivedMs, delta.calls])).toEqual([
    [2000, -1],
    [1000, 0],
  ]);
  expect(weight(early).calls).toBe(1);
});
