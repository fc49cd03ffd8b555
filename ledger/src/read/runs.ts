import type { PicoUsd } from '@tokenledger/model';
import { toMoney } from '../stored-call.ts';
import type { Filters } from './dimension-sql.ts';
import { READ_SETTINGS } from './limits.ts';
import { rolledSql } from './rolled.ts';
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
  readonly cost: PicoUsd;
  readonly outcome: 'success' | 'failure' | undefined;
}

const COUNTS = ['calls', 'errors', 'cost'] as const;
const STEP_COUNTS = ['steps', 'tool_calls', 'successes', 'failures'] as const;

/** Runs beside their steps; a run without a step has none of them. */
function runsWithSteps({ from, to, filters = {} }: Omit<RunsQuery, 'limit'>, keys: readonly string[], nowMs: number): Sql {
  const runs = rolledSql({ table: 'run_1d', from, to, nowMs, keys: ['run', ...keys], sums: COUNTS, filters });
  const steps = rolledSql({ table: 'run_step_1d', from, to, nowMs, keys: ['run'], sums: STEP_COUNTS, filters: {} }, 's');
  return {
    sql: `SELECT * FROM (\n${runs.sql}\n) AS runs LEFT JOIN (\n${steps.sql}\n) AS steps USING (run)`,
    params: { ...steps.params, ...runs.params },
  };
}

export function runsSql(query: RunsQuery, nowMs: number): Sql {
  const { sql, params } = runsWithSteps(query, ['agent', 'team', 'feature'], nowMs);
  return {
    sql: `SELECT * FROM (\n${sql}\n)\nORDER BY cost DESC, run\nLIMIT {limit:UInt32}\n${READ_SETTINGS}`,
    params: { ...params, limit: query.limit },
  };
}

type Row = Readonly<Record<string, string>>;

/** The dearest runs. */
export async function readRuns(run: RunQuery, query: RunsQuery, nowMs: number): Promise<readonly Run[]> {
  const { sql, params } = runsSql(query, nowMs);
  const rows = await run<Row>(sql, params);
  return rows.map((row) => ({
    run: row['run'] ?? '',
    agent: row['agent'] ?? '',
    team: row['team'] ?? '',
    feature: row['feature'] ?? '',
    calls: Number(row['calls']),
    errors: Number(row['errors']),
    steps: Number(row['steps']),
    toolCalls: Number(row['tool_calls']),
    cost: toMoney(row['cost'] ?? '0'),
    outcome: Number(row['successes']) > 0 ? 'success' : Number(row['failures']) > 0 ? 'failure' : undefined,
  }));
}

/** What runs cost, together. Money is exact. */
export interface RunStatistics {
  readonly group: string | undefined;
  readonly runs: number;
  readonly calls: number;
  readonly errors: number;
  readonly steps: number;
  readonly toolCalls: number;
  readonly cost: PicoUsd;
  readonly median: PicoUsd | null;
  readonly p95: PicoUsd | null;
  readonly max: PicoUsd | null;
  readonly successes: number;
  readonly failures: number;
  /** Of the runs that said they failed, and never that they succeeded. */
  readonly failedCost: PicoUsd;
}

export interface RunStatisticsQuery extends Omit<RunsQuery, 'limit'> {
  readonly groupBy?: RunGroup | undefined;
}

export function runStatisticsSql({ groupBy, ...query }: RunStatisticsQuery, nowMs: number): Sql {
  const { sql, params } = runsWithSteps(query, groupBy ? [groupBy] : [], nowMs);
  return {
    sql: `SELECT ${groupBy ? `${groupBy} AS grouped, ` : ''}count() AS run_count, sum(calls) AS all_calls, sum(errors) AS all_errors, sum(steps) AS all_steps,
  sum(tool_calls) AS all_tool_calls, sum(cost) AS all_cost, quantilesExact(0.5, 0.95)(cost) AS cost_quantiles, max(cost) AS max_cost,
  countIf(successes > 0) AS succeeded, countIf(successes <= 0 AND failures > 0) AS failed,
  sumIf(cost, successes <= 0 AND failures > 0) AS failed_cost
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
    const known = (cost: string | undefined) => (runs === 0 || cost === undefined ? null : toMoney(cost));
    return {
      group: row['grouped'],
      runs,
      calls: Number(row['all_calls']),
      errors: Number(row['all_errors']),
      steps: Number(row['all_steps']),
      toolCalls: Number(row['all_tool_calls']),
      cost: toMoney(row['all_cost'] ?? '0'),
      median: known(row.cost_quantiles[0]),
      p95: known(row.cost_quantiles[1]),
      max: known(row['max_cost']),
      successes: Number(row['succeeded']),
      failures: Number(row['failed']),
      failedCost: toMoney(row['failed_cost'] ?? '0'),
    };
  });
}
