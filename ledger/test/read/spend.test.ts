import { DIMENSIONS, METERS, type Dimension, type LedgerEntry } from '@tokenledger/model';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MEASURES, type Interval, type SpendQuery, type SpendResult } from '../../src/index.ts';
import { MOST_FLAT_ROWS } from '../../src/read/flat-sums.ts';
import { floorTo } from '../../src/read/sources.ts';
import { stepOf } from '../../src/read/spend.ts';
import { entryOf } from '../example-entry.ts';
import { openTestLedger, type TestLedger } from '../open-test-ledger.ts';
import { measureOfSum, nothing, plainSums } from './plain-sum.ts';
import { sampleEntries } from './random-entries.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** The end of the samples: far enough back that no test waits for a minute to pass. */
const END_MS = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
const START_MS = END_MS - 60 * DAY_MS;

const TENANT = 'acme';
const entries = sampleEntries({ tenant: TENANT, count: 700, seed: 11, fromMs: START_MS, toMs: END_MS });
const foreign = sampleEntries({ tenant: 'other', count: 200, seed: 12, fromMs: START_MS, toMs: END_MS });

let opened: TestLedger;
beforeAll(async () => {
  opened = await openTestLedger();
  const all = [...entries, ...foreign];
  for (let at = 0; at < all.length; at += 250)
    await opened.ledger.write({ token: `part-${at}`, entries: all.slice(at, at + 250), steps: [] });
});
afterAll(() => opened?.stop());

const spend = (query: SpendQuery) => opened.ledger.forTenant(TENANT).spend(query);

/** A filter that leaves nothing out, but that no rollup knows: the ledger's own entries must answer. */
const FROM_ENTRIES = { billable: ['true', 'false'] } as const;

const SUMMED = [...MEASURES.keys()]
  .filter((name) => !/^(latency|ttft)_|_share$|_per_second$/.test(name) || name === 'unpriced_share')
  .filter((name) => !isEstimate(name));

/** At the average price of each row, so it depends on which rows there are; the samples have no list prices. */
function isEstimate(name: string): boolean {
  return name === 'cache_savings';
}

/** Ends on hours, on minutes, or anywhere. */
const instant = fc
  .tuple(fc.integer({ min: START_MS - DAY_MS, max: END_MS + DAY_MS }), fc.constantFrom(1, 1, 60_000, HOUR_MS, DAY_MS))
  .map(([time, step]) => time - (time % step));
const values: Readonly<Partial<Record<Dimension, readonly string[]>>> = {
  team: ['search', 'late', '', 'it’s “quoted”'],
  model: ['gpt-5', 'gpt-5.1'],
  user: ['ada', ''],
  status: ['error'],
  estimated: ['true'],
  environment: ['prod', ''],
};
const filters = fc
  .subarray(Object.keys(values) as Dimension[], { maxLength: 2 })
  .map((names) => Object.fromEntries(names.map((name) => [name, values[name] ?? []])));
const GROUPABLE = DIMENSIONS.filter((name) => name !== 'billable');
interface Asked extends SpendQuery {
  readonly interval: Interval;
  readonly groupBy: readonly Dimension[];
  readonly measures: readonly string[];
}

const question = fc
  .record({
    ends: fc.tuple(instant, instant).filter(([a, b]) => a !== b),
    groupBy: fc.oneof(
      fc.subarray<Dimension>(GROUPABLE, { maxLength: 3 }),
      fc.subarray<Dimension>(['user', 'team', 'customer', 'environment']),
      fc.subarray<Dimension>(['customer', 'feature', 'model']),
    ),
    filters,
    interval: fc.constantFrom<Interval[]>('none', 'none', 'hour', 'day', 'auto', 15 * 60_000),
    measures: fc.subarray(SUMMED, { minLength: 1, maxLength: 6 }),
  })
  .map(({ ends, ...rest }): Asked => ({ from: Math.min(...ends), to: Math.max(...ends), ...rest }))
  .filter(({ from, to, interval }) => ((to - from) / (stepOf(interval, to - from) ?? DAY_MS)) * 100 < 90_000);

function expectPlainSums(result: SpendResult, query: Asked) {
  const { groupBy, measures, filters = {} } = query;
  const asked = { fromMs: query.from, toMs: query.to, groupBy, filters };
  const sums = plainSums(entries, { ...asked, stepMs: result.stepMs });
  const groups = plainSums(entries, { ...asked, stepMs: null });
  const answered = new Map(
    result.rows.map((row) => [JSON.stringify([row.timeMs ?? null, ...groupBy.map((name) => row.dimensions[name] ?? null)]), row.measures]),
  );
  expect(answered.size).toBe(result.rows.length);
  for (const [key, measured] of answered) {
    const sum = sums.get(key) ?? nothing();
    expect(measured, key).toEqual(Object.fromEntries(measures.map((name) => [name, measureOfSum(name, sum)])));
  }
  // Nothing is left out: a group that is not in the answer adds nothing to any of its measures.
  const shown = new Set([...answered.keys()].map((key) => JSON.stringify([null, ...(JSON.parse(key) as unknown[]).slice(1)])));
  for (const [key, sum] of groups) {
    if (shown.has(key)) continue;
    expect([sum.calls, sum.unpriced, sum.cost], `missing ${key}`).toEqual([0, 0, 0n]);
  }
}

describe('spend', () => {
  test('any range, grouping, filter and interval equals the plain sum of the entries', async () => {
    const used = new Set<string>();
    await fc.assert(
      fc.asyncProperty(question, async (query) => {
        const result = await spend({ ...query, limit: 5000 });
        for (const source of result.sources) used.add(source);
        expectPlainSums(result, query);
      }),
      { numRuns: 80, seed: 5 },
    );
    expect([...used].toSorted()).toEqual(['calls', 'usage_1h', 'usage_1m', 'user_1d']);
  }, 120_000);

  test('customers by feature and model come from their own rollup, and equal the plain sum', async () => {
    const query: Asked = {
      from: START_MS + 12_345,
      to: END_MS,
      interval: 'none',
      groupBy: ['customer', 'feature', 'model'],
      measures: ['cost', 'calls', 'errors', 'tokens', 'cost_per_call'],
      filters: { team: ['search', ''] },
    };
    const result = await spend({ ...query, limit: 5000 });
    expect(result.sources).toEqual(['calls', 'customer_1h']);
    expectPlainSums(result, query);
  });

  test('the numbers are the same whichever table answers, percentiles included', async () => {
    const every = [...MEASURES.keys()].filter((name) => !isEstimate(name));
    for (const groupBy of [[], ['model', 'status'], ['team', 'estimated']] as const) {
      for (const interval of ['none', 'day'] as const) {
        const query = { from: START_MS + 12_345, to: END_MS - 54_321, groupBy, interval, measures: every, orderBy: 'cost' };
        const [fast, slow] = [await spend(query), await spend({ ...query, filters: FROM_ENTRIES })];
        expect(fast.sources).toContain('usage_1h');
        expect(slow.sources).toEqual(['calls']);
        expect(fast.rows).toEqual(slow.rows);
      }
    }
  });

  test('groups and their buckets are the same whether they are asked for at once or one after the other', async () => {
    for (const groupBy of ['model', 'team', 'status'] as const) {
      for (const orderBy of ['cost', 'calls', 'error_rate', 'tokens', 'latency_p95', 'cost_per_call']) {
        for (const direction of ['asc', 'desc'] as const) {
          const query = {
            from: START_MS,
            to: END_MS,
            groupBy: [groupBy],
            interval: 'day',
            measures: ['cost', 'errors'],
            orderBy,
            direction,
            limit: 2,
          } as const;
          // A search is for any number of groups, and this one finds them all.
          expect(await spend(query), `${groupBy} by ${orderBy} ${direction}`).toEqual(await spend({ ...query, search: '' }));
        }
      }
    }
  });

  test('percentiles lie within 9 % of the exact ones', async () => {
    const { rows } = await spend({ from: START_MS, to: END_MS, measures: ['latency_p50', 'latency_p95', 'latency_p99'] });
    const durations = entries.flatMap(({ call, delta }) => (delta.calls > 0 ? [call.durationMs] : [])).sort((a, b) => a - b);
    // A moved call is taken out once and put in twice, so it counts once: durations of the reversed entry are taken out here.
    for (const { call, delta } of entries) if (delta.calls < 0) durations.splice(durations.indexOf(call.durationMs), 1);
    for (const percent of [50, 95, 99]) {
      const exact = durations[Math.ceil((percent / 100) * durations.length) - 1] ?? 0;
      const answered = Number(rows[0]?.measures[`latency_p${percent}`]);
      expect(Math.abs(answered / exact - 1), `p${percent}: ${answered} for ${exact}`).toBeLessThan(0.09);
    }
  });

  test('a group whose every call is unpriced has an unknown cost; a mixed one has the cost of the others', async () => {
    const at = END_MS - 400 * 60_000;
    const unpriced = { cost: null, charges: [], priceStatus: 'unpriced', unpricedReason: 'no_price' } as const;
    const tenant = 'mixed';
    const entry = (model: string, facts: Partial<LedgerEntry['call']> = {}) => entryOf({ model, timeMs: at, ...facts }, { tenant });
    await opened.ledger.write({ token: 'mixed', entries: [entry('dark', unpriced), entry('dim', unpriced), entry('dim')], steps: [] });
    const { rows } = await opened.ledger
      .forTenant(tenant)
      .spend({ from: at, to: at + 1, groupBy: ['model'], measures: ['cost', 'calls', 'unpriced_calls', 'cost_per_call'] });
    expect(rows.map(({ dimensions, measures }) => [dimensions.model, measures])).toEqual([
      ['dim', { cost: 3_500_000_000n, calls: 2, unpriced_calls: 1, cost_per_call: 3_500_000_000n }],
      ['dark', { cost: null, calls: 1, unpriced_calls: 1, cost_per_call: null }],
    ]);
  });

  test('every group has every bucket, in ascending time; the biggest groups come first', async () => {
    const { rows, stepMs } = await spend({
      from: END_MS - 2 * DAY_MS + 5,
      to: END_MS,
      groupBy: ['model'],
      interval: 'hour',
      measures: ['cost'],
      limit: 2,
    });
    expect(stepMs).toBe(HOUR_MS);
    expect(rows).toHaveLength(48 * 2);
    const totals = await spend({ from: END_MS - 2 * DAY_MS + 5, to: END_MS, groupBy: ['model'], measures: ['cost'], limit: 2 });
    expect(totals.truncated).toBe(true);
    const order = totals.rows.map(({ dimensions }) => dimensions.model);
    expect(rows.slice(0, 2).map(({ dimensions }) => dimensions.model)).toEqual(order);
    expect(rows.map(({ timeMs }) => timeMs)).toEqual(rows.map(({ timeMs }) => timeMs).toSorted((a = 0, b = 0) => a - b));
    expect(rows[0]?.timeMs).toBe(END_MS - 2 * DAY_MS);
  });

  const RANKING = [...MEASURES.keys()].filter((name) => !METERS.some((meter) => name === `cost_${meter}` && meter !== 'reasoning'));

  test.each(RANKING)('groups are ranked by %s, those where it is unknown last', async (orderBy) => {
    const asked = { from: START_MS, to: END_MS, groupBy: ['model', 'user', 'region'], measures: [orderBy], orderBy } as const;
    for (const direction of ['desc', 'asc'] as const) {
      const { rows } = await spend({ ...asked, direction });
      const ranked = rows.map(({ measures }) => measures[orderBy] ?? null);
      const known = ranked.filter((value) => value !== null).map(Number);
      expect(ranked.slice(known.length).every((value) => value === null)).toBe(true);
      // Percentiles are ranked by their histogram's bucket, at most 9 % wide.
      const slack = /^(latency|ttft)_/.test(orderBy) ? 1.1 : 1 + 1e-12;
      const falling = direction === 'desc' ? known : known.toReversed();
      for (const [index, value] of falling.slice(1).entries()) expect(value).toBeLessThanOrEqual((falling[index] ?? 0) * slack);
    }
  });

  test('the whole is that of all groups, shown or not, to the pico-dollar', async () => {
    const range = { from: START_MS, to: END_MS - 61_237 };
    for (const measure of ['cost', 'tokens', 'error_rate', 'latency_p95'])
      for (const dimension of ['model', 'user'] as const) {
        if (measure === 'latency_p95' && dimension === 'user') continue;
        const measures = [measure];
        const [few, all] = await Promise.all([
          spend({ ...range, measures, groupBy: [dimension], limit: 1, withWhole: true }),
          spend({ ...range, measures }),
        ]);
        expect(few.rows, measure).toHaveLength(1);
        expect(few.whole, measure).toEqual(all.rows[0]?.measures[measure]);
      }
  });

  test('an answer that would have too many rows is refused with what to do', async () => {
    await expect(spend({ from: START_MS, to: END_MS, interval: 'minute' })).rejects.toThrow(/86400 buckets, at most 11000/);
  });

  test('of more groups than are ranked here the dearest come first as well', async () => {
    const count = MOST_FLAT_ROWS + 2;
    const features = Array.from({ length: count }, (_, index) =>
      entryOf({ timeMs: START_MS + index, feature: `feature ${index}`, cost: BigInt(index) }, { tenant: 'many' }),
    );
    await opened.ledger.write({ token: 'many', entries: features, steps: [] });
    const range = { from: START_MS, to: START_MS + DAY_MS, groupBy: ['feature'] } as const;
    const { rows, truncated, whole } = await opened.ledger.forTenant('many').spend({ ...range, limit: 2, withWhole: true });
    expect(rows.map(({ dimensions }) => dimensions.feature)).toEqual([`feature ${count - 1}`, `feature ${count - 2}`]);
    expect(truncated).toBe(true);
    expect(whole).toBe(BigInt((count * (count - 1)) / 2));
  });

  test('the buckets of many groups are told however long their names are', async () => {
    const calls = Array.from({ length: 3000 }, (_, index) =>
      entryOf(
        { timeMs: START_MS + (index % 3) * DAY_MS, feature: `${'é'.repeat(60)}’ ${index}`, cost: BigInt(index) },
        { tenant: 'long names' },
      ),
    );
    await opened.ledger.write({ token: 'long names', entries: calls, steps: [] });
    const range = { from: START_MS, to: START_MS + 3 * DAY_MS, groupBy: ['feature', 'team'], interval: 'day', limit: 3000 } as const;
    const { rows } = await opened.ledger.forTenant('long names').spend(range);
    const told = new Map(rows.map(({ timeMs, dimensions, measures }) => [`${timeMs} ${dimensions.feature}`, measures['cost']]));
    for (const { call } of calls) expect(told.get(`${floorTo(call.timeMs, DAY_MS)} ${call.feature}`)).toBe(call.cost);
  });
});

test('histories are what spend says bucket by bucket, dearest group first', async () => {
  const range = { from: END_MS - 40 * DAY_MS, to: END_MS, groupBy: ['team', 'model'] } as const;
  for (const stepMs of [1_800_000, HOUR_MS]) {
    const [histories, { rows }] = await Promise.all([
      opened.ledger.forTenant(TENANT).histories({ ...range, stepMs, limit: 5 }),
      spend({ ...range, interval: stepMs, limit: 5, measures: ['cost', 'calls'] }),
    ]);
    expect(histories).toHaveLength(5);
    for (const { dimensions, calls, cost } of histories) {
      const mine = rows.filter((row) => JSON.stringify(row.dimensions) === JSON.stringify(dimensions));
      expect([...calls]).toEqual(mine.map(({ measures }) => measures['calls']));
      expect([...cost]).toEqual(mine.map(({ measures }) => Math.fround(Number(measures['cost']) / 1e12)));
    }
  }
});
