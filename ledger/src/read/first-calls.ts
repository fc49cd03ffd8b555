import { callKey, ENTRY_BRIEF_SELECT, ENTRY_SUMMARY_SELECT, toCallSummary, type CallSummary, type EntrySummaryRow } from './call-row.ts';
import { filterSql } from './dimension-sql.ts';
import { afterSql, CALL_RANKS, callParams, correctedSql, windowSql, type CallsQuery } from './calls-sql.ts';
import { READ_SETTINGS } from './limits.ts';
import type { RunQuery } from './run-query.ts';
import type { Sql } from './spend-sql.ts';
import { orderOfTrace, toSpanId } from '../stored-ids.ts';

/** So many corrections are looked through; where there are more, the calls are asked for the long way. */
const MOST_CORRECTIONS = 1000;

/** Ordered by what is read of every row anyway, so that ClickHouse reads all the other columns of the first rows alone. */
export function firstCallsSql(query: CallsQuery): Sql {
  const rank = CALL_RANKS[query.orderBy ?? 'newest'];
  const sql = `SELECT ${query.isBrief ? ENTRY_BRIEF_SELECT : ENTRY_SUMMARY_SELECT}
FROM calls
WHERE ${windowSql(query)}${filterSql(query.filters ?? {}).sql}${afterSql(query)}${rank === undefined ? '' : ` AND isNotNull(${rank})`}
ORDER BY ${rank === undefined ? '' : `${rank} DESC, `}time DESC
LIMIT {limit:UInt32}
${READ_SETTINGS}`;
  return { sql, params: { ...callParams(query), limit: rowsFor(query) } };
}

export function correctionsSql(query: CallsQuery): Sql {
  const sql = `SELECT DISTINCT trace_id, span_id\nFROM calls\nWHERE ${correctedSql(query)}\nLIMIT ${MOST_CORRECTIONS}\n${READ_SETTINGS}`;
  return { sql, params: callParams(query) };
}

/** One more than a page tells that there is a next one, another whether the order within ties ends with it. */
const rowsFor = ({ limit }: CallsQuery) => limit + 2;

/**
 * The first `limit` + 1 calls with all that lists show of them, in one look and a glance at what was corrected; `undefined` where that does not do: too few rows, a
 * correction among them, or as many alike at the end that their order cannot be told.
 */
export async function readFirstCalls(run: RunQuery, query: CallsQuery): Promise<readonly CallSummary[] | undefined> {
  const [first, corrections] = [firstCallsSql(query), correctionsSql(query)];
  const [rows, corrected] = await Promise.all([
    run<EntrySummaryRow>(first.sql, first.params),
    run<Pick<EntrySummaryRow, 'trace_id' | 'span_id'>>(corrections.sql, corrections.params),
  ]);
  const known = new Set(corrected.map(({ trace_id, span_id }) => callKey(trace_id, span_id)));
  const keys = rows.map(({ trace_id, span_id }) => callKey(trace_id, span_id));
  const isPlain = corrected.length < MOST_CORRECTIONS && new Set(keys).size === keys.length && !keys.some((key) => known.has(key));
  const [last, beyond] = rows.slice(query.limit);
  if (!isPlain || !last || !beyond || isAlike(query, last, beyond)) return undefined;
  return rows
    .slice(0, query.limit + 1)
    .toSorted((a, b) => (isAlike(query, a, b) ? descending(a, b) : 0))
    .map((row) => toCallSummary([row]));
}

const isAlike = ({ orderBy = 'newest' }: CallsQuery, a: EntrySummaryRow, b: EntrySummaryRow) => {
  const rank = CALL_RANKS[orderBy];
  return a.filed_ms === b.filed_ms && (rank === undefined || a[rank] === b[rank]);
};

/** As ClickHouse sorts ids where a page is asked for the long way. */
const descending = (a: EntrySummaryRow, b: EntrySummaryRow) => (orderOf(a) < orderOf(b) ? 1 : -1);
const orderOf = ({ trace_id, span_id }: EntrySummaryRow) => `${orderOfTrace(trace_id)} ${toSpanId(span_id)}`;
