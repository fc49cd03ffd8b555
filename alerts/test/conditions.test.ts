import type { HistoriesQuery, MeasureValue, SpendQuery, SpendRow, TenantReader } from '@tokenledger/ledger';
import { expect, test } from 'vitest';
import { type BudgetRule, readOutlooks } from '../src/conditions/budget-outlook.ts';
import { withExhaustion } from '../src/conditions/exhausted-since.ts';
import { createWatches } from '../src/conditions/watch.ts';
import { periodOf } from '../src/conditions/period.ts';
import { find } from '../src/conditions/find.ts';
import { type RuleInput, ruleSchema } from '../src/index.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW = Date.UTC(2026, 10, 18, 12);

/** USD per hour of a team, or of `team/feature`, at a time; `tokens` and `calls` follow from it. */
type Spending = Readonly<Record<string, (timeMs: number) => number>>;

const floorTo = (timeMs: number, stepMs: number) => Math.floor(timeMs / stepMs) * stepMs;

/** Answers as the ledger does, from a function of time: integrals in steps of five minutes, bounds cut exactly. */
function readerOf(spending: Spending, dearer: (timeMs: number) => number = () => 1): TenantReader {
  const STEP_MS = 300_000;
  const sum = (team: string, from: number, to: number, factor: (timeMs: number) => number) => {
    let total = 0;
    for (let at = from; at < to;) {
      const end = Math.min(to, (Math.floor(at / STEP_MS) + 1) * STEP_MS);
      total += ((spending[team]?.(at) ?? 0) * factor(at) * (end - at)) / HOUR_MS;
      at = end;
    }
    return total;
  };
  const spend = async (query: SpendQuery) => {
    const step =
      { none: undefined, hour: HOUR_MS, day: DAY_MS, minute: 60_000, auto: HOUR_MS }[query.interval as string] ??
      (Number(query.interval) || undefined);
    const starts = step
      ? Array.from(
          { length: Math.ceil((query.to - floorTo(query.from, step)) / step) },
          (_, index) => floorTo(query.from, step) + index * step,
        )
      : [undefined];
    const named = Object.keys(spending).map((name) => ({ name, team: name.split('/')[0] ?? '', feature: name.split('/')[1] ?? '' }));
    const wanted = named.filter(
      ({ team, feature }) => (query.filters?.team?.includes(team) ?? true) && (query.filters?.feature?.includes(feature) ?? true),
    );
    const asked = (['team', 'feature'] as const).filter((dimension) => query.groupBy?.includes(dimension));
    const groups = [...Map.groupBy(wanted, (each) => JSON.stringify(asked.map((dimension) => each[dimension]))).values()];
    const rows = starts.flatMap((start) =>
      groups.map((group): SpendRow => {
        const members = group.map(({ name }) => name);
        const [from, to] =
          start === undefined ? [query.from, query.to] : [Math.max(start, query.from), Math.min(start + (step ?? 0), query.to)];
        const add = (factor: (timeMs: number) => number) => members.reduce((all, team) => all + sum(team, from, to, factor), 0);
        const cost = BigInt(Math.round(add(dearer) * 1e12));
        const use = add(() => 1);
        const measures = { cost, cost_input_uncached: cost, calls: Math.round(use * 100), tokens: use * 1e6, input_uncached: use * 1e6 };
        return {
          ...(start !== undefined && { timeMs: start }),
          dimensions: {
            provider: 'openai',
            model: 'gpt-5',
            ...Object.fromEntries(asked.map((dimension) => [dimension, group[0]?.[dimension] ?? null])),
          },
          measures,
        };
      }),
    );
    return { rows, stepMs: step ?? null, truncated: false, sources: [] };
  };
  const histories = async ({ from, to, stepMs, groupBy, filters }: HistoriesQuery) => {
    const { rows } = await spend({ from, to, interval: stepMs, groupBy, ...(filters && { filters }) });
    const groups = Map.groupBy(rows, ({ dimensions }) => JSON.stringify([dimensions.team, dimensions.feature]));
    return [...groups.values()].map((own) => ({
      dimensions: own[0]?.dimensions ?? {},
      calls: Float32Array.from(own, ({ measures }) => Number(measures['calls'])),
      cost: Float32Array.from(own, ({ measures }) => Number(measures['cost']) / 1e12),
    }));
  };
  return { spend, histories } as Partial<TenantReader> as TenantReader;
}

async function ask(rule: Partial<RuleInput> & Pick<RuleInput, 'condition'>, reader: TenantReader, now = NOW) {
  const parsed = ruleSchema.parse({ name: 'r', measure: 'cost', group_by: ['team'], evaluation_delay: '0s', ...rule });
  const findings = await find(parsed, { tenant: 'default', reader, now, watches: createWatches(), patienceMs: Number.POSITIVE_INFINITY });
  return Object.fromEntries(findings.map(({ labels, judgement, facts }) => [labels['team'] ?? '', { ...judgement, facts }]));
}

const steady = () => 10;
const since = (start: number, factor: number) => (timeMs: number) => (timeMs >= start ? 10 * factor : 10);

test('an anomaly is found in the team that has it, and says that it is the number of requests', async () => {
  const reader = readerOf({ calm: steady, runaway: since(NOW - 30 * 60_000, 5) });
  const found = await ask({ window: '30m', condition: { kind: 'anomaly' } }, reader);
  expect(found['calm']?.verdict).toBe('clear');
  expect(found['runaway']).toMatchObject({ verdict: 'breach', facts: { expected: '$5.00', impact: '$20.00', impact_usd: '20' } });
  expect(found['runaway']?.facts?.['why']).toMatch(/^\+\$20\.00 number of requests/);
});

test('five times the requests of one small feature are found in its team, which hardly spends more; that every feature grows is none', async () => {
  const little = since(NOW - 30 * 60_000, 5);
  const reader = readerOf({
    'search/chat': (at) => 20 * steady() * (1 + 0.2 * Math.sin(at / HOUR_MS)),
    'search/agent': little,
    'growing/chat': since(NOW - 30 * 60_000, 3),
    'growing/agent': since(NOW - 30 * 60_000, 3),
  });
  const found = await ask({ window: '30m', condition: { kind: 'anomaly' } }, reader);
  expect(found['search']).toMatchObject({ verdict: 'breach', facts: { feature: 'agent', impact: '$20.00' } });
  expect(found['search']?.reason).toContain('in feature agent');
  expect(found['growing']?.verdict).not.toBe('breach');
});

test('requests of nobody where everybody says who they are, from one hour to the next, are found however few of all they are', async () => {
  const from = NOW - 2 * HOUR_MS;
  const named = { 'search/chat': () => 200, 'search/agent': steady };
  const stolen = { 'search/': (at: number) => (at >= from ? 20 : 0) };
  const condition = { kind: 'anomaly' as const, min_impact_usd: '10' };
  const found = await ask({ window: '30m', condition }, readerOf({ ...named, ...stolen }));
  expect(found['search']?.verdict).toBe('breach');
  expect(found['search']?.reason).toContain('in feature (none)');
  const launched = { 'search/new': (at: number) => (at >= from ? 20 : 0) };
  expect((await ask({ window: '30m', condition }, readerOf({ ...named, ...launched })))['search']?.verdict).toBe('clear');
});

test('a dearer price is no anomaly', async () => {
  const reader = readerOf({ a: steady }, (timeMs) => (timeMs >= NOW - 30 * 60_000 ? 5 : 1));
  expect((await ask({ window: '30m', condition: { kind: 'anomaly' } }, reader))['a']?.verdict).not.toBe('breach');
});

test('an anomaly below its dollar floor is none', async () => {
  const reader = readerOf({ a: since(NOW - 30 * 60_000, 5) });
  expect((await ask({ window: '30m', condition: { kind: 'anomaly', min_impact_usd: '21' } }, reader))['a']?.verdict).not.toBe('breach');
});

test('five times the pace of the budget burns after half an hour, the pace itself never', async () => {
  const condition = { kind: 'burn_rate' as const, amount_usd: String(10 * 24 * 30 * 1.15), period: 'month' as const };
  const reader = readerOf({ calm: steady, runaway: since(NOW - 72 * 60_000, 6) });
  const found = await ask({ condition }, reader);
  expect([found['calm']?.verdict, found['runaway']?.verdict]).toEqual(['clear', 'breach']);
});

test('what burned fast and is over burns no more: both windows must agree', async () => {
  const condition = { kind: 'burn_rate' as const, amount_usd: String(10 * 24 * 30 * 1.15), period: 'month' as const };
  const over = (at: number) => (at >= NOW - 72 * 60_000 && at < NOW - 31 * 60_000 ? 100 : at >= NOW - 31 * 60_000 ? 0 : 10);
  const sudden = since(NOW - 15 * 60_000, 6);
  const found = await ask({ condition }, readerOf({ over, sudden }));
  expect([found['over']?.verdict, found['sudden']?.verdict]).toEqual(['clear', 'clear']);
});

test('less than the least that matters never burns', async () => {
  const condition = { kind: 'burn_rate' as const, amount_usd: '1', period: 'month' as const, min_usd: '1000' };
  expect((await ask({ condition }, readerOf({ runaway: since(NOW - 72 * 60_000, 6) })))['runaway']?.verdict).toBe('clear');
});

test('the same hours of the week before are what a change is measured against', async () => {
  const condition = { kind: 'rate_of_change' as const, ratio: 2, min_change: '5' };
  const reader = readerOf({ calm: steady, twice: since(NOW - HOUR_MS, 2), little: (at) => since(NOW - HOUR_MS, 3)(at) / 10 });
  const found = await ask({ window: '1h', condition }, reader);
  expect([found['calm']?.verdict, found['twice']?.verdict, found['little']?.verdict]).toEqual(['clear', 'breach', 'clear']);
});

/** Answers one window and, with `before`, the same of a week ago. */
const twoWeeks = (measure: string, now: MeasureValue, before?: MeasureValue) =>
  ({
    spend: async ({ to }: SpendQuery) => {
      const value = to > NOW - DAY_MS ? now : before;
      const rows: SpendRow[] = value === undefined ? [] : [{ dimensions: { team: 'a' }, measures: { [measure]: value, calls: 10 } }];
      return { rows, stepMs: null, truncated: false, sources: [] };
    },
  }) as unknown as TenantReader;

test.each([
  ['cost', 100n * 10n ** 12n, undefined, 'breach', 'who called nobody a week ago spent nothing'],
  ['cost', 100n * 10n ** 12n, null, 'hold', 'what had no price a week ago did not cost nothing'],
  ['latency_p95', 900, undefined, 'hold', 'how long nothing took is not known'],
  ['error_rate', 0.5, undefined, 'hold', 'nor what share of nothing failed'],
  ['calls', 100, undefined, 'breach', 'no calls are none'],
] as const)('%s is %s, and was %s a week ago: %s, because %s', async (measure, now, before, verdict, _why) => {
  const condition = { kind: 'rate_of_change' as const, ratio: 2, min_change: measure === 'cost' ? '0.1' : 0.1 };
  const found = await ask({ measure, window: '1h', condition }, twoWeeks(measure, now, before));
  expect(found['a']?.verdict).toBe(verdict);
});

test('a budget of nothing is not spent by nobody, and overspent by the first cent', async () => {
  const condition = { kind: 'budget' as const, amount_usd: '0', period: 'month' as const };
  const found = await ask({ condition }, readerOf({ idle: () => 0, busy: () => 0.01 }));
  expect([found['idle']?.verdict, found['busy']?.verdict]).toEqual(['clear', 'breach']);
  expect(ruleSchema.safeParse({ name: 'x', measure: 'cost', condition: { ...condition, amount_usd: '-1' } }).success).toBe(false);
});

test.each([
  [{ status: 'failed' }, false],
  [{ billable: ['true', 'yes'] }, false],
  [{ status: ['error', 'unset'], team: 'anything' }, true],
] as const)('a rule that only looks at %o is one: %s, for no call may ever be so', (filters, isRule) => {
  const condition = { kind: 'threshold' as const, above: 1 };
  expect(ruleSchema.safeParse({ name: 'x', measure: 'calls', filters, condition }).success).toBe(isRule);
});

test('a forecast says when the budget is used up', async () => {
  const condition = (amount: string) => ({ kind: 'forecast' as const, amount_usd: amount, period: 'month' as const });
  const reader = readerOf({ a: steady });
  expect((await ask({ condition: condition('7300') }, reader))['a']).toMatchObject({ verdict: 'clear' });
  const short = await ask({ condition: condition('6000') }, reader);
  expect(short['a']?.verdict).toBe('breach');
  expect(short['a']?.reason).toContain('used up 2026-11-26T00:00Z');
});

test('a budget that is used up says since when, and no forecast says now', async () => {
  const condition = { kind: 'budget' as const, amount_usd: '1005', period: 'month' as const };
  const rule = ruleSchema.parse({ name: 'r', measure: 'cost', group_by: ['team'], condition }) as BudgetRule;
  const [month, takenBack] = [Date.UTC(2026, 10, 1), Date.UTC(2026, 10, 10)];
  const reader = readerOf({
    early: steady,
    late: (at) => (at < NOW - 2 * DAY_MS ? 1 : 1000),
    // Above it for a while, until some was taken back.
    again: (at) => (at >= takenBack && at < takenBack + HOUR_MS ? -2000 : 10),
    spares: () => 1,
  });
  const outlooks = await withExhaustion(rule, reader, await readOutlooks(rule, reader, NOW), NOW);
  const since = Object.fromEntries(outlooks.map(({ labels, exhaustedMs }) => [labels['team'], exhaustedMs]));
  expect(since['early']).toBe(month + 100.5 * HOUR_MS);
  expect(since['late']).toBe(NOW - 2 * DAY_MS + Math.round((1005 - (NOW - 2 * DAY_MS - month) / HOUR_MS) * 3600));
  expect(since['again']).toBe(month + 301.5 * HOUR_MS);
  expect(since['spares']).toBeUndefined();
  const told = await ask({ condition: { ...condition, kind: 'forecast' } }, reader);
  expect(told['early']?.reason).toMatch(/used up already$/);
  expect(told['early']?.facts).not.toHaveProperty('exhausted_at');
});

test('more budgets that are used up than one answer can tell are told without when', async () => {
  const teams = Array.from({ length: 400 }, (_, index) => `team ${index}`);
  const reader = {
    spend: async ({ from, to, interval, groupBy = [], limit = 0 }: SpendQuery) => {
      const hours = interval === 'hour' ? Math.ceil((to - from) / HOUR_MS) : 1;
      const told = groupBy.length === 0 ? ['all'] : teams.slice(0, limit);
      expect(told.length * hours).toBeLessThanOrEqual(100_000);
      const rows = told.flatMap((team) =>
        Array.from({ length: hours }, () => ({ dimensions: { team }, measures: { cost: 10n ** 13n, calls: 1 } })),
      );
      return { rows, stepMs: null, truncated: false, sources: [] };
    },
  } as Partial<TenantReader> as TenantReader;
  const condition = { kind: 'budget' as const, amount_usd: '10', period: 'month' as const };
  const rule = ruleSchema.parse({ name: 'r', measure: 'cost', group_by: ['team'], condition }) as BudgetRule;
  const outlooks = await withExhaustion(rule, reader, await readOutlooks(rule, reader, NOW), NOW);
  expect(outlooks).toHaveLength(400);
  expect(outlooks.filter(({ exhaustedMs }) => exhaustedMs !== undefined)).toHaveLength(Math.floor(100_000 / (17.5 * 24)));
});

test('a budget is used up as early where days begin at half past', async () => {
  const condition = { kind: 'budget' as const, amount_usd: '20', period: 'day' as const, timezone: 'Asia/Kolkata' };
  const rule = ruleSchema.parse({ name: 'r', measure: 'cost', group_by: ['team'], condition }) as BudgetRule;
  const reader = readerOf({ a: steady });
  const [outlook] = await withExhaustion(rule, reader, await readOutlooks(rule, reader, NOW), NOW);
  expect(outlook?.exhaustedMs).toBe(Date.UTC(2026, 10, 17, 20, 30));
});

test.each(['burn_rate', 'forecast'] as const)('a %s of what has no price neither fires nor resolves', async (kind) => {
  const condition = { kind, amount_usd: '10', period: 'month' as const };
  expect((await ask({ condition }, twoWeeks('cost', null)))['a']?.verdict).toBe('hold');
});

test('what burned is not over while what followed has no price', async () => {
  const condition = { kind: 'burn_rate' as const, amount_usd: '720', period: 'month' as const };
  const usd: Readonly<Record<number, MeasureValue>> = { [15 * 60_000]: null };
  const reader = {
    spend: async ({ from, to, interval }: SpendQuery) => ({
      rows:
        interval === 'hour'
          ? []
          : [{ dimensions: { team: 'a' }, measures: { cost: usd[to - from] === null ? null : 10n ** 12n, calls: 9 } }],
      stepMs: null,
      truncated: false,
      sources: [],
    }),
  } as Partial<TenantReader> as TenantReader;
  expect((await ask({ condition }, reader))['a']?.verdict).toBe('hold');
});

test('a forecast is as sure as it was asked to be', async () => {
  const reader = readerOf({ a: (at) => 10 * (1 + 0.3 * Math.sin(at / (5 * DAY_MS))) });
  const condition = (chance: number) => ({ kind: 'forecast' as const, amount_usd: '7300', period: 'month' as const, chance });
  const verdicts = await Promise.all(
    [0.02, 0.98].map(async (chance) => (await ask({ condition: condition(chance) }, reader))['a']?.verdict),
  );
  expect(verdicts).toEqual(['breach', 'clear']);
});

test.each([
  ['day', '2026-11-18T00:00:00Z', '2026-11-19T00:00:00Z'],
  ['week', '2026-11-16T00:00:00Z', '2026-11-23T00:00:00Z'],
  ['month', '2026-11-01T00:00:00Z', '2026-12-01T00:00:00Z'],
] as const)('a budget of a %s is of the calendar', (period, from, to) => {
  for (const at of [from, '2026-11-18T12:00:00Z', new Date(Date.parse(to) - 1).toISOString()])
    expect(periodOf(period, Date.parse(at))).toEqual({ from: Date.parse(from), to: Date.parse(to) });
});

test('who called yesterday and is silent now is told from who is gone for longer', async () => {
  const reader = readerOf({
    alive: steady,
    silent: (at) => (at < NOW - 2 * HOUR_MS ? 10 : 0),
    gone: (at) => (at < NOW - 3 * DAY_MS ? 10 : 0),
  });
  const found = await ask({ measure: 'calls', window: '1h', condition: { kind: 'no_data' } }, reader);
  expect([found['alive']?.verdict, found['silent']?.verdict, found['gone']?.verdict]).toEqual(['clear', 'breach', undefined]);
});

test('a budget counts from where the calendar of its time zone turns, and ends there', async () => {
  const condition = { kind: 'budget' as const, amount_usd: '100', period: 'day' as const };
  // Ten dollars an hour: by noon in UTC twelve hours of the day in London, seven of that in New York and one and a half of that in Kolkata's next day.
  const spent = async (timezone: string, now = NOW) =>
    (await ask({ condition: { ...condition, timezone }, evaluation_delay: '0s' }, readerOf({ a: () => 10 }), now))['a']?.reason.split(
      ' ',
    )[0];
  expect(await spent('Europe/London')).toBe('$120.00');
  expect(await spent('America/New_York')).toBe('$70.00');
  expect(await spent('Asia/Kolkata', Date.UTC(2026, 10, 18, 20))).toBe('$15.00');
  expect(ruleSchema.safeParse({ name: 'x', measure: 'cost', condition: { ...condition, timezone: 'Mars/Olympus' } }).success).toBe(false);
  // Of a day of 25 hours 24 are left after the first.
  const rule = ruleSchema.parse({
    name: 'r',
    measure: 'cost',
    group_by: ['team'],
    condition: { ...condition, timezone: 'America/New_York' },
  });
  const [outlook] = await readOutlooks(rule as BudgetRule, readerOf({ a: () => 10 }), Date.UTC(2026, 10, 1, 5));
  expect(outlook?.forecastUsd).toBeCloseTo(250, 6);
  expect(outlook?.exhaustedMs).toBe(Date.UTC(2026, 10, 1, 14));
});
