import type { Dimension } from '@tokenledger/model';
import { DATASOURCE, FILTERS, TIME_RANGE } from './filters.ts';
import { InfinityQueryBuilder } from './infinity-query.ts';
import type { InfinityColumn } from './infinity-query.ts';

/** A measure of `/v1/spend` and the name it has in a panel. */
export type NamedMeasures = Readonly<Record<string, string>>;

interface SpendRequest {
  readonly measures: NamedMeasures;
  readonly by?: Dimension;
  /** How many groups, the largest by the first measure; the API keeps the rest out. */
  readonly limit?: number;
}

/** One row per bucket and group, ascending in time, empty buckets filled: a line or a stack per group or per measure. */
export function spendOverTime(request: SpendRequest): InfinityQueryBuilder {
  return spendQuery(request, 'timeseries', 'auto', [{ selector: 'time', text: 'time', type: 'timestamp_epoch' }]);
}

/** One row per group, the largest first; one row in all without `by`. */
export function spendInTotal(request: SpendRequest): InfinityQueryBuilder {
  return spendQuery(request, 'table', 'none', []);
}

function spendQuery(
  { measures, by, limit }: SpendRequest,
  format: 'table' | 'timeseries',
  interval: 'auto' | 'none',
  time: readonly InfinityColumn[],
): InfinityQueryBuilder {
  return new InfinityQueryBuilder(DATASOURCE, {
    format,
    url: '/v1/grafana/spend',
    params: {
      ...TIME_RANGE,
      interval,
      ...(by && { group_by: by }),
      measures: Object.keys(measures).join(','),
      ...(limit !== undefined && { limit: String(limit) }),
      ...FILTERS,
    },
    columns: [
      ...time,
      ...(by ? [{ selector: by, text: by, type: 'string' } as const] : []),
      ...Object.entries(measures).map(([selector, text]): InfinityColumn => ({ selector, text, type: 'number' })),
    ],
  });
}

/** The range as one row beside the range of the same length before it, and the month so far. */
export function spendSummary(column: { readonly selector: SummaryColumn; readonly text: string }): InfinityQueryBuilder {
  return new InfinityQueryBuilder(DATASOURCE, {
    format: 'table',
    url: '/v1/grafana/summary',
    params: { ...TIME_RANGE, ...FILTERS },
    columns: [{ ...column, type: 'number' }],
  });
}

type SummaryColumn = 'cost' | 'cost_previous' | 'cost_change' | 'cost_month_to_date';
