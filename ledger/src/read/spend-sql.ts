import { METERS, type Dimension, type Meter } from '@tokenledger/model';
import { columnOf, COMPONENTS, isPlainSum, isSomethingSql, mergeSql, sumOf, sumSql, type Buckets, type Component } from './components.ts';
import { DIMENSION_SQL, filterSql, type Filters } from './dimension-sql.ts';
import { OF_TENANT, READ_SETTINGS, UNFILTERED_SETTINGS } from './limits.ts';
import { measureOf } from './measures.ts';
import type { Segment } from './sources.ts';

export interface SpendSqlRequest {
  readonly segments: readonly Segment[];
  readonly stepMs: number | null;
  readonly groupBy: readonly Dimension[];
  /** Keeps only groups whose first dimension contains the text, in any case. */
  readonly search?: string | undefined;
  readonly measures: readonly string[];
  readonly filters: Filters;
  readonly orderBy: string;
  readonly direction: 'asc' | 'desc';
  readonly limit: number;
  /** Also sums the components of the first measure over all groups. */
  readonly withWhole?: boolean | undefined;
}

export interface Sql {
  readonly sql: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** The columns of group i and of the bucket (epoch seconds) in the answer. */
export const groupColumn = (index: number) => `group_${index}`;
export const BUCKET_COLUMN = 'bucket';
export const wholeColumn = (component: Component) => `whole_${component}`;

export function componentsOf(measures: readonly string[]): readonly Component[] {
  const needed = new Set<Component>(['calls', 'unpriced_calls', 'cost', ...measures.flatMap((name) => measureOf(name).needs)]);
  return COMPONENTS.filter((name) => needed.has(name));
}

function metersOf(measures: readonly string[]): readonly Meter[] {
  const needed = new Set(measures.flatMap((name) => measureOf(name).meters ?? []));
  return METERS.filter((meter) => needed.has(meter));
}

/** The groups over the whole range, in order, at most `limit` + 1 of them. */
export function groupsSql(request: SpendSqlRequest): Sql {
  const wholes = request.withWhole
    ? componentsOf(request.measures.slice(0, 1)).map(
        (component) => `${sumOf(component)}(${columnOf(component)}) OVER () AS ${wholeColumn(component)}`,
      )
    : [];
  return { sql: `${rankedGroups(request, [...componentColumns(request), ...wholes])}\n${READ_SETTINGS}`, params: params(request) };
}

/** The values of each dimension of `groupBy` in the groups that are wanted: group i is the i-th of each. */
export type ChosenGroups = readonly (readonly string[])[];

interface FlatSql {
  readonly stepMs: number | null;
  /** Instead of a row for each bucket that a group has, a list of all buckets for each group. */
  readonly buckets?: Buckets | undefined;
  readonly chosen?: ChosenGroups | undefined;
  /** Of each table, one more than these are given. */
  readonly mostRows?: number | undefined;
}

/**
 * Sums of each table as they are, per group and bucket, in no order: a group or bucket that two tables know comes twice. Adding, ranking and cutting
 * them in ClickHouse takes as long again to work out as the sums.
 */
export function flatSql(request: SpendSqlRequest, { stepMs, buckets, chosen, mostRows }: FlatSql): Sql {
  const columns = request.groupBy.map((name) => DIMENSION_SQL[name]);
  const lists = columns.map((_, index) => `{chosen_${index}:Array(String)}`);
  const only = chosen === undefined ? '' : columns.map((column, index) => ` AND ${column} IN ${lists[index]}`).join('');
  // Of two dimensions any pair would pass that.
  const pairs = chosen === undefined || columns.length < 2 ? '' : ` AND (${columns.join(', ')}) IN arrayZip(${lists.join(', ')})`;
  const limit = mostRows === undefined ? '' : `\nLIMIT ${mostRows + 1}`;
  const filters = filterSql(request.filters);
  const settings = `${filters.sql}${only}` === '' ? UNFILTERED_SETTINGS : READ_SETTINGS;
  const sql = `${parts(request, buckets ? null : stepMs, { only: `${only}${pairs}`, limit, buckets })}\n${settings}`;
  const named = Object.fromEntries((chosen ?? []).map((values, index) => [`chosen_${index}`, values]));
  return { sql, params: { ...filters.params, ...named } };
}

/** A list of buckets takes less time to sum, to write and to read than rows that name group and bucket each; it knows sums of one column, of what is added. */
export const canListBuckets = ({ measures, orderBy, segments }: SpendSqlRequest) =>
  componentsOf([...measures, orderBy]).every(isPlainSum) && segments.every(({ sign }) => sign === 1);

const componentColumns = (request: SpendSqlRequest) => componentsOf([...request.measures, request.orderBy]).map(mergeSql);
const somethingSql = (request: SpendSqlRequest) =>
  componentsOf([...request.measures, request.orderBy])
    .map(isSomethingSql)
    .join(' OR ');

function rankedGroups(request: SpendSqlRequest, columns: readonly string[]): string {
  const ranking = measureOf(request.orderBy);
  const groups = request.groupBy.map((_, index) => groupColumn(index));
  const searched =
    request.search === undefined || groups.length === 0 ? '' : '\nWHERE positionCaseInsensitiveUTF8(group_0, {search:String}) > 0';
  const grouped = groups.length === 0 ? '' : `\nGROUP BY ${groups.join(', ')}`;
  return `SELECT ${[...groups, ...columns].join(', ')}
FROM (\n${parts(request, null)}\n) AS parts${searched}${grouped}
HAVING ${somethingSql(request)}
ORDER BY ${[...(ranking.unknown === undefined ? [] : [ranking.unknown]), `${ranking.order} ${request.direction.toUpperCase()}`, ...groups].join(', ')}
LIMIT {limit:UInt32}`;
}

/** One aggregated select per segment: each table sums its own parts of the range. */
export function parts(request: SpendSqlRequest, stepMs: number | null, further: Further = {}): string {
  return request.segments.map((segment) => partSql(request, { segment, stepMs, ...further })).join('\nUNION ALL\n');
}

interface Further {
  readonly only?: string;
  readonly limit?: string;
  readonly buckets?: Buckets | undefined;
}

interface Part extends Further {
  readonly segment: Segment;
  readonly stepMs: number | null;
}

function partSql(request: SpendSqlRequest, { segment, stepMs, only = '', limit = '', buckets }: Part): string {
  const { source, sign } = segment;
  const bucket = stepMs === null ? [] : [bucketSql(String(stepMs / 1000))];
  const groups = request.groupBy.map((name, position) => `toString(${DIMENSION_SQL[name]}) AS ${groupColumn(position)}`);
  const measures = [...request.measures, request.orderBy];
  const summed = { shape: source.shape, sign, meters: metersOf(measures), buckets };
  const sums = componentsOf(measures).map((component) => sumSql(component, summed));
  const keys = [...(stepMs === null ? [] : [BUCKET_COLUMN]), ...request.groupBy.map((_, position) => groupColumn(position))];
  return `SELECT ${[...bucket, ...groups, ...sums].join(', ')}
FROM ${source.table}
WHERE ${OF_TENANT} AND ${timeSql(segment)}${filterSql(request.filters).sql}${only}${keys.length === 0 ? '' : `\nGROUP BY ${keys.join(', ')}`}${limit}`;
}

/** `step` in seconds. */
export const bucketSql = (step = '{step:UInt32}') => `intDiv(toUnixTimestamp(time), ${step}) * ${step} AS ${BUCKET_COLUMN}`;

/**
 * True of the rows in the ranges of a segment. Rollup rows carry the start of their bucket in whole seconds, entries their own millisecond. The bounds
 * are numbers of ours, written as text: of functions and parameters ClickHouse works each out by itself, which takes longer than to read an hour.
 */
export function timeSql({ source, ranges }: Pick<Segment, 'source' | 'ranges'>): string {
  const at = source.stepMs === 1 ? millisecondSql : secondSql;
  return `(${ranges.map(({ fromMs, toMs }) => `time >= ${at(fromMs)} AND time < ${at(toMs)}`).join(' OR ')})`;
}

/** Of a column in UTC. What is before 1970 or after 2100 is beyond what any of them holds. */
export const millisecondSql = (timeMs: number) =>
  `'${new Date(Math.min(Math.max(timeMs, 0), END_OF_TIME_MS)).toISOString().slice(0, 23).replace('T', ' ')}'`;
const secondSql = (timeMs: number) => `${millisecondSql(timeMs).slice(0, 20)}'`;
const END_OF_TIME_MS = Date.UTC(2100, 0, 1);

export function params(request: SpendSqlRequest): Sql['params'] {
  return {
    ...filterSql(request.filters).params,
    limit: request.limit + 1,
    ...(request.search === undefined ? {} : { search: request.search }),
  };
}
