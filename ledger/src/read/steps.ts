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

/** Steps by groups, as each table knows them. */
export const stepsOf = ({ from, to, filters = {}, kind, groupBy }: StepsQuery, nowMs: number): RolledQuery => ({
  about: 'steps',
  from,
  to,
  nowMs,
  keys: groupBy,
  sums: SUMS,
  filters,
  only: kind === undefined ? undefined : ['step_kind', kind],
});

/** The same, ranked by ClickHouse: for where there are more groups than an answer may have. */
export function stepsSql(query: StepsQuery, nowMs: number): Sql {
  const { groupBy, limit } = query;
  const { sql, params } = rolledSql(stepsOf(query, nowMs));
  const groups = groupBy.join(', ');
  return {
    sql: `SELECT ${groups}, ${SUMS.join(', ')}
FROM (\n${sql}\n)
WHERE steps > 0
ORDER BY steps DESC, ${groups}
LIMIT {limit:UInt32}
${READ_SETTINGS}`,
    params: { ...params, limit },
  };
}

/** Most steps first. */
export async function readSteps(run: RunQuery, query: StepsQuery, nowMs: number): Promise<readonly StepSums[]> {
  const { groupBy, limit } = query;
  const groups = await readGroupSums(run, stepsOf(query, nowMs)).catch((error: unknown) => {
    if (error instanceof ReadTooHeavy) return undefined;
    throw error;
  });
  if (groups === undefined) return readRanked(run, query, nowMs);
  return groups
    .filter(({ sums }) => (sums['steps'] ?? 0n) > 0n)
    .map(toStepSums)
    .toSorted((a, b) => b.steps - a.steps || byName(a, b, groupBy))
    .slice(0, limit);
}

function toStepSums({ keys, sums, maps }: GroupSums): StepSums {
  return {
    groups: keys,
    steps: Number(sums['steps']),
    failed: Number(sums['failed_steps']),
    ...latencyOf(Object.fromEntries(maps['latency'] ?? [])),
    outcomeValue: quantityOf(sums['outcome_value'] ?? 0n),
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
type Row = Readonly<Record<string, string>> & { readonly latency: unknown };

async function readRanked(run: RunQuery, query: StepsQuery, nowMs: number): Promise<readonly StepSums[]> {
  const { sql, params } = stepsSql(query, nowMs);
  const rows = await run<Row>(sql, params);
  return rows.map((row) => ({
    groups: Object.fromEntries(query.groupBy.map((name) => [name, row[name] ?? ''])),
    steps: Number(row['steps']),
    failed: Number(row['failed_steps']),
    ...latencyOf(row.latency),
    outcomeValue: Number(row['outcome_value']),
  }));
}
