import {
  callKey,
  groupByCall,
  toCallDetail,
  toCallSummary,
  type CallDetail,
  type CallSummary,
  type EntryRow,
  type EntrySummaryRow,
} from './call-row.ts';
import {
  callKeysSql,
  ENTRIES_OF_CALL_SQL,
  entriesOfCallsSql,
  leastOfMostSql,
  SPARE,
  type CallPosition,
  type CallsQuery,
} from './calls-sql.ts';
import { readFirstCalls } from './first-calls.ts';
import type { RunQuery } from './run-query.ts';
import { isSpanId, isTraceId, spanIdParameter, toSpanId, toTraceId } from '../stored-ids.ts';

export interface CallsPage {
  readonly calls: readonly CallSummary[];
  /** Absent on the last page. */
  readonly next?: CallPosition;
}

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
  if (query.traceId !== undefined && !isTraceId(query.traceId)) return { calls: [] };
  const isNewest = (query.orderBy ?? 'newest') === 'newest';
  const [firstLook] = isNewest ? looksBack(query) : [{}];
  const first = await readFirstCalls(run, { ...query, ...firstLook });
  if (first) return pageOf(first, query);
  const found = isNewest ? await findNewest(run, query) : await findMost(run, query);
  const keys = found.slice(0, query.limit);
  const calls = await readSummaries(run, keys, query.isBrief ?? false);
  const last = keys.at(-1);
  if (found.length <= query.limit || !last || !isNewest) return { calls };
  return { calls, next: { timeMs: Number(last.time_ms), traceId: toTraceId(last.trace_id), spanId: toSpanId(last.span_id) } };
}

function pageOf(found: readonly CallSummary[], { orderBy = 'newest', limit }: CallsQuery): CallsPage {
  const calls = found.slice(0, limit);
  const last = calls.at(-1);
  if (found.length <= limit || !last || orderBy !== 'newest') return { calls };
  return { calls, next: { timeMs: last.timeMs, traceId: last.traceId, spanId: last.spanId } };
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
      span_ids: [...new Set(keys.map((key) => BigInt(key.span_id)))],
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
  if (!isTraceId(traceId) || !isSpanId(spanId)) return undefined;
  const [first, ...rest] = await run<EntryRow>(ENTRIES_OF_CALL_SQL, { trace_id: traceId, span_id: spanIdParameter(spanId) });
  return first && toCallDetail([first, ...rest]);
}
