import { ENTRY_BRIEF_SELECT, ENTRY_SELECT, ENTRY_SUMMARY_SELECT } from './call-row.ts';
import { filterSql, type Filters } from './dimension-sql.ts';
import { OF_TENANT, READ_SETTINGS } from './limits.ts';
import { millisecondSql, type Sql } from './spend-sql.ts';
import { spanIdParameter } from '../stored-ids.ts';

/** Where a page ended: the next one starts after this call. Calls are listed newest first. */
export interface CallPosition {
  readonly timeMs: number;
  readonly traceId: string;
  readonly spanId: string;
}

export const CALL_ORDERS = ['newest', 'cost', 'duration'] as const;
export type CallOrder = (typeof CALL_ORDERS)[number];

/** Ends with what makes the order total. */
const ORDER_SQL: Readonly<Record<CallOrder, string>> = {
  newest: 'time DESC',
  cost: 'isNull(cost), cost DESC, time DESC',
  duration: 'duration_ms DESC, time DESC',
};

export interface CallsQuery {
  /** Epoch milliseconds; `from` ≤ time < `to`. Absent: any time. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly traceId?: string | undefined;
  readonly filters?: Filters;
  readonly after?: CallPosition | undefined;
  /** Default: newest first. Pages can be turned in that order alone. */
  readonly orderBy?: CallOrder;
  readonly limit: number;
  /** Only ids, dimensions, usage, cost and durations: the rest is left empty. */
  readonly isBrief?: boolean;
}

/** What the order is by, where it is not time. */
export const CALL_RANKS = { newest: undefined, cost: 'cost', duration: 'duration_ms' } as const satisfies Record<
  CallOrder,
  string | undefined
>;

/** A correction may move a call in time: replaced entries are looked for this far beyond the query's window. */
const MOVED_MS = 86_400_000;

/** The bounds are numbers of ours, written as text: parameters and functions are each worked out by themselves. */
export function windowSql({ from, to, traceId }: CallsQuery, widenMs = 0): string {
  return [
    OF_TENANT,
    ...(from === undefined ? [] : [`time >= ${millisecondSql(from - widenMs)}`]),
    ...(to === undefined ? [] : [`time < ${millisecondSql(to + widenMs)}`]),
    ...(traceId === undefined ? [] : ['trace_id = {trace_id:UUID}']),
  ].join(' AND ');
}

export const correctedSql = (query: CallsQuery) => `${windowSql(query, MOVED_MS)} AND version > 0`;

export const afterSql = ({ after }: CallsQuery) =>
  after === undefined
    ? ''
    : ` AND (time, trace_id, span_id) < (toDateTime64(${millisecondSql(after.timeMs)}, 3, 'UTC'), {after_trace:UUID}, {after_span:UInt64})`;

export const callParams = ({ filters = {}, traceId, after, limit }: CallsQuery): Sql['params'] => ({
  ...filterSql(filters).params,
  ...(traceId !== undefined && { trace_id: traceId }),
  ...(after && { after_trace: after.traceId, after_span: spanIdParameter(after.spanId) }),
  limit: limit + 1,
});

/**
 * Filters see a call as it is understood now: entries that a later one replaced are left out. Corrections are few, so the two
 * subqueries are small.
 */
export function callKeysSql(query: CallsQuery, atLeast?: string) {
  const replaced = correctedSql(query);
  const sql = `SELECT trace_id, span_id, toUnixTimestamp64Milli(time) AS time_ms
FROM calls
WHERE ${windowSql(query)}${filterSql(query.filters ?? {}).sql}${afterSql(query)}${atLeast === undefined ? '' : ` AND ${atLeastSql(query)}`}
  AND if(version = 0,
    (trace_id, span_id) NOT IN (SELECT trace_id, span_id FROM calls WHERE ${replaced}),
    (trace_id, span_id, version) IN (SELECT trace_id, span_id, max(version) FROM calls WHERE ${replaced} GROUP BY trace_id, span_id))
ORDER BY ${ORDER_SQL[query.orderBy ?? 'newest']}, trace_id DESC, span_id DESC
LIMIT 1 BY trace_id, span_id
LIMIT {limit:UInt32}
${READ_SETTINGS}`;
  return { sql, params: { ...callParams(query), ...(atLeast !== undefined && { at_least: atLeast }) } };
}

const rankedBy = ({ orderBy = 'newest' }: CallsQuery) => CALL_RANKS[orderBy] ?? 'time';
const atLeastSql = (query: CallsQuery) => `${rankedBy(query)} >= toDecimal128({at_least:String}, 12)`;
/** Entries that were replaced are among those that are looked at. */
export const SPARE = 4;

/** The least cost or duration of the entries that could be on the page: one column is sorted, the others are read of these alone. */
export function leastOfMostSql(query: CallsQuery) {
  const filters = filterSql(query.filters ?? {});
  const ranked = rankedBy(query);
  const sql = `SELECT toString(min(ranked)) AS least, count() AS entries
FROM (
  SELECT ${ranked} AS ranked
  FROM calls
  WHERE ${windowSql(query)}${filters.sql} AND isNotNull(${ranked})
  ORDER BY ranked DESC
  LIMIT {limit:UInt32}
)
${READ_SETTINGS}`;
  return { sql, params: { ...callParams(query), limit: (query.limit + 1) * SPARE } };
}

export const entriesOfCallsSql = (isBrief: boolean) => `SELECT ${isBrief ? ENTRY_BRIEF_SELECT : ENTRY_SUMMARY_SELECT}
FROM calls
WHERE ${OF_TENANT} AND trace_id IN {trace_ids:Array(UUID)} AND span_id IN {span_ids:Array(UInt64)}
  AND time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND time <= fromUnixTimestamp64Milli({to:Int64}, 'UTC')
${READ_SETTINGS}`;

export const ENTRIES_OF_CALL_SQL = `SELECT ${ENTRY_SELECT}
FROM calls
WHERE ${OF_TENANT} AND trace_id = {trace_id:UUID} AND span_id = {span_id:UInt64}
ORDER BY version
${READ_SETTINGS}`;
