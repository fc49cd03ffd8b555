import type { PicoUsd } from '@tokenledger/model';
import { toMoney } from '../stored-call.ts';
import type { Filters } from './dimension-sql.ts';
import { GROUP_SETTINGS } from './limits.ts';
import { byCostThenGroup, type NamesOf } from './apart-names.ts';
import { ID, withoutApart, type Id } from './group-id.ts';
import { readGroupSums, type GroupSums } from './group-sums.ts';
import type { RolledQuery } from './rolled-query.ts';
import { allTablesSql, rolledSql, withIds } from './rolled.ts';
import type { RunQuery } from './run-query.ts';
import type { Sql } from './spend-sql.ts';

export const RUN_GROUPS = ['agent', 'feature', 'team', 'customer', 'environment'] as const;
export type RunGroup = (typeof RUN_GROUPS)[number];

export interface RunsQuery {
  readonly from: number;
  readonly to: number;
  readonly filters?: Filters;
  readonly limit: number;
}

/** One run of an agent, with all calls and steps that name it. */
export interface Run {
  readonly run: string;
  readonly agent: string;
  readonly team: string;
  readonly feature: string;
  readonly calls: number;
  readonly errors: number;
  readonly steps: number;
  readonly toolCalls: number;
  /** `null`: no call of it has a price. */
  readonly cost: PicoUsd | null;
  readonly outcome: 'success' | 'failure' | undefined;
}

const COUNTS = ['calls', 'unpriced_calls', 'errors', 'cost'] as const;
const IS_PRICED = '(unpriced_calls < calls)';
const STEP_COUNTS = ['steps', 'tool_calls', 'successes', 'failures'] as const;

const KEYS = ['run', 'agent', 'team', 'feature'] as const;

/** So many more are looked at, because the last ones may cost the same and are shown by name. */
const MORE = 50;

/** The dearest, by their numbers alone. */
export function runsSql({ from, to, filters = {}, limit }: RunsQuery, nowMs: number): Sql {
  const { sql, params } = rolledSql({
    about: 'runs',
    from,
    to,
    nowMs,
    keys: KEYS,
    sums: ['cost'],
    filters,
    byNumbers: 1,
    withSecond: true,
  });
  return {
    sql: `${sql}\nORDER BY cost DESC, ${ID[0]}\nLIMIT {limit:UInt32}\n${GROUP_SETTINGS}`,
    params: { ...params, limit: limit + MORE },
  };
}

/** Whose they are, and all that is known of them. */
export const runDetails = ({ from, to, filters = {} }: RunsQuery, found: readonly Id[], nowMs: number): RolledQuery => ({
  about: 'runs',
  from,
  to,
  nowMs,
  keys: KEYS,
  sums: COUNTS,
  filters,
  ids: { of: 'id_0', values: found.map(({ id_0 }) => id_0) },
});

/** What happened in them beside calls. The second number of a run's keys is that of the run alone. */
export const stepsOfRuns = ({ from, to }: RunsQuery, found: readonly Id[], nowMs: number): RolledQuery => ({
  about: 'runSteps',
  from,
  to,
  nowMs,
  keys: ['run'],
  sums: STEP_COUNTS,
  filters: {},
  ids: { of: 'id_1', values: [...new Set(found.map(({ id_1 }) => id_1))] },
});

/** The dearest by their names, which takes several times as long: for where more cost the same than were looked at. */
export function runsByNameSql({ from, to, filters = {}, limit }: RunsQuery, nowMs: number): Sql {
  const { sql, params } = rolledSql({ about: 'runs', from, to, nowMs, keys: KEYS, sums: COUNTS, filters });
  const ids = withIds('runs', KEYS).join(', ');
  return {
    sql: `SELECT ${ids} FROM (\n${sql}\n)\nORDER BY cost DESC, ${KEYS.join(', ')}\nLIMIT {limit:UInt32}\n${GROUP_SETTINGS}`,
    params: { ...params, limit },
  };
}

type Row = Readonly<Record<string, string>>;

/** The dearest runs, those of the same cost by name. */
export async function readRuns(run: RunQuery, query: RunsQuery, nowMs: number): Promise<readonly Run[]> {
  const dearest = runsSql(query, nowMs);
  const found = await run<Id & { readonly cost: string }>(dearest.sql, dearest.params);
  const runs = await readFound(run, query, found, nowMs);
  const last = found.length < query.limit + MORE ? undefined : toMoney(found.at(-1)?.cost ?? '0');
  // What costs more than the last that was looked at, is known to come first.
  const isSure = last === undefined || (runs[query.limit - 1]?.cost ?? last) > last;
  if (isSure) return runs.slice(0, query.limit);
  const byName = runsByNameSql(query, nowMs);
  return readFound(run, query, await run<Id>(byName.sql, byName.params), nowMs);
}

async function readFound(run: RunQuery, query: RunsQuery, found: readonly Id[], nowMs: number): Promise<readonly Run[]> {
  if (found.length === 0) return [];
  const [groups, steps] = await Promise.all([
    readGroupSums(run, runDetails(query, found, nowMs), allTablesSql),
    readGroupSums(run, stepsOfRuns(query, found, nowMs), allTablesSql),
  ]);
  const stepsOf = new Map(steps.map(({ keys, sums }) => [keys['run'], sums]));
  return groups
    .filter(({ sums }) => COUNTS.some((name) => sums[name] !== 0n))
    .toSorted((a, b) => Number((b.sums['cost'] ?? 0n) - (a.sums['cost'] ?? 0n)) || byName(a.keys, b.keys))
    .map(({ keys, sums }) => toRun(keys, sums, stepsOf.get(keys['run'] ?? '')));
}

const byName = (a: GroupSums['keys'], b: GroupSums['keys']) => {
  const key = KEYS.find((name) => a[name] !== b[name]);
  return key === undefined ? 0 : Buffer.compare(Buffer.from(a[key] ?? ''), Buffer.from(b[key] ?? ''));
};

function toRun(keys: GroupSums['keys'], sums: GroupSums['sums'], steps: GroupSums['sums'] = {}): Run {
  const { calls = 0n, unpriced_calls: unpriced = 0n, errors = 0n, cost = 0n } = sums;
  const { steps: count = 0n, tool_calls: toolCalls = 0n, successes = 0n, failures = 0n } = steps;
  return {
    run: keys['run'] ?? '',
    agent: keys['agent'] ?? '',
    team: keys['team'] ?? '',
    feature: keys['feature'] ?? '',
    calls: Number(calls),
    errors: Number(errors),
    steps: Number(count),
    toolCalls: Number(toolCalls),
    cost: unpriced < calls ? cost : null,
    outcome: successes > 0n ? 'success' : failures > 0n ? 'failure' : undefined,
  };
}

/** What runs cost, together. Money is exact, and `null` where no run has a price. */
export interface RunStatistics {
  readonly group: string | undefined;
  readonly runs: number;
  /** Those of which at least one call has a price. */
  readonly pricedRuns: number;
  readonly calls: number;
  readonly errors: number;
  readonly steps: number;
  readonly toolCalls: number;
  readonly cost: PicoUsd | null;
  readonly median: PicoUsd | null;
  readonly p95: PicoUsd | null;
  readonly max: PicoUsd | null;
  readonly successes: number;
  readonly failures: number;
  /** Of the runs that said they failed, and never that they succeeded. */
  readonly failedCost: PicoUsd | null;
}

export interface RunStatisticsQuery extends Omit<RunsQuery, 'limit'> {
  readonly groupBy?: RunGroup | undefined;
}

/** Runs beside their steps; a run without a step has none of them. */
export function runStatisticsSql({ from, to, filters = {}, groupBy }: RunStatisticsQuery, nowMs: number): Sql {
  const runs = { about: 'runs', from, to, nowMs, keys: ['run'], sums: COUNTS, filters, byNumbers: 2 } as const;
  const { rows, outcome, params } = groupBy ? besideSteps(runs, groupBy) : withSteps(runs);
  return {
    sql: `SELECT ${groupBy ? 'apart, ' : ''}count() AS run_count, sum(calls) AS all_calls, sum(errors) AS all_errors, sum(steps) AS all_steps,
  sum(tool_calls) AS all_tool_calls, countIf(${IS_PRICED}) AS priced_runs,
  sum(cost) AS all_cost, quantilesExactIf(0.5, 0.95)(cost, ${IS_PRICED}) AS cost_quantiles, maxIf(cost, ${IS_PRICED}) AS max_cost,
  countIf(${outcome} = ${SUCCESS}) AS succeeded, countIf(${outcome} = ${FAILURE}) AS failed,
  sumIf(cost, ${outcome} = ${FAILURE}) AS failed_cost, countIf(${outcome} = ${FAILURE} AND ${IS_PRICED}) AS priced_failed
FROM ${rows}
WHERE calls != 0 OR unpriced_calls != 0 OR errors != 0 OR cost != 0
${groupBy ? 'GROUP BY apart\nORDER BY all_cost DESC, apart\nLIMIT 100\n' : ''}${GROUP_SETTINGS}`,
    params,
  };
}

const STEPS = { about: 'runSteps', sums: STEP_COUNTS } as const;
/** How a run came out. One that succeeded has not failed, whatever else it said. */
const [SUCCESS, FAILURE, UNSAID] = [1, 2, 0];
const OUTCOME = `multiIf(successes > 0, ${SUCCESS}, failures > 0, ${FAILURE}, ${UNSAID})`;

/** What statistics are made of, behind FROM, and how a run in it came out. */
interface RunRows {
  readonly rows: string;
  readonly outcome: string;
  readonly params: Sql['params'];
}

function withSteps(query: RolledQuery): RunRows {
  const { sql, params } = rolledSql({ ...query, beside: STEPS });
  return { rows: `(\n${sql}\n)`, outcome: OUTCOME, params };
}

/** A run in two groups has the same steps in both. The fewer columns are joined the better. */
function besideSteps(query: RolledQuery, groupBy: RunGroup): RunRows {
  const runs = rolledSql({ ...query, apart: groupBy });
  const steps = rolledSql({ ...query, ...STEPS, filters: {} });
  return {
    rows: `(\n${runs.sql}\n) AS runs LEFT JOIN (
SELECT ${ID.join(', ')}, steps, tool_calls, ${OUTCOME} AS outcome FROM (\n${steps.sql}\n)
) AS steps ON ${withoutApart('runs.id_0', 'runs.apart')} = steps.id_0 AND runs.id_1 = steps.id_1`,
    outcome: 'outcome',
    params: { ...steps.params, ...runs.params },
  };
}

export async function readRunStatistics(
  run: RunQuery,
  namesOf: NamesOf,
  query: RunStatisticsQuery,
  nowMs: number,
): Promise<readonly RunStatistics[]> {
  const { groupBy, filters = {}, ...range } = query;
  const { sql, params } = runStatisticsSql(query, nowMs);
  const rows = await run<Row & { readonly cost_quantiles: readonly string[] }>(sql, params);
  const numbers = rows.flatMap(({ apart = [] }) => apart);
  const names = groupBy && (await namesOf(numbers, { ...range, about: 'runs', key: groupBy, filters, nowMs }));
  const groups = rows.map((row): RunStatistics => {
    const runs = Number(row['run_count']);
    const pricedRuns = Number(row['priced_runs']);
    const failures = Number(row['failed']);
    const known = (cost: string | undefined) => (pricedRuns === 0 || cost === undefined ? null : toMoney(cost));
    return {
      group: row['apart'] && names?.get(row['apart']),
      runs,
      pricedRuns,
      calls: Number(row['all_calls']),
      errors: Number(row['all_errors']),
      steps: Number(row['all_steps']),
      toolCalls: Number(row['all_tool_calls']),
      cost: runs === 0 ? 0n : known(row['all_cost']),
      median: known(row.cost_quantiles[0]),
      p95: known(row.cost_quantiles[1]),
      max: known(row['max_cost']),
      successes: Number(row['succeeded']),
      failures,
      failedCost: failures > 0 && Number(row['priced_failed']) === 0 ? null : toMoney(row['failed_cost'] ?? '0'),
    };
  });
  return groups.toSorted(byCostThenGroup);
}
