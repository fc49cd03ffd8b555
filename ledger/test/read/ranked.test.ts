/** Rankings find groups by numbers made of their keys, in several questions: what they say must be what sorting plain sums says. */
import type { LedgerEntry } from '@tokenledger/model';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { wholeVariance } from '../../src/read/prompts.ts';
import { entryOf, moveOf, NOTHING, stepOf } from '../example-entry.ts';
import { openTestLedger, type TestLedger } from '../open-test-ledger.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const END_MS = Math.floor(Date.now() / DAY_MS) * DAY_MS;
const TENANT = 'ranked';
/** Starts and ends within days, so that rows of the ledger are added to the rollup's, and taken off. */
const RANGES = [
  { from: END_MS - 4 * DAY_MS + 20 * HOUR_MS, to: END_MS - 3 * HOUR_MS },
  // And within hours: what sticks out of an hour is added at one end and taken off at the other.
  { from: END_MS - 4 * DAY_MS + 20 * HOUR_MS + 2_400_001, to: END_MS - 4 * HOUR_MS + 2_400_001 },
  { from: END_MS - 4 * DAY_MS + 3 * HOUR_MS + 1_200_001, to: END_MS - DAY_MS + 9 * HOUR_MS + 1_200_001 },
];
/** In some of the ranges, and in an hour that others end in. */
const STEP_MS = END_MS - DAY_MS + 9 * HOUR_MS + 1_000_000;
const MILLI_USD = 10n ** 9n;

/** Few costs, so that many groups cost the same; some calls are moved to another prompt, some taken back. */
const entry = fc
  .record({
    timeMs: fc.integer({ min: END_MS - 5 * DAY_MS, max: END_MS - 1 }),
    cost: fc.constantFrom(MILLI_USD, 2n * MILLI_USD, 2n * MILLI_USD, 7n * MILLI_USD + 1n),
    promptFingerprint: fc.option(
      fc.nat(60).map((number) => `prompt-${number}`),
      { nil: undefined, freq: 6 },
    ),
    promptTemplateFingerprint: fc.constantFrom('one', 'two', undefined),
    promptName: fc.constantFrom('greeting', undefined),
    feature: fc.constantFrom('chat', 'search', undefined),
    team: fc.constantFrom('a', 'b'),
    agent: fc.constantFrom('planner', 'clerk'),
    run: fc.option(
      fc.nat(50).map((number) => `run-${number}`),
      { nil: undefined, freq: 6 },
    ),
    // As long as another's, so that the same letters in another place are another group.
    model: fc.constantFrom('chat', 'search'),
  })
  .chain((facts) => fc.tuple(fc.constant(facts), fc.nat(9)))
  .map(([facts, fate]): readonly LedgerEntry[] => {
    const first = entryOf({ ...facts, charges: [] }, { tenant: TENANT });
    if (fate === 0) return [first, ...moveOf(first, { promptFingerprint: 'prompt-1', run: 'run-1' })];
    if (fate === 1) return [first, ...moveOf(first, {}).slice(0, 1)];
    if (fate > 2) return [first];
    const call = { ...first.call, cost: 3n * MILLI_USD };
    return [first, { ...first, version: 1, reason: 'reprice', call, delta: { ...NOTHING, cost: 3n * MILLI_USD - facts.cost } }];
  });

let at: TestLedger;
const entries = fc.sample(entry, { numRuns: 1500, seed: 7 }).flat();
beforeAll(async () => {
  at = await openTestLedger();
  const step = stepOf({ kind: 'tool', timeMs: STEP_MS, run: 'run-1' });
  await at.ledger.write({ token: 'ranked', entries, steps: [{ tenant: TENANT, step }] });
  const cheap = entries.map((each) => ({ ...each, tenant: 'other', delta: { ...each.delta, cost: each.delta.cost * 100n } }));
  await at.ledger.write({ token: 'foreign', entries: cheap, steps: [] });
}, 60_000);
afterAll(() => at?.stop());

interface Plain {
  calls: number;
  cost: bigint;
  /** Of what the calls cost now. */
  squares: number;
}

function plain({ from, to }: (typeof RANGES)[number], keyOf: (call: LedgerEntry['call']) => string | undefined) {
  const groups = new Map<string, Plain>();
  for (const { call, delta } of entries) {
    const key = keyOf(call);
    if (key === undefined || call.timeMs < from || call.timeMs >= to) continue;
    const group = groups.get(key) ?? { calls: 0, cost: 0n, squares: 0 };
    const after = Number(call.cost ?? 0n);
    const before = after - Number(delta.cost);
    group.calls += delta.calls;
    group.cost += delta.cost;
    group.squares += delta.calls === 0 ? after ** 2 - before ** 2 : delta.calls * after ** 2;
    groups.set(key, group);
  }
  return groups;
}

/** Priced calls by what they cost now: bucket b holds at most 2^(b/8) nano-USD. */
function plainHistogram({ from, to }: (typeof RANGES)[number], prompts: readonly string[] | undefined) {
  const counts = new Map<number, number>();
  const count = (cost: bigint, calls: number) => {
    const bucket = Math.ceil(8 * Math.log2(Math.max(1, Number(cost) / 1000)));
    counts.set(bucket, (counts.get(bucket) ?? 0) + calls);
  };
  for (const { call, delta } of entries) {
    const isAsked = prompts
      ? prompts.includes(call.promptFingerprint ?? '')
      : call.promptFingerprint || call.promptTemplateFingerprint || call.promptName;
    if (!isAsked || call.timeMs < from || call.timeMs >= to) continue;
    const after = call.cost ?? 0n;
    if (delta.calls !== 0) count(after, delta.calls);
    else {
      count(after, 1);
      count(after - delta.cost, -1);
    }
  }
  return new Map([...counts].filter(([, calls]) => calls > 0));
}

const spreadOf = ({ calls, cost, squares }: Plain) => {
  const mean = Number(cost) / calls;
  return Math.sqrt(Math.max(0, ((squares / calls - mean ** 2) * calls) / (calls - 1))) / mean;
};
const texts = (...names: readonly (string | undefined)[]) => JSON.stringify(names.map((name) => name ?? ''));

describe.each(RANGES)('from $from to $to', (range) => {
  const prompts = new Map(
    [...plain(range, (call) => call.promptFingerprint && texts(call.promptFingerprint, call.promptName, call.feature, call.model))].filter(
      ([, { calls }]) => calls > 1,
    ),
  );
  const rank = { cost: ({ cost }: Plain) => Number(cost), calls: ({ calls }: Plain) => calls, spread: spreadOf };

  test.each(['cost', 'calls', 'spread'] as const)('prompts by %s are the first of all prompts, each with its own sums', async (orderBy) => {
    for (const limit of [20, 1000]) {
      const found = await at.ledger.forTenant(TENANT).prompts({ ...range, by: 'prompt_fingerprint', orderBy, limit });
      const expected = [...prompts.values()].map(rank[orderBy]).toSorted((a, b) => b - a);
      expect(found).toHaveLength(Math.min(limit, expected.length));
      for (const [place, each] of found.entries()) {
        const own = prompts.get(texts(each.prompt, each.promptName, each.feature, each.model));
        expect(each).toMatchObject({ calls: own?.calls, cost: own?.cost });
        expect(own && rank[orderBy](own)).toBeCloseTo(expected[place] ?? Number.NaN, 6);
      }
      expect(new Set(found.map((each) => texts(each.prompt, each.promptName, each.feature, each.model))).size).toBe(found.length);
    }
  });

  test('runs are the dearest of all, those of the same cost by name', async () => {
    const runs = [...plain(range, ({ run, agent, team, feature }) => run && texts(run, agent, team, feature))]
      .filter(([, { calls, cost }]) => calls !== 0 || cost !== 0n)
      .toSorted(([a, { cost: x }], [b, { cost: y }]) => Number(y - x) || (a < b ? -1 : 1))
      .map(([key, { calls, cost }]) => ({ key, calls, cost }));
    for (const limit of [10, 1000]) {
      const found = await at.ledger.forTenant(TENANT).runs({ ...range, limit });
      const named = found.map(({ run, agent, team, feature, calls, cost }) => ({ key: texts(run, agent, team, feature), calls, cost }));
      expect(named.map(({ key, cost }) => [(JSON.parse(key) as string[])[0], cost])).toEqual(
        runs.slice(0, limit).map(({ key, cost }) => [(JSON.parse(key) as string[])[0], cost]),
      );
      expect(runs).toEqual(expect.arrayContaining(named));
    }
  });

  test('what runs cost is said of the same runs, in all and by agent, beside what they did', async () => {
    for (const groupBy of [undefined, 'agent'] as const) {
      const runs = [...plain(range, ({ run, agent }) => run && texts(run, groupBy && agent))]
        .filter(([, { calls, cost }]) => calls !== 0 || cost !== 0n)
        .map(([key, { calls, cost }]) => {
          const [run = '', group = ''] = JSON.parse(key) as string[];
          return {
            group: groupBy && group,
            calls,
            cost,
            toolCalls: range.from <= STEP_MS && STEP_MS < range.to ? Number(run === 'run-1') : 0,
          };
        });
      const expected = [...Map.groupBy(runs, ({ group }) => group)]
        .map(([group, of]) => ({
          group,
          runs: of.length,
          calls: of.reduce((sum, { calls }) => sum + calls, 0),
          toolCalls: of.reduce((sum, { toolCalls }) => sum + toolCalls, 0),
          cost: of.reduce((sum, { cost }) => sum + cost, 0n),
        }))
        .toSorted((a, b) => Number(b.cost - a.cost));
      expect(await at.ledger.forTenant(TENANT).runStatistics({ ...range, groupBy })).toMatchObject(expected);
    }
  });

  test('templates are the sums of their calls, and a histogram counts what calls cost now', async () => {
    const templates = [
      ...plain(
        range,
        (call) => call.promptTemplateFingerprint && texts(call.promptTemplateFingerprint, call.promptName, call.feature, call.model),
      ),
    ];
    const found = await at.ledger.forTenant(TENANT).prompts({ ...range, by: 'prompt_template_fingerprint', limit: 1000 });
    expect(
      new Map(found.map((each) => [texts(each.prompt, each.promptName, each.feature, each.model), { calls: each.calls, cost: each.cost }])),
    ).toEqual(new Map(templates.filter(([, { calls }]) => calls > 1).map(([key, { calls, cost }]) => [key, { calls, cost }])));
    for (const filters of [{}, { prompt_fingerprint: ['prompt-1', 'prompt-2'] }]) {
      const histogram = await at.ledger.forTenant(TENANT).costHistogram({ ...range, filters });
      expect(new Map(histogram)).toEqual(plainHistogram(range, filters.prompt_fingerprint));
    }
  });

  test.each(['feature', 'model'] as const)('the share of each %s is of its prompts', async (groupBy) => {
    const prompts = [...plain(range, (call) => call.promptFingerprint && texts(call[groupBy], call.promptFingerprint, call.model))].filter(
      ([, { calls }]) => calls > 0,
    );
    const expected = [...Map.groupBy(prompts, ([key]) => (JSON.parse(key) as string[])[0])]
      .map(([group, of]) => {
        const repeated = of.filter(([, { calls }]) => calls > 1);
        return {
          group,
          prompts: of.length,
          repeatedPrompts: repeated.length,
          cost: repeated.reduce((sum, [, { cost }]) => sum + cost, 0n),
        };
      })
      .toSorted((a, b) => Number(b.cost - a.cost));
    expect(await at.ledger.forTenant(TENANT).promptVariance({ ...range, by: 'prompt_fingerprint', groupBy })).toMatchObject(expected);
  });

  test('how much of the variance is within prompts is said of the same prompts', async () => {
    const byModel = [...plain(range, (call) => call.promptFingerprint && texts(call.promptFingerprint, call.model))].filter(
      ([, { calls }]) => calls > 1,
    );
    const models = await at.ledger.forTenant(TENANT).promptVariance({ ...range, by: 'prompt_fingerprint', groupBy: 'model' });
    expect(wholeVariance(models)).toMatchObject({
      repeatedPrompts: byModel.length,
      calls: byModel.reduce((sum, [, { calls }]) => sum + calls, 0),
      cost: byModel.reduce((sum, [, { cost }]) => sum + cost, 0n),
    });
  });
});

test('more runs of one cost than are looked for are told apart by their names', async () => {
  const names = Array.from({ length: 70 }, (_, index) => `run-${String(index).padStart(2, '0')}`);
  const tied = names.map((run) => entryOf({ timeMs: END_MS - DAY_MS, cost: MILLI_USD, run, charges: [] }, { tenant: 'tied' }));
  await at.ledger.write({ token: 'tied', entries: tied, steps: [] });
  const found = await at.ledger.forTenant('tied').runs({ from: END_MS - 2 * DAY_MS, to: END_MS, limit: 5 });
  expect(found.map(({ run }) => run)).toEqual(names.slice(0, 5));
});
