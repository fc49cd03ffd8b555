import { DIMENSIONS, type Dimension } from '@tokenledger/model';
import { columnOf, COMPONENTS } from './components.ts';
import type { Filters } from './dimension-sql.ts';
import {
  keyOf,
  ranked,
  readChosenSeries,
  readGroups,
  readSeries,
  toGroupSums,
  wholeGroups,
  wholeSums,
  type GroupSeries,
  type GroupSums,
  type SeriesQuestion,
} from './flat-sums.ts';
import { MAX_BUCKETS, MAX_ROWS } from './limits.ts';
import { measureOf, type MeasureValue } from './measures.ts';
import { ReadTooHeavy, type RunQuery } from './run-query.ts';
import { floorTo, planSegments } from './sources.ts';
import { componentsOf, groupsSql, wholeColumn, type SpendSqlRequest } from './spend-sql.ts';
import { decodeSums, NOTHING, type Sums, type SumsRow } from './sums.ts';

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
  const found = await findGroups(run, request, times);
  const groups = found.groups.slice(0, request.limit);
  if (times.length * groups.length > MAX_ROWS) {
    throw new ReadTooHeavy(
      `${groups.length} groups in ${times.length} buckets are more than ${MAX_ROWS} rows; ask for wider buckets or a lower limit`,
    );
  }
  const series = found.series ?? (stepMs === null ? [] : await readChosenSeries(run, request, { stepMs, times, groups }));
  const measured = valuesOf(request.measures);
  return {
    rows:
      stepMs === null
        ? groups.map(({ group, sums }) => ({ dimensions: dimensionsOf(request.groupBy, group), measures: measured(sums) }))
        : fillBuckets(request.groupBy, { times, groups, series, measured }),
    stepMs,
    truncated: found.groups.length > request.limit,
    ...(query.withWhole === true && groups.length > 0 && { whole: measureOf(request.measures[0] ?? 'cost').value(found.whole ?? NOTHING) }),
    sources: [...new Set(request.segments.map(({ source }) => source.table))],
  };
}

interface Found {
  /** In their order, one more than the limit if there are more. */
  readonly groups: readonly GroupSums[];
  /** Their buckets, and perhaps those of others, where one question told both. */
  readonly series?: readonly GroupSeries[];
  /** All groups together, if that was asked for. */
  readonly whole?: Sums;
}

/** So many buckets of every group are asked for at once. */
const MOST_AT_ONCE = 500;

/** Where one of the small rollups can tell there are few groups, which are ranked here; of others ClickHouse gives the first ones. */
async function findGroups(run: RunQuery, request: SpendSqlRequest, times: readonly number[]): Promise<Found> {
  const { groupBy, search, segments, stepMs } = request;
  if (groupBy.length === 0) {
    const { groups, series } = await readFlat(run, request, stepMs === null ? undefined : { stepMs, times });
    const whole = wholeOfAll(groups ?? [], request);
    return { groups: [{ group: [], sums: whole }], whole, ...(series && { series }) };
  }
  if (search === undefined && segments.some(({ source }) => source.shape === 'usage')) {
    const isAtOnce = stepMs !== null && groupBy.length === 1 && times.length <= MOST_AT_ONCE;
    const { groups, series } = await readFlat(run, request, isAtOnce ? { stepMs, times } : undefined);
    if (groups !== undefined) {
      const all = ranked(groups, request);
      return {
        groups: all.slice(0, request.limit + 1),
        ...(series && { series }),
        ...(request.withWhole && { whole: wholeOfAll(all, request) }),
      };
    }
  }
  const { sql, params } = groupsSql(request);
  const rows = await run<SumsRow>(sql, params);
  return { groups: toGroupSums(rows, groupBy), ...(rows[0] && { whole: wholeOf(rows[0]) }) };
}

/** All groups as the tables tell them, in no order, with their buckets if those are wanted; nothing where there are too many. */
async function readFlat(
  run: RunQuery,
  request: SpendSqlRequest,
  buckets: SeriesQuestion | undefined,
): Promise<{ readonly groups?: readonly GroupSums[] | undefined; readonly series?: readonly GroupSeries[] | undefined }> {
  if (buckets === undefined) return { groups: await readGroups(run, request) };
  const series = await readSeries(run, request, buckets);
  return { groups: series && wholeGroups(series, request), series };
}

const wholeOfAll = (groups: readonly GroupSums[], request: SpendSqlRequest) =>
  wholeSums(
    groups.map(({ sums }) => sums),
    request,
  );

/** Of a row of any group. */
function wholeOf(row: SumsRow): Sums {
  return decodeSums(Object.fromEntries(COMPONENTS.map((component) => [columnOf(component), row[wholeColumn(component)]])));
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
  readonly groups: readonly GroupSums[];
  readonly series: readonly GroupSeries[];
  readonly measured: (sums: Sums) => SpendRow['measures'];
}

function fillBuckets(groupBy: readonly Dimension[], { times, groups, series, measured }: Buckets): readonly SpendRow[] {
  const byGroup = new Map(series.map(({ group, buckets }) => [keyOf(group), buckets]));
  const nothing = measured(NOTHING);
  const shown = groups.map(({ group }) => ({ dimensions: dimensionsOf(groupBy, group), buckets: byGroup.get(keyOf(group)) ?? [] }));
  return times.flatMap((timeMs, index) =>
    shown.map(({ dimensions, buckets }) => {
      const sums = buckets[index];
      return { timeMs, dimensions, measures: sums ? measured(sums) : nothing };
    }),
  );
}

function dimensionsOf(groupBy: readonly Dimension[], group: readonly string[]): SpendRow['dimensions'] {
  return Object.fromEntries(groupBy.map((name, index) => [name, group[index] || null]));
}

function valuesOf(names: readonly string[]): (sums: Sums) => SpendRow['measures'] {
  const measures = names.map((name) => [name, measureOf(name).value] as const);
  return (sums) => {
    const values: Record<string, MeasureValue> = {};
    for (const [name, value] of measures) values[name] = value(sums);
    return values;
  };
}
