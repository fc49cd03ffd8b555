import { DIMENSIONS, type Dimension } from '@tokenledger/model';
import { columnOf, COMPONENTS, decodeSums, NOTHING, type Sums, type SumsRow } from './components.ts';
import type { Filters } from './dimension-sql.ts';
import { MAX_BUCKETS, MAX_ROWS } from './limits.ts';
import { measureOf, type MeasureValue } from './measures.ts';
import { ReadTooHeavy, type RunQuery } from './run-query.ts';
import { floorTo, planSegments } from './sources.ts';
import {
  BUCKET_COLUMN,
  bucketsSql,
  componentsOf,
  groupColumn,
  groupsSql,
  PLACE_COLUMN,
  seriesSql,
  wholeColumn,
  type SpendSqlRequest,
} from './spend-sql.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export const INTERVALS = ['auto', 'minute', 'hour', 'day', 'none'] as const;
/** A named width of the buckets, or a number of milliseconds that divides a day. `none` is one sum over the range. */
export type Interval = (typeof INTERVALS)[number] | number;

export interface SpendQuery {
  /** Epoch milliseconds; `from` ≤ time < `to`. */
  readonly from: number;
  readonly to: number;
  readonly interval?: Interval;
  readonly groupBy?: readonly Dimension[];
  /** Keeps only groups whose first dimension contains this text, in any case. */
  readonly search?: string | undefined;
  /** Names from `MEASURES`; default cost and calls. */
  readonly measures?: readonly string[];
  readonly filters?: Filters;
  /** The measure that ranks the groups, biggest first unless `direction` is `asc`; default the first of `measures`. */
  readonly orderBy?: string | undefined;
  readonly direction?: 'asc' | 'desc';
  /** Keeps the first so many groups, each with all its buckets. */
  readonly limit?: number;
  /** Also tells the first measure of all groups together, which costs less than to ask for it. Not of buckets. */
  readonly withWhole?: boolean;
}

export interface SpendRow {
  /** Start of the bucket, epoch milliseconds; absent when there are no buckets. */
  readonly timeMs?: number;
  /** `null` where nobody said. */
  readonly dimensions: Readonly<Partial<Record<Dimension, string | null>>>;
  readonly measures: Readonly<Record<string, MeasureValue>>;
}

export interface SpendResult {
  /** By time, then in the order of the groups. Every group has every bucket: nothing spent is 0, not a missing row. */
  readonly rows: readonly SpendRow[];
  readonly stepMs: number | null;
  /** True when there are more groups than `limit`. */
  readonly truncated: boolean;
  /** The first measure of all groups, shown or not, where it was asked for. */
  readonly whole?: MeasureValue;
  /** The tables that answered. */
  readonly sources: readonly string[];
}

/** Width of the buckets for a range. `auto`: minutes up to 6 hours, hours up to 8 days, then days. */
export function stepOf(interval: Interval, spanMs: number): number | null {
  switch (interval) {
    case 'none':
      return null;
    case 'minute':
      return MINUTE_MS;
    case 'hour':
      return HOUR_MS;
    case 'day':
      return DAY_MS;
    case 'auto':
      return spanMs <= 6 * HOUR_MS ? MINUTE_MS : spanMs <= 8 * DAY_MS ? HOUR_MS : DAY_MS;
    default:
      return interval;
  }
}

/**
 * Sums of a tenant's entries per bucket and group. Exact for any range: rollups answer for their whole buckets, the entries for
 * the rest.
 * @throws ReadTooHeavy when the answer would have too many rows
 */
export async function readSpend(run: RunQuery, query: SpendQuery, nowMs: number): Promise<SpendResult> {
  const stepMs = stepOf(query.interval ?? 'none', query.to - query.from);
  if (query.from >= query.to) return { rows: [], stepMs, truncated: false, sources: [] };
  const request = sqlRequest(query, stepMs, nowMs);
  const times = stepMs === null ? [] : bucketStarts(query.from, query.to, stepMs);
  const isGrouped = request.groupBy.length > 0;
  const series =
    isGrouped && times.length > 0 && times.length <= MOST_RANKED && hasFewGroups(request)
      ? await runSums(run, seriesSql(request))
      : undefined;
  const groupRows = series ? groupsOf(series) : isGrouped || stepMs === null ? await runSums(run, groupsSql(request)) : [];
  const groups = isGrouped ? groupRows.slice(0, request.limit) : [groupRows[0] ?? {}];
  if (times.length * groups.length > MAX_ROWS) {
    throw new ReadTooHeavy(
      `${groups.length} groups in ${times.length} buckets are more than ${MAX_ROWS} rows; ask for wider buckets or a lower limit`,
    );
  }
  const chosen = request.groupBy.map((_, index) => groups.map((group) => String(group[groupColumn(index)])));
  const bucketRows = series ?? (stepMs === null || groups.length === 0 ? [] : await runSums(run, bucketsSql(request, chosen)));
  const measured = (group: SumsRow, sums: Sums) => ({ dimensions: dimensionsOf(request.groupBy, group), measures: valuesOf(query, sums) });
  const rows =
    stepMs === null
      ? groups.map((group) => measured(group, decodeSums(group)))
      : fillBuckets({ times, groups, bucketRows, key: keyOf(request.groupBy), measured });
  return {
    rows,
    stepMs,
    truncated: groupRows.length > request.limit,
    ...(query.withWhole === true && groupRows[0] && { whole: wholeOf(request, groupRows[0]) }),
    sources: [...new Set(request.segments.map(({ source }) => source.table))],
  };
}

/** Of a row of any group. */
function wholeOf({ measures }: SpendSqlRequest, row: SumsRow): MeasureValue {
  const sums = decodeSums(Object.fromEntries(COMPONENTS.map((component) => [columnOf(component), row[wholeColumn(component)]])));
  return measureOf(measures[0] ?? 'cost').value(sums);
}

/** So many buckets of every group are ranked at once. */
const MOST_RANKED = 500;

/** Where one of the small rollups can tell, there are few values, and a search keeps fewer. */
const hasFewGroups = ({ segments, groupBy, search }: SpendSqlRequest) =>
  search === undefined && groupBy.length === 1 && segments.some(({ source }) => source.shape === 'usage');

/** One row of each group, in their order. */
function groupsOf(series: readonly SumsRow[]): readonly SumsRow[] {
  const byPlace = new Map(series.map((row) => [Number(row[PLACE_COLUMN]), row]));
  return [...byPlace.entries()].toSorted(([a], [b]) => a - b).map(([, row]) => row);
}

const DEFAULT_MEASURES = ['cost', 'calls'] as const;
const DEFAULT_LIMIT = 1000;

function sqlRequest(query: SpendQuery, stepMs: number | null, nowMs: number): SpendSqlRequest {
  const {
    from: fromMs,
    to: toMs,
    groupBy = [],
    measures = DEFAULT_MEASURES,
    filters = {},
    direction = 'desc',
    limit = DEFAULT_LIMIT,
    search,
    withWhole,
  } = query;
  const orderBy = query.orderBy ?? measures[0] ?? 'cost';
  const dimensions = DIMENSIONS.filter((name) => groupBy.includes(name) || filters[name] !== undefined);
  const segments = planSegments({ fromMs, toMs, stepMs, dimensions, components: componentsOf([...measures, orderBy]), nowMs });
  return { segments, stepMs, groupBy, search, measures, filters, orderBy, direction, limit, withWhole };
}

async function runSums(run: RunQuery, { sql, params }: ReturnType<typeof groupsSql>): Promise<readonly SumsRow[]> {
  return run<SumsRow>(sql, params);
}

/** Starts of all buckets that the range touches. @throws ReadTooHeavy */
function bucketStarts(fromMs: number, toMs: number, stepMs: number): readonly number[] {
  const first = floorTo(fromMs, stepMs);
  const count = Math.max(0, Math.ceil((toMs - first) / stepMs));
  if (count > MAX_BUCKETS)
    throw new ReadTooHeavy(`the range has ${count} buckets, at most ${MAX_BUCKETS} are given; ask for wider buckets`);
  return Array.from({ length: count }, (_, index) => first + index * stepMs);
}

interface Buckets {
  readonly times: readonly number[];
  readonly groups: readonly SumsRow[];
  readonly bucketRows: readonly SumsRow[];
  readonly key: (row: SumsRow) => string;
  readonly measured: (group: SumsRow, sums: Sums) => SpendRow;
}

function fillBuckets({ times, groups, bucketRows, key, measured }: Buckets): readonly SpendRow[] {
  const found = new Map(bucketRows.map((row) => [`${Number(row[BUCKET_COLUMN]) * 1000} ${key(row)}`, row]));
  return times.flatMap((timeMs) =>
    groups.map((group) => {
      const row = found.get(`${timeMs} ${key(group)}`);
      return { timeMs, ...measured(group, row ? decodeSums(row) : NOTHING) };
    }),
  );
}

const keyOf = (groupBy: readonly Dimension[]) => (row: SumsRow) => JSON.stringify(groupBy.map((_, index) => row[groupColumn(index)]));

function dimensionsOf(groupBy: readonly Dimension[], row: SumsRow): SpendRow['dimensions'] {
  return Object.fromEntries(groupBy.map((name, index) => [name, nullIfEmpty(row[groupColumn(index)])]));
}

const nullIfEmpty = (value: unknown) => (typeof value === 'string' && value !== '' ? value : null);

function valuesOf({ measures = DEFAULT_MEASURES }: SpendQuery, sums: Sums): SpendRow['measures'] {
  return Object.fromEntries(measures.map((name) => [name, measureOf(name).value(sums)]));
}
