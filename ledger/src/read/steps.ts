import type { Filters } from './dimension-sql.ts';
import { decodeHistogram, quantile } from './histogram.ts';
import { READ_SETTINGS } from './limits.ts';
import { quantityOf, readGroupSums, type GroupSums } from './group-sums.ts';
import type { RolledQuery } from './rolled-query.ts';
import { rolledSql } from './rolled.ts';
import { ReadTooHeavy, type RunQuery } from './run-query.ts';
import type { Sql } from './spend-sql.ts';

/** What steps can be grouped and filtered by beside `step_kind`. */
export const STEP_DIMENSIONS = ['service', 'environment', 'team', 'feature', 'agent'] as const;
export const STEP_GROUPS = ['step', 'step_kind', 'outcome', ...STEP_DIMENSIONS] as const;
export type StepGroup = (typeof STEP_GROUPS)[number];

export interface StepsQuery {
  readonly from: number;
  readonly to: number;
  readonly filters?: Filters;
  /** Only steps of this kind: `tool`, `agent`, `retrieval`, `outcome` … */
  readonly kind?: string | undefined;
  readonly groupBy: readonly StepGroup[];
  readonly limit: number;
}

/** Steps of traces, that is everything but calls, counted. */
export interface StepSums {
  readonly groups: Readonly<Partial<Record<StepGroup, string>>>;
  readonly steps: number;
  readonly failed: number;
  readonly latencyP50Ms: number | null;
  readonly latencyP95Ms: number | null;
  /** Of steps that are outcomes: what they are worth, together, as said. */
  readonly outcomeValue: number;
}

const SUMS = ['steps', 'failed_steps', 'outcome_value', 'latency'] as const;

/** Steps by kind and groups, as each table knows them. */
export const stepsOf = ({ from, to, filters = {}, groupBy }: StepsQuery, nowMs: number): RolledQuery => ({
  about: 'steps',
  from,
  to,
  nowMs,
  keys: [...new Set(['step_kind', ...groupBy])],
  sums: SUMS,
  filters,
});

/** The same, ranked by ClickHouse: for where there are more groups than an answer may have. */
export function stepsSql(query: StepsQuery, nowMs: number): Sql {
  const { kind, groupBy, limit } = query;
  const { sql, params } = rolledSql(stepsOf(query, nowMs));
  const groups = groupBy.join(', ');
  return {
    sql: `SELECT ${groups}, sum(steps) AS all_steps, sum(failed_steps) AS failed, sum(outcome_value) AS all_value, sumMap(latency) AS histogram
FROM (\n${sql}\n)
WHERE steps > 0${kind === undefined ? '' : ' AND step_kind = {kind:String}'}
GROUP BY ${groups}
ORDER BY all_steps DESC, ${groups}
LIMIT {limit:UInt32}
${READ_SETTINGS}`,
    params: { ...params, limit, ...(kind !== undefined && { kind }) },
  };
}

/** Most steps first. */
export async function readSteps(run: RunQuery, query: StepsQuery, nowMs: number): Promise<readonly StepSums[]> {
  const { kind, groupBy, limit } = query;
  const groups = await readGroupSums(run, stepsOf(query, nowMs)).catch((error: unknown) => {
    if (error instanceof ReadTooHeavy) return undefined;
    throw error;
  });
  if (groups === undefined) return readRanked(run, query, nowMs);
  const counted = groups.filter(({ keys, sums }) => (sums['steps'] ?? 0n) > 0n && (kind === undefined || keys['step_kind'] === kind));
  const together = Map.groupBy(counted, ({ keys }) => JSON.stringify(groupBy.map((name) => keys[name])));
  return [...together.values()]
    .map((of) => toStepSums(of, groupBy))
    .toSorted((a, b) => b.steps - a.steps || byName(a, b, groupBy))
    .slice(0, limit);
}

function toStepSums(of: readonly GroupSums[], groupBy: readonly StepGroup[]): StepSums {
  const sumOf = (name: (typeof SUMS)[number]) => of.reduce((sum, { sums }) => sum + (sums[name] ?? 0n), 0n);
  const latency: Record<string, number> = {};
  for (const { maps } of of) for (const [bucket, count] of maps['latency'] ?? []) latency[bucket] = (latency[bucket] ?? 0) + Number(count);
  return {
    groups: Object.fromEntries(groupBy.map((name) => [name, of[0]?.keys[name] ?? ''])),
    steps: Number(sumOf('steps')),
    failed: Number(sumOf('failed_steps')),
    ...latencyOf(latency),
    outcomeValue: quantityOf(sumOf('outcome_value')),
  };
}

function latencyOf(counts: unknown): Pick<StepSums, 'latencyP50Ms' | 'latencyP95Ms'> {
  const histogram = decodeHistogram(counts);
  return { latencyP50Ms: quantile(histogram, 0.5), latencyP95Ms: quantile(histogram, 0.95) };
}

function byName(a: StepSums, b: StepSums, groupBy: readonly StepGroup[]): number {
  const key = groupBy.find((name) => a.groups[name] !== b.groups[name]);
  return key === undefined ? 0 : Buffer.compare(Buffer.from(a.groups[key] ?? ''), Buffer.from(b.groups[key] ?? ''));
}

/** Texts, but for the histogram. */
type Row = Readonly<Record<string, string>> & { readonly histogram: unknown };

async function readRanked(run: RunQuery, query: StepsQuery, nowMs: number): Promise<readonly StepSums[]> {
  const { sql, params } = stepsSql(query, nowMs);
  const rows = await run<Row>(sql, params);
  return rows.map((row) => ({
    groups: Object.fromEntries(query.groupBy.map((name) => [name, row[name] ?? ''])),
    steps: Number(row['all_steps']),
    failed: Number(row['failed']),
    ...latencyOf(row.histogram),
    outcomeValue: Number(row['all_value']),
  }));
}
