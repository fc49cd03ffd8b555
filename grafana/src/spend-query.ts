import type { Dimension } from '@tokenledger/model';
import { DATASOURCE, FILTERS, TIME_RANGE } from './filters.ts';
import { InfinityQueryBuilder } from './infinity-query.ts';
import type { InfinityColumn } from './infinity-query.ts';

/** Columns of the answer (a measure, `share`, or a measure with `_previous` or `_change`) and the names they have in the panel. */
type Columns = Readonly<Record<string, string>>;

interface GroupedRequest {
  readonly measures: readonly string[];
  readonly by: Dimension;
  /** How many groups: the largest by the first measure. */
  readonly limit: number;
}

/** Wide enough to be a bar in half a dashboard; the API takes the next step that divides a day. */
const POINTS = '80';

/** One series per group, for a single measure. */
export function groupsOverTime({ measures, by, limit }: GroupedRequest): InfinityQueryBuilder {
  return new InfinityQueryBuilder(DATASOURCE, {
    format: 'timeseries',
    url: '/v1/grafana/timeseries',
    params: { ...TIME_RANGE, points: POINTS, group_by: by, measures: measures.join(','), limit: String(limit), ...FILTERS },
    columns: [TIME, { selector: 'series', text: 'series', type: 'string' }, ...measures.map((name) => numberColumn(name, name))],
  });
}

/** One series per measure. */
export function measuresOverTime(measures: Columns): InfinityQueryBuilder {
  return new InfinityQueryBuilder(DATASOURCE, {
    format: 'timeseries',
    url: '/v1/grafana/timeseries',
    params: { ...TIME_RANGE, points: POINTS, measures: Object.keys(measures).join(','), ...FILTERS },
    columns: [TIME, ...Object.entries(measures).map(([selector, text]) => numberColumn(selector, text))],
  });
}

interface RankingRequest extends GroupedRequest {
  readonly columns: Columns;
  /** What only this panel looks at, such as `{ price_status: 'unpriced' }`. */
  readonly only?: Readonly<Partial<Record<Dimension, string>>>;
}

/** One row per group, the largest first. */
export function ranking({ measures, by, limit, columns, only = {} }: RankingRequest): InfinityQueryBuilder {
  return new InfinityQueryBuilder(DATASOURCE, {
    format: 'table',
    url: '/v1/grafana/table',
    params: { ...TIME_RANGE, group_by: by, measures: measures.join(','), limit: String(limit), ...FILTERS, ...only },
    columns: [
      { selector: by, text: by.charAt(0).toUpperCase() + by.slice(1), type: 'string' },
      ...Object.entries(columns).map(([selector, text]) => numberColumn(selector, text)),
    ],
  });
}

/** One number: a measure over the range, or its `_change` against the range of the same length before. */
export function oneNumber(measure: string, selector = measure): InfinityQueryBuilder {
  return new InfinityQueryBuilder(DATASOURCE, {
    format: 'table',
    url: '/v1/grafana/stat',
    params: { ...TIME_RANGE, measures: measure, ...FILTERS },
    columns: [numberColumn(selector, selector)],
  });
}

const TIME: InfinityColumn = { selector: 'time', text: 'time', type: 'timestamp_epoch' };

function numberColumn(selector: string, text: string): InfinityColumn {
  return { selector, text, type: 'number' };
}
