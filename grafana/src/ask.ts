import type { Dimension } from '@tokenledger/model';
import { SERIES, TIME, type Column } from './columns.ts';
import { DATASOURCE, FILTERED_DIMENSIONS, filtersBy, STEP_DIMENSIONS, TIME_RANGE, type Filters } from './filters.ts';
import { InfinityQueryBuilder } from './infinity-query.ts';

/** A question to the query API; the panel adds the columns that it shows. */
export interface Question {
  readonly url: string;
  readonly params: Readonly<Record<string, string>>;
  readonly format: 'table' | 'timeseries';
  /** Columns that every answer in this format needs. */
  readonly fixed: readonly Column[];
}

/** What only this panel looks at, such as `{ price_status: 'unpriced' }`: it takes the place of the dashboard's filter. */
export type Only = Readonly<Partial<Record<Dimension, string>>>;

const FILTERS = filtersBy(FILTERED_DIMENSIONS);
/** Wide enough to be a bar in half a dashboard; the API takes the next step that divides a day. */
export const POINTS = '80';

const table = (route: string, params: Filters): Question => ({ url: `/v1/grafana/${route}`, params, format: 'table', fixed: [] });

/** Rows of any route, under the filters of the dashboard. */
export const rows = (route: string, params: Filters = {}): Question => table(route, { ...TIME_RANGE, ...FILTERS, ...params });
/** Of steps, which have no model. */
export const stepRows = (route: string, params: Filters = {}): Question =>
  table(route, { ...TIME_RANGE, ...filtersBy(STEP_DIMENSIONS), ...params });
/** Of everything in the time range, whatever is filtered. */
export const allRows = (route: string, params: Filters = {}): Question => table(route, { ...TIME_RANGE, ...params });
/** Of the present. */
export const rowsNow = (route: string, params: Filters = {}): Question => table(route, params);

/** Measures over the range, in one row. */
export const totals = (measures: readonly string[], only: Only = {}): Question => rows('stat', { measures: measures.join(','), ...only });

interface Ranked {
  readonly by: readonly Dimension[];
  /** The first one ranks. */
  readonly measures: readonly string[];
  readonly limit?: number;
  readonly only?: Only;
  readonly params?: Filters;
}

/** One row per group, the largest first. */
export const ranked = ({ by, measures, limit = 10, only = {}, params = {} }: Ranked): Question =>
  rows('table', { group_by: by.join(','), measures: measures.join(','), limit: String(limit), ...params, ...only });

interface OverTime {
  /** One line per value, for a single measure; without it each measure is a line. */
  readonly by?: Dimension;
  readonly measures: readonly string[];
  readonly limit?: number;
  /** Which lines are shown: those with the most of it. Default: of the measure itself. */
  readonly orderBy?: string;
  readonly per?: 'second' | 'minute' | 'hour';
  readonly only?: Only;
}

export const overTime = ({ by, measures, limit = 10, orderBy, per, only = {} }: OverTime): Question => ({
  url: '/v1/grafana/timeseries',
  params: {
    ...TIME_RANGE,
    points: POINTS,
    measures: measures.join(','),
    ...(by && { group_by: by, limit: String(limit) }),
    ...(orderBy && { order_by: orderBy }),
    ...(per && { per }),
    ...FILTERS,
    ...only,
  },
  format: 'timeseries',
  fixed: by ? [TIME, SERIES] : [TIME],
});

/** Other numbers over time, such as what was expected. */
export const seriesOf = (route: string): Question => ({
  url: `/v1/grafana/${route}`,
  params: TIME_RANGE,
  format: 'timeseries',
  fixed: [TIME],
});

export function toTarget({ url, params, format, fixed }: Question, columns: readonly Column[]): InfinityQueryBuilder {
  const shown = [...fixed, ...columns].map(({ selector, text, type }) => ({ selector, text, type }));
  return new InfinityQueryBuilder(DATASOURCE, { format, url, params, columns: shown });
}
