import type { Filters } from './dimension-sql.ts';
import { decodeHistogram, quantile } from './histogram.ts';
import { READ_SETTINGS } from './limits.ts';
import { rolledSql } from './rolled.ts';
import type { RunQuery } from './run-query.ts';
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

export function stepsSql({ from, to, filters = {}, kind, groupBy, limit }: StepsQuery, nowMs: number): Sql {
  const keys = [...new Set(['step_kind', ...groupBy])];
  const { sql, params } = rolledSql({
    about: 'steps',
    from,
    to,
    nowMs,
    keys,
    sums: ['steps', 'failed_steps', 'outcome_value', 'latency'],
    filters,
  });
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

/** Texts, but for the histogram. */
type Row = Readonly<Record<string, string>> & { readonly histogram: unknown };

/** Most steps first. */
export async function readSteps(run: RunQuery, query: StepsQuery, nowMs: number): Promise<readonly StepSums[]> {
  const { sql, params } = stepsSql(query, nowMs);
  const rows = await run<Row>(sql, params);
  return rows.map((row) => {
    const histogram = decodeHistogram(row.histogram);
    return {
      groups: Object.fromEntries(query.groupBy.map((name) => [name, row[name] ?? ''])),
      steps: Number(row['all_steps']),
      failed: Number(row['failed']),
      latencyP50Ms: quantile(histogram, 0.5),
      latencyP95Ms: quantile(histogram, 0.95),
      outcomeValue: Number(row['all_value']),
    };
  });
}
