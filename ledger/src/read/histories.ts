import type { Dimension } from '@tokenledger/model';
import type { Filters } from './dimension-sql.ts';
import { READ_SETTINGS } from './limits.ts';
import type { RunQuery } from './run-query.ts';
import { floorTo, planSegments } from './sources.ts';
import { BUCKET_COLUMN, componentsOf, groupColumn, params, parts, type Sql, type SpendSqlRequest } from './spend-sql.ts';

export interface HistoriesQuery {
  /** Epoch milliseconds; `from` ≤ time < `to`, both multiples of `stepMs`. */
  readonly from: number;
  readonly to: number;
  readonly stepMs: number;
  readonly groupBy: readonly Dimension[];
  readonly filters?: Filters;
  /** Keeps the groups that cost the most. */
  readonly limit: number;
}

/** Calls and USD of a group in buckets, oldest first. Floats: for statistics, never for what is owed. */
export interface SpendHistory {
  readonly dimensions: Readonly<Partial<Record<Dimension, string | null>>>;
  readonly calls: Float32Array;
  readonly cost: Float32Array;
}

/** Thousands of long series: one row of arrays for each, without the buckets in which nothing was spent. */
export async function readHistories(run: RunQuery, query: HistoriesQuery, nowMs: number): Promise<readonly SpendHistory[]> {
  const { from, to, stepMs, groupBy } = query;
  if (from >= to) return [];
  const { sql, params: bound } = historiesSql(query, nowMs);
  const rows = await run<
    Readonly<Record<string, unknown>> & { readonly buckets: number[]; readonly calls: number[]; readonly cost: number[] }
  >(sql, bound);
  const length = Math.ceil((to - from) / stepMs);
  return rows.map((row) => {
    const history = { calls: new Float32Array(length), cost: new Float32Array(length) };
    // A bucket that two tables answer for comes twice.
    for (const [position, bucket] of row.buckets.entries()) {
      const index = (bucket * 1000 - from) / stepMs;
      history.calls[index] = (history.calls[index] ?? 0) + (row.calls[position] ?? 0);
      history.cost[index] = (history.cost[index] ?? 0) + (row.cost[position] ?? 0);
    }
    const dimensions = groupBy.map(
      (name, index) => [name, row[groupColumn(index)] === '' ? null : String(row[groupColumn(index)])] as const,
    );
    return { dimensions: Object.fromEntries(dimensions), ...history };
  });
}

export function historiesSql({ from, to, stepMs, groupBy, filters = {}, limit }: HistoriesQuery, nowMs: number): Sql {
  const measures = ['cost', 'calls'];
  const segments = planSegments({
    fromMs: floorTo(from, stepMs),
    toMs: to,
    stepMs,
    dimensions: [...groupBy, ...(Object.keys(filters) as Dimension[])],
    components: componentsOf(measures),
    nowMs,
  });
  const request: SpendSqlRequest = { segments, stepMs, groupBy, measures, filters, orderBy: 'cost', direction: 'desc', limit };
  const groups = groupBy.map((_, index) => groupColumn(index));
  const sql = `SELECT ${[...groups, `groupArray(${BUCKET_COLUMN}) AS buckets`, 'groupArray(toFloat32(sum_calls)) AS calls', 'groupArray(toFloat32(sum_cost)) AS cost'].join(', ')}
FROM (\n${parts(request, stepMs)}\n) AS parts${groups.length === 0 ? '\nHAVING notEmpty(buckets)' : `\nGROUP BY ${groups.join(', ')}`}
ORDER BY ${['sum(sum_cost) DESC', ...groups].join(', ')}
LIMIT {limit:UInt32}
${READ_SETTINGS}`;
  return { sql, params: { ...params(request), limit } };
}
