import {
  callKey,
  ENTRY_BRIEF_SELECT,
  ENTRY_SELECT,
  ENTRY_SUMMARY_SELECT,
  groupByCall,
  toCallDetail,
  toCallSummary,
  type CallDetail,
  type CallSummary,
  type EntryRow,
  type EntrySummaryRow,
} from './call-row.ts';
import { filterSql, type Filters } from './dimension-sql.ts';
import { OF_TENANT, READ_SETTINGS } from './limits.ts';
import type { RunQuery } from './run-query.ts';

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

export interface CallsPage {
  readonly calls: readonly CallSummary[];
  /** Absent on the last page. */
  readonly next?: CallPosition;
}

/** What the order is by, where it is not time. */
const RANKED_BY = { cost: 'cost', duration: 'duration_ms' } as const;
type Ranking = keyof typeof RANKED_BY;

/** A correction may move a call in time: replaced entries are looked for this far beyond the query's window. */
const MOVED_HOURS = 24;

function windowSql({ from, to, traceId }: CallsQuery, widenHours = 0): string {
  const widened = (sign: '+' | '-') => (widenHours === 0 ? '' : ` ${sign} INTERVAL ${widenHours} HOUR`);
  return [
    OF_TENANT,
    ...(from === undefined ? [] : [`time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')${widened('-')}`]),
    ...(to === undefined ? [] : [`time < fromUnixTimestamp64Milli({to:Int64}, 'UTC')${widened('+')}`]),
    ...(traceId === undefined ? [] : ['trace_id = {trace_id:String}']),
  ].join(' AND ');
}

/**
 * Filters see a call as it is understood now: entries that a later one replaced are left out. Corrections are few, so the two
 * subqueries are small.
 */
export function callKeysSql(query: CallsQuery, atLeast?: string) {
  const replaced = `${windowSql(query, MOVED_HOURS)} AND version > 0`;
  const filters = filterSql(query.filters ?? {});
  const after =
    query.after &&
    `(time, trace_id, span_id) < (fromUnixTimestamp64Milli({after_time:Int64}, 'UTC'), {after_trace:String}, {after_span:String})`;
  const sql = `SELECT trace_id, span_id, toUnixTimestamp64Milli(time) AS time_ms
FROM calls
WHERE ${windowSql(query)}${filters.sql}${after ? ` AND ${after}` : ''}${atLeast === undefined ? '' : ` AND ${atLeastSql(query)}`}
  AND if(version = 0,
    (trace_id, span_id) NOT IN (SELECT trace_id, span_id FROM calls WHERE ${replaced}),
    (trace_id, span_id, version) IN (SELECT trace_id, span_id, max(version) FROM calls WHERE ${replaced} GROUP BY trace_id, span_id))
ORDER BY ${ORDER_SQL[query.orderBy ?? 'newest']}, trace_id DESC, span_id DESC
LIMIT 1 BY trace_id, span_id
LIMIT {limit:UInt32}
${READ_SETTINGS}`;
  const params = {
    ...filters.params,
    ...(atLeast !== undefined && { at_least: atLeast }),
    ...(query.from === undefined ? {} : { from: query.from }),
    ...(query.to === undefined ? {} : { to: query.to }),
    ...(query.traceId === undefined ? {} : { trace_id: query.traceId }),
    ...(query.after && { after_time: query.after.timeMs, after_trace: query.after.traceId, after_span: query.after.spanId }),
    limit: query.limit + 1,
  };
  return { sql, params };
}

const rankedBy = ({ orderBy }: CallsQuery) => RANKED_BY[orderBy as Ranking];
const atLeastSql = (query: CallsQuery) => `${rankedBy(query)} >= toDecimal128({at_least:String}, 12)`;
/** Entries that were replaced are among those that are looked at. */
const SPARE = 4;

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
  const { params } = callKeysSql(query);
  return { sql, params: { ...params, limit: (query.limit + 1) * SPARE } };
}

export const entriesOfCallsSql = (isBrief: boolean) => `SELECT ${isBrief ? ENTRY_BRIEF_SELECT : ENTRY_SUMMARY_SELECT}
FROM calls
WHERE ${OF_TENANT} AND trace_id IN {trace_ids:Array(String)} AND span_id IN {span_ids:Array(String)}
  AND time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND time <= fromUnixTimestamp64Milli({to:Int64}, 'UTC')
${READ_SETTINGS}`;

export const ENTRIES_OF_CALL_SQL = `SELECT ${ENTRY_SELECT}
FROM calls
WHERE ${OF_TENANT} AND trace_id = {trace_id:String} AND span_id = {span_id:String}
ORDER BY version
${READ_SETTINGS}`;

interface KeyRow {
  readonly trace_id: string;
  readonly span_id: string;
  readonly time_ms: string;
}

const HOUR_MS = 3_600_000;
/** How far back the first look goes, and how much further each next one. */
const FIRST_LOOK_MS = 6 * HOUR_MS;
const FURTHER = 16;

/** In the order that was asked for. New calls that arrive while pages of the newest are read never make a call appear twice. */
export async function readCalls(run: RunQuery, query: CallsQuery): Promise<CallsPage> {
  const found = (query.orderBy ?? 'newest') === 'newest' ? await findNewest(run, query) : await findMost(run, query);
  const keys = found.slice(0, query.limit);
  const calls = await readSummaries(run, keys, query.isBrief ?? false);
  const last = keys.at(-1);
  if (found.length <= query.limit || !last || (query.orderBy ?? 'newest') !== 'newest') return { calls };
  return { calls, next: { timeMs: Number(last.time_ms), traceId: last.trace_id, spanId: last.span_id } };
}

/** At most `limit` + 1 keys. */
async function findNewest(run: RunQuery, query: CallsQuery): Promise<readonly KeyRow[]> {
  const keys: KeyRow[] = [];
  for (const window of looksBack(query)) {
    keys.push(...(await runKeys(run, { ...query, ...window, limit: query.limit - keys.length })));
    if (keys.length > query.limit) break;
  }
  return keys;
}

/** At most `limit` + 1 keys. */
async function findMost(run: RunQuery, query: CallsQuery): Promise<readonly KeyRow[]> {
  const { sql, params } = leastOfMostSql(query);
  const [bound] = await run<{ readonly least: string; readonly entries: string }>(sql, params);
  const isBounded = bound !== undefined && Number(bound.entries) === (query.limit + 1) * SPARE;
  const keys = await runKeys(run, query, isBounded ? bound.least : undefined);
  // Where almost all that was looked at had been replaced, the rest counts too.
  return isBounded && keys.length <= query.limit ? runKeys(run, query) : keys;
}

/** Windows that cover the query's from its end, each further than the one before: sorting a month to find its last hour is slow. */
function* looksBack({ from, to, after }: CallsQuery): Generator<Pick<CallsQuery, 'from' | 'to'>> {
  let until = after ? Math.min(after.timeMs + 1, to ?? Number.POSITIVE_INFINITY) : to;
  if (from !== undefined && until !== undefined) {
    for (let span = FIRST_LOOK_MS; until - span > from; span *= FURTHER) {
      yield { from: until - span, to: until };
      until -= span;
    }
  }
  yield { from, to: until };
}

function runKeys(run: RunQuery, query: CallsQuery, atLeast?: string): Promise<readonly KeyRow[]> {
  const { sql, params } = callKeysSql(query, atLeast);
  return run<KeyRow>(sql, params);
}

async function readSummaries(run: RunQuery, keys: readonly KeyRow[], isBrief: boolean): Promise<readonly CallSummary[]> {
  if (keys.length === 0) return [];
  const times = keys.map((key) => Number(key.time_ms));
  const entries = groupByCall(
    await run<EntrySummaryRow>(entriesOfCallsSql(isBrief), {
      trace_ids: [...new Set(keys.map((key) => key.trace_id))],
      span_ids: [...new Set(keys.map((key) => key.span_id))],
      from: Math.min(...times),
      to: Math.max(...times),
    }),
  );
  return keys.flatMap((key) => {
    const rows = entries.get(callKey(key.trace_id, key.span_id));
    return rows ? [toCallSummary(rows)] : [];
  });
}

export async function readCall(run: RunQuery, traceId: string, spanId: string): Promise<CallDetail | undefined> {
  const [first, ...rest] = await run<EntryRow>(ENTRIES_OF_CALL_SQL, { trace_id: traceId, span_id: spanId });
  return first && toCallDetail([first, ...rest]);
}
