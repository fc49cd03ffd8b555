import type { PicoUsd } from '@tokenledger/model';
import { toMoney } from '../stored-call.ts';
import type { Filters } from './dimension-sql.ts';
import { READ_SETTINGS } from './limits.ts';
import { ID, idSql, idText, rolledSql, withIds, type Id } from './rolled.ts';
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

/** The dearest, by their numbers and names alone. */
export function runsSql({ from, to, filters = {}, limit }: RunsQuery, nowMs: number): Sql {
  const labels = { run: 'run' };
  const { sql, params } = rolledSql({ table: 'run_1d', from, to, nowMs, keys: KEYS, sums: COUNTS, filters, labels });
  return {
    sql: `SELECT * FROM (\n${sql}\n)\nORDER BY cost DESC, run, ${ID.join(', ')}\nLIMIT {limit:UInt32}\n${READ_SETTINGS}`,
    params: { ...params, limit },
  };
}

/** Whose they are. */
export function ownersOfRunsSql({ from, to, filters = {} }: RunsQuery, found: readonly Id[], nowMs: number): Sql {
  const { sql, params } = rolledSql({ table: 'run_1d', from, to, nowMs, keys: KEYS, sums: COUNTS, filters, ids: found });
  return { sql: `SELECT ${[...KEYS, ...withIds(KEYS)].join(', ')}\nFROM (\n${sql}\n)\n${READ_SETTINGS}`, params };
}

/** What happened in these runs beside calls. */
export function stepsOfRunsSql({ from, to }: RunsQuery, runs: readonly string[], nowMs: number): Sql {
  const { sql, params } = rolledSql({ table: 'run_step_1d', from, to, nowMs, keys: ['run'], sums: STEP_COUNTS, filters: { run: runs } });
  return { sql: `${sql}\n${READ_SETTINGS}`, params };
}

type Row = Readonly<Record<string, string>>;

/** The dearest runs. */
export async function readRuns(run: RunQuery, query: RunsQuery, nowMs: number): Promise<readonly Run[]> {
  const { sql, params } = runsSql(query, nowMs);
  const rows = await run<Row & Id>(sql, params);
  if (rows.length === 0) return [];
  const owners = ownersOfRunsSql(query, rows, nowMs);
  const steps = stepsOfRunsSql(query, [...new Set(rows.map((row) => row['run'] ?? ''))], nowMs);
  const [owned, stepped] = await Promise.all([run<Row & Id>(owners.sql, owners.params), run<Row>(steps.sql, steps.params)]);
  const ownerOf = new Map(owned.map((row) => [idText(row), row]));
  const stepsOf = new Map(stepped.map((row) => [row['run'], row]));
  return rows.map((row) => toRun({ ...ownerOf.get(idText(row)), ...row }, stepsOf.get(row['run'])));
}

function toRun(row: Row, steps: Row | undefined): Run {
  return {
    run: row['run'] ?? '',
    agent: row['agent'] ?? '',
    team: row['team'] ?? '',
    feature: row['feature'] ?? '',
    calls: Number(row['calls']),
    errors: Number(row['errors']),
    steps: Number(steps?.['steps'] ?? 0),
    toolCalls: Number(steps?.['tool_calls'] ?? 0),
    cost: Number(row['unpriced_calls']) < Number(row['calls']) ? toMoney(row['cost'] ?? '0') : null,
    outcome: Number(steps?.['successes'] ?? 0) > 0 ? 'success' : Number(steps?.['failures'] ?? 0) > 0 ? 'failure' : undefined,
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
  const keys = ['run', ...(groupBy ? [groupBy] : [])];
  const labels: Readonly<Record<string, string>> = groupBy ? { grouped: `toString(${groupBy})` } : {};
  // A run in two groups has the same steps in both.
  const runId = groupBy ? ['run_0', 'run_1'] : ID;
  const ofRun = groupBy ? Object.fromEntries(idSql(['run']).map((sql, index) => [runId[index] ?? '', sql])) : {};
  const runs = rolledSql({ table: 'run_1d', from, to, nowMs, keys, sums: COUNTS, filters, labels: { ...labels, ...ofRun } });
  const steps = rolledSql({ table: 'run_step_1d', from, to, nowMs, keys: ['run'], sums: STEP_COUNTS, filters: {}, labels: {} });
  const sql = `SELECT * FROM (\n${runs.sql}\n) AS runs LEFT JOIN (\n${steps.sql}\n) AS steps ON ${ID.map((name, index) => `runs.${runId[index] ?? ''} = steps.${name}`).join(' AND ')}`;
  const params = { ...steps.params, ...runs.params };
  return {
    sql: `SELECT ${groupBy ? 'grouped, ' : ''}count() AS run_count, sum(calls) AS all_calls, sum(errors) AS all_errors, sum(steps) AS all_steps,
  sum(tool_calls) AS all_tool_calls, countIf(${IS_PRICED}) AS priced_runs,
  sum(cost) AS all_cost, quantilesExactIf(0.5, 0.95)(cost, ${IS_PRICED}) AS cost_quantiles, maxIf(cost, ${IS_PRICED}) AS max_cost,
  countIf(successes > 0) AS succeeded, countIf(successes <= 0 AND failures > 0) AS failed,
  sumIf(cost, successes <= 0 AND failures > 0) AS failed_cost, countIf(successes <= 0 AND failures > 0 AND ${IS_PRICED}) AS priced_failed
FROM (\n${sql}\n)
${groupBy ? 'GROUP BY grouped\nORDER BY all_cost DESC, grouped\nLIMIT 100\n' : ''}${READ_SETTINGS}`,
    params,
  };
}

export async function readRunStatistics(run: RunQuery, query: RunStatisticsQuery, nowMs: number): Promise<readonly RunStatistics[]> {
  const { sql, params } = runStatisticsSql(query, nowMs);
  const rows = await run<Row & { readonly cost_quantiles: readonly string[] }>(sql, params);
  return rows.map((row) => {
    const runs = Number(row['run_count']);
    const pricedRuns = Number(row['priced_runs']);
    const failures = Number(row['failed']);
    const known = (cost: string | undefined) => (pricedRuns === 0 || cost === undefined ? null : toMoney(cost));
    return {
      group: row['grouped'],
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
}
