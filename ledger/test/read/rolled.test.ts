/** Prompts, runs and steps: what the rollups say must be what a plain sum over the entries says. */
import type { LedgerEntry, Step } from '@tokenledger/model';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rememberNames } from '../../src/read/apart-names.ts';
import { wholeVariance, withinShare } from '../../src/read/prompts.ts';
import { ReadTooHeavy, runQueryFor, type RunQuery } from '../../src/read/run-query.ts';
import { readRunStatistics } from '../../src/read/runs.ts';
import { readSteps } from '../../src/read/steps.ts';
import { entryOf, moveOf, NOTHING, stepOf } from '../example-entry.ts';
import { openTestLedger, type TestLedger } from '../open-test-ledger.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const END_MS = Math.floor(Date.now() / DAY_MS) * DAY_MS;
const FROM_MS = END_MS - 5 * DAY_MS + 7 * HOUR_MS;
/** Whole days from the rollups, a part of a day at each end from the rows. */
const RANGE = { from: FROM_MS, to: END_MS - 3 * HOUR_MS };
const TENANT = 'acme';

/** Micro-USD of the calls of each prompt, a call every hour from the start of the range. */
const COSTS: Readonly<Record<string, readonly number[]>> = {
  steady: Array.from({ length: 80 }, () => 1000),
  wild: Array.from({ length: 80 }, (_, index) => (index % 10 === 9 ? 50_000 : 1000 + index)),
  once: [7000],
};

function promptEntries(): LedgerEntry[] {
  return Object.entries(COSTS).flatMap(([prompt, costs]) =>
    costs.map((micro, index) =>
      entryOf(
        {
          timeMs: FROM_MS + index * HOUR_MS,
          cost: BigInt(micro) * 1_000_000n,
          charges: [],
          feature: 'chat',
          promptName: `${prompt} prompt`,
          promptFingerprint: prompt,
          promptTemplateFingerprint: 'template',
          run: `run-${prompt}-${index % 4}`,
          agent: prompt === 'wild' ? 'explorer' : 'clerk',
        },
        { tenant: TENANT },
      ),
    ),
  );
}

const tool = (facts: Partial<Step>) => ({
  tenant: TENANT,
  step: stepOf({ kind: 'tool', name: 'execute_tool', timeMs: FROM_MS + HOUR_MS, ...facts }),
});
const outcome = (run: string, success: boolean) =>
  tool({
    kind: 'other',
    name: 'outcome resolved',
    run,
    feature: 'chat',
    attributes: {
      'tokenledger.outcome.name': 'resolved',
      'tokenledger.outcome.success': String(success),
      'tokenledger.outcome.value': '2.5',
    },
  });

let at: TestLedger;
let entries: LedgerEntry[];
beforeAll(async () => {
  at = await openTestLedger();
  entries = promptEntries();
  const steps = [
    tool({ run: 'run-wild-0', attributes: { 'gen_ai.tool.name': 'search' }, durationMs: 100 }),
    tool({ run: 'run-wild-0', attributes: { 'gen_ai.tool.name': 'search' }, durationMs: 100, timeMs: END_MS - 4 * HOUR_MS }),
    tool({ run: 'run-wild-1', attributes: { 'gen_ai.tool.name': 'browse' }, status: 'error', durationMs: 2000 }),
    tool({ kind: 'other', name: 'GET /health' }),
    outcome('run-wild-0', true),
    outcome('run-wild-1', false),
    outcome('run-steady-0', true),
  ];
  await at.ledger.write({ token: 'prompts', entries, steps });
  await at.ledger.write({ token: 'foreign', entries: entries.map((entry) => ({ ...entry, tenant: 'other' })), steps: [] });
  // Of a step that is sent again the newest row counts.
  await at.ledger.write({ token: 'again', entries: [], steps: steps.slice(0, 1) });
  await at.ledger.reconcile({ fromMs: FROM_MS - DAY_MS, quietMs: -60_000, repair: true });
}, 120_000);
afterAll(() => at?.stop());

const reader = () => at.ledger.forTenant(TENANT);
const usd = (pico: bigint | null | undefined) => Number(pico) / 1e12;

describe('prompts', () => {
  test('the spread of each repeated prompt is that of its calls', async () => {
    const prompts = await reader().prompts({ ...RANGE, by: 'prompt_fingerprint', limit: 10 });
    expect(prompts.map(({ prompt, calls }) => [prompt, calls])).toEqual([
      ['wild', 80],
      ['steady', 80],
    ]);
    const costs = COSTS['wild'] ?? [];
    const mean = costs.reduce((sum, cost) => sum + cost, 0) / costs.length;
    const deviation = Math.sqrt(costs.reduce((sum, cost) => sum + (cost - mean) ** 2, 0) / (costs.length - 1));
    const [wild, steady] = prompts;
    expect(usd(wild?.cost)).toBeCloseTo((mean * costs.length) / 1e6, 9);
    expect(wild?.variation).toBeCloseTo(deviation / mean, 6);
    expect(usd(wild?.median) / 1040e-6).toBeCloseTo(1, 1);
    expect(usd(wild?.p95) / 50_000e-6).toBeCloseTo(1, 1);
    expect(Number(wild?.maxToMin) / 50).toBeCloseTo(1, 0);
    expect(wild?.tailIndex).toBeGreaterThan(0);
    expect(steady).toMatchObject({
      variation: expect.closeTo(0, 6),
      maxToMin: 1,
      tailIndex: null,
      promptName: 'steady prompt',
      feature: 'chat',
    });
  });

  test('the share of variance within prompts follows the law of total variance', async () => {
    const answer = wholeVariance(await reader().promptVariance({ ...RANGE, by: 'prompt_fingerprint', groupBy: 'model' }));
    const repeated = [COSTS['steady'] ?? [], COSTS['wild'] ?? []];
    const squares = (costs: readonly number[]) => {
      const mean = costs.reduce((sum, cost) => sum + cost, 0) / costs.length;
      return costs.reduce((sum, cost) => sum + (cost - mean) ** 2, 0);
    };
    const within = repeated.reduce((sum, costs) => sum + squares(costs), 0);
    expect(withinShare(answer)).toBeCloseTo(within / squares(repeated.flat()), 6);
    expect(answer).toMatchObject({ prompts: 3, repeatedPrompts: 2, calls: 160 });
  });

  test('a re-pricing, a move and a call taken back change the spread as if it had always been so', async () => {
    const tenant = 'fixed';
    const of = (cost: bigint, prompt: string) =>
      entryOf({ timeMs: FROM_MS + DAY_MS, cost, charges: [], promptFingerprint: prompt }, { tenant });
    const [repriced, moved, wrapper, plain] = [
      of(10n ** 9n, 'a'),
      of(2n * 10n ** 9n, 'b'),
      of(3n * 10n ** 9n, 'a'),
      of(5n * 10n ** 9n, 'a'),
    ];
    await at.ledger.write({ token: 'fixed 0', entries: [repriced, moved, wrapper, plain], steps: [] });
    await at.ledger.write({
      token: 'fixed 1',
      entries: [
        {
          ...repriced,
          version: 1,
          reason: 'reprice',
          call: { ...repriced.call, cost: 7n * 10n ** 9n },
          delta: { ...NOTHING, cost: 6n * 10n ** 9n },
        },
        ...moveOf(moved, { promptFingerprint: 'a' }),
        ...moveOf(wrapper, {}).slice(0, 1),
      ],
      steps: [],
    });
    const [answer] = await at.ledger.forTenant(tenant).prompts({ ...RANGE, by: 'prompt_fingerprint', limit: 10 });
    // 7, 2 and 5 milli-USD are left.
    const deviation = Math.sqrt(((7 - 14 / 3) ** 2 + (2 - 14 / 3) ** 2 + (5 - 14 / 3) ** 2) / 2);
    expect(answer).toMatchObject({ prompt: 'a', calls: 3, cost: 14n * 10n ** 9n });
    expect(answer?.variation).toBeCloseTo(deviation / (14 / 3), 6);
    expect(Number(answer?.maxToMin)).toBeCloseTo(3.5, 0);
    expect(usd(answer?.median) / 0.005).toBeCloseTo(1, 1);
    expect((await at.ledger.reconcile({ fromMs: FROM_MS - DAY_MS, quietMs: -60_000 })).drift).toEqual([]);
  });

  test('a histogram counts the selected calls', async () => {
    const histogram = await reader().costHistogram({ ...RANGE, filters: { prompt_fingerprint: ['wild'] } });
    expect(histogram.reduce((sum, [, calls]) => sum + calls, 0)).toBe(80);
  });
});

describe('runs', () => {
  test('the dearest come first, each with its calls, steps and outcome', async () => {
    const runs = await reader().runs({ ...RANGE, limit: 3 });
    const costOf = (run: string) => entries.filter(({ call }) => call.run === run).reduce((sum, { call }) => sum + (call.cost ?? 0n), 0n);
    expect(runs.map(({ run, cost }) => [run, cost])).toEqual(
      runs.map(({ run }) => [run, costOf(run)] as const).toSorted(([, a], [, b]) => (a > b ? -1 : 1)),
    );
    expect(await reader().runs({ ...RANGE, limit: 100 })).toContainEqual(
      expect.objectContaining({ run: 'run-wild-0', agent: 'explorer', calls: 20, steps: 3, toolCalls: 2, outcome: 'success' }),
    );
  });

  test('statistics are those of the runs, in all and per agent', async () => {
    const [all] = await reader().runStatistics(RANGE);
    expect(all).toMatchObject({ runs: 9, calls: 161, successes: 2, failures: 1, toolCalls: 3 });
    expect(usd(all?.cost)).toBeCloseTo(
      entries.reduce((sum, { call }) => sum + usd(call.cost), 0),
      9,
    );
    const agents = await reader().runStatistics({ ...RANGE, groupBy: 'agent' });
    expect(agents.map(({ group, runs }) => [group, runs])).toEqual([
      ['explorer', 4],
      ['clerk', 5],
    ]);
    // A filter that the rollup has not kept is answered from the entries.
    expect((await reader().runStatistics({ ...RANGE, filters: { model: ['gpt-4o'] } }))[0]).toEqual(all);
  });

  test('names of groups that were shown are not asked for again', async () => {
    const real = runQueryFor(at.client, TENANT);
    const asked: string[] = [];
    const counting: RunQuery = (sql, params, form) => {
      asked.push(sql);
      return real(sql, params, form);
    };
    const namesOf = rememberNames(counting);
    const agents = await readRunStatistics(counting, namesOf, { ...RANGE, groupBy: 'agent' }, Date.now());
    expect(asked).toHaveLength(2);
    expect(agents.map(({ group }) => group)).not.toContain(undefined);
    expect(await readRunStatistics(counting, namesOf, { ...RANGE, groupBy: 'agent' }, Date.now())).toEqual(agents);
    expect(asked).toHaveLength(3);
  });

  test('what a run costs none of whose calls has a price is not known, and pulls no median down', async () => {
    const tenant = 'partly priced';
    const call = (run: string, cost: bigint | null) =>
      entryOf(
        { timeMs: FROM_MS + HOUR_MS, run, agent: run, cost, charges: [], priceStatus: cost === null ? 'unpriced' : 'exact' },
        { tenant },
      );
    const written = [call('dark', null), call('dark', null), call('bright', 5n), call('mixed', 7n), call('mixed', null)];
    await at.ledger.write({ token: tenant, entries: written, steps: [{ tenant, step: outcome('dark', false).step }] });
    const of = at.ledger.forTenant(tenant);
    const runs = await of.runs({ ...RANGE, limit: 10 });
    expect(runs.map(({ run, cost }) => [run, cost])).toEqual([
      ['mixed', 7n],
      ['bright', 5n],
      ['dark', null],
    ]);
    const [all] = await of.runStatistics(RANGE);
    expect(all).toMatchObject({ runs: 3, pricedRuns: 2, cost: 12n, max: 7n, failures: 1, failedCost: null });
    expect([5n, 7n]).toContain(all?.median);
    const [dark] = await of.runStatistics({ ...RANGE, filters: { agent: ['dark'] } });
    expect(dark).toMatchObject({ runs: 1, pricedRuns: 0, cost: null, median: null, p95: null, max: null });
  });
});

describe('steps', () => {
  test('tools are counted once each, with errors and latency', async () => {
    const tools = await reader().steps({ ...RANGE, kind: 'tool', groupBy: ['step'], limit: 10 });
    expect(tools.map(({ groups, steps, failed }) => [groups.step, steps, failed])).toEqual([
      ['search', 2, 0],
      ['browse', 1, 1],
    ]);
    expect(Number(tools[0]?.latencyP50Ms) / 100).toBeCloseTo(1, 0);
  });

  test('outcomes are told apart by success, and other spans are left out', async () => {
    const outcomes = await reader().steps({ ...RANGE, kind: 'outcome', groupBy: ['step', 'outcome'], limit: 10 });
    expect(outcomes.map(({ groups, steps, outcomeValue }) => [groups.step, groups.outcome, steps, outcomeValue])).toEqual([
      ['resolved', 'success', 2, 5],
      ['resolved', 'failure', 1, 2.5],
    ]);
    const kinds = await reader().steps({ ...RANGE, groupBy: ['step_kind'], limit: 10 });
    expect(new Set(kinds.map(({ groups }) => groups.step_kind))).toEqual(new Set(['outcome', 'tool']));
  });

  test('more groups than an answer may have are ranked by the engine, alike', async () => {
    const real = runQueryFor(at.client, TENANT);
    const asked: string[] = [];
    const crowded: RunQuery = (sql, params) => {
      asked.push(sql);
      return sql.includes('AS keys') ? Promise.reject(new ReadTooHeavy('too many rows')) : real(sql, params);
    };
    const query = { ...RANGE, groupBy: ['step', 'outcome'], limit: 2 } as const;
    const steps = await readSteps(real, query, Date.now());
    expect(steps).toHaveLength(2);
    expect(await readSteps(crowded, query, Date.now())).toEqual(steps);
    expect(asked.at(-1)).not.toContain('AS keys');
  });
});

test('what the ledger had before a rollup was made is in it after the migration', async () => {
  const before = await reader().runStatistics({ ...RANGE, filters: { model: ['gpt-4o'] } });
  for (const table of ['prompt_1d', 'prompt_1ms', 'template_1h', 'run_1h', 'step_1h', 'run_step_1h', 'customer_1h', 'quality_1h'])
    await at.client.command({ query: `TRUNCATE TABLE ${table}` });
  await at.client.command({ query: `ALTER TABLE schema_migrations DELETE WHERE version > 1 SETTINGS mutations_sync = 2` });
  expect(await reader().runStatistics(RANGE)).not.toEqual(before);
  await at.ledger.migrate();
  expect(await reader().runStatistics(RANGE)).toEqual(before);
  expect((await at.ledger.reconcile({ fromMs: FROM_MS - DAY_MS, quietMs: -60_000 })).drift).toEqual([]);
}, 120_000);
