import type { HistoriesQuery, SpendQuery, SpendRow, TenantReader } from '@tokenledger/ledger';
import { expect, test } from 'vitest';
import { createWatches } from '../src/conditions/watch.ts';
import { find } from '../src/conditions/find.ts';
import { type RuleInput, ruleSchema } from '../src/index.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW = Date.UTC(2026, 10, 18, 12);

/** USD per hour of a team at a time; `tokens` and `calls` follow from it. */
type Spending = Readonly<Record<string, (timeMs: number) => number>>;

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
      ? Array.from({ length: Math.ceil((query.to - query.from) / step) }, (_, index) => query.from + index * step)
      : [undefined];
    const wanted = query.filters?.team;
    const teams = Object.keys(spending).filter((team) => wanted?.includes(team) ?? true);
    const groups = query.groupBy?.includes('team') ? teams.map((team) => [team]) : [teams];
    const rows = starts.flatMap((start) =>
      groups.map((members): SpendRow => {
        const [from, to] = start === undefined ? [query.from, query.to] : [start, start + (step ?? 0)];
        const add = (factor: (timeMs: number) => number) => members.reduce((all, team) => all + sum(team, from, to, factor), 0);
        const cost = BigInt(Math.round(add(dearer) * 1e12));
        const use = add(() => 1);
        const measures = { cost, cost_input_uncached: cost, calls: Math.round(use * 100), tokens: use * 1e6, input_uncached: use * 1e6 };
        return {
          ...(start !== undefined && { timeMs: start }),
          dimensions: query.groupBy?.includes('team') ? { team: members[0] ?? null } : { provider: 'openai', model: 'gpt-5' },
          measures,
        };
      }),
    );
    return { rows, stepMs: step ?? null, truncated: false, sources: [] };
  };
  const histories = async ({ from, to, stepMs, groupBy, filters }: HistoriesQuery) => {
    const { rows } = await spend({ from, to, interval: stepMs, groupBy, ...(filters && { filters }) });
    const teams = new Set(rows.map(({ dimensions }) => dimensions.team ?? null));
    return [...teams].map((team) => {
      const own = rows.filter(({ dimensions }) => (dimensions.team ?? null) === team);
      const cost = own.map(({ measures }) => Number(measures['cost']) / 1e12);
      return {
        dimensions: { team },
        calls: Float32Array.from(own, ({ measures }) => Number(measures['calls'])),
        cost: Float32Array.from(cost),
      };
    });
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

test('the same hours of the week before are what a change is measured against', async () => {
  const condition = { kind: 'rate_of_change' as const, ratio: 2, min_change: '5' };
  const reader = readerOf({ calm: steady, twice: since(NOW - HOUR_MS, 2), little: (at) => since(NOW - HOUR_MS, 3)(at) / 10 });
  const found = await ask({ window: '1h', condition }, reader);
  expect([found['calm']?.verdict, found['twice']?.verdict, found['little']?.verdict]).toEqual(['clear', 'breach', 'clear']);
});

test('a forecast says when the budget is used up', async () => {
  const condition = (amount: string) => ({ kind: 'forecast' as const, amount_usd: amount, period: 'month' as const });
  const reader = readerOf({ a: steady });
  expect((await ask({ condition: condition('7300') }, reader))['a']).toMatchObject({ verdict: 'clear' });
  const short = await ask({ condition: condition('6000') }, reader);
  expect(short['a']?.verdict).toBe('breach');
  expect(short['a']?.reason).toContain('used up 2026-11-26T00:00Z');
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
