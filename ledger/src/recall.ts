import type { ClickHouseClient } from '@clickhouse/client';
import type { Call, TenantId } from '@tokenledger/model';
import { unavailable } from './errors.ts';
import { STORED_CALL_SELECT, STORED_CALL_SETTINGS, toCall, type StoredCallRow } from './stored-call.ts';

export interface StoredSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Of the newest entry; 0 for a step. */
  readonly version: number;
  readonly evidence: string;
  /** The call's present facts; absent for a step. */
  readonly call?: Call | undefined;
}

export interface RecallQuery {
  readonly traceIds?: readonly string[] | undefined;
  /** Recalls every trace that has a call with one of these response ids. */
  readonly responseIds?: readonly string[] | undefined;
  /** Recalls every trace that has a call in one of these windows: another instrumentation may have seen the same requests there. */
  readonly windows?: readonly RecallWindow[] | undefined;
}

/** Calls of a service that began in this time (epoch milliseconds, both ends included), except those of one instrumentation. */
export interface RecallWindow {
  readonly service: string;
  readonly exceptScope: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Ids go into the URL, so they are asked for in parts. */
const IDS_PER_QUERY = 500;

/** Everything stored for these traces, each span in its newest version: what a late span is judged against. Sees its own writes. */
export async function recall(client: ClickHouseClient, tenant: TenantId, query: RecallQuery): Promise<readonly StoredSpan[]> {
  const within = withinSql(query);
  const select = async <Row>(
    sql: (where: string) => string,
    column: 'trace_id' | 'response_id',
    ids: readonly string[],
  ): Promise<readonly Row[]> => {
    const where = `tenant = {tenant:String} AND ${column} IN {ids:Array(String)}${within}`;
    const query_params = { tenant, ids, from: query.fromMs, to: query.toMs };
    return (
      await client.query({ query: sql(where), query_params, format: 'JSONEachRow', clickhouse_settings: STORED_CALL_SETTINGS })
    ).json<Row>();
  };
  try {
    const traceIds = new Set(query.traceIds);
    for (const ids of parts(query.responseIds ?? []))
      for (const { trace_id } of await select<{ readonly trace_id: string }>(TRACES_SQL, 'response_id', ids)) traceIds.add(trace_id);
    const spans: StoredSpan[] = [];
    for (const ids of parts([...traceIds])) {
      const [calls, steps] = await Promise.all([select<CallRow>(CALLS_SQL, 'trace_id', ids), select<StepRow>(STEPS_SQL, 'trace_id', ids)]);
      spans.push(...withoutTwins(calls.map(toStoredCall), steps.map(toStoredStep)));
    }
    return spans;
  } catch (cause) {
    throw unavailable('cannot recall', cause);
  }
}

type CallRow = StoredCallRow & { readonly version: number };
type StepRow = Readonly<Record<'trace_id' | 'span_id' | 'evidence', string>>;

const TRACES_SQL = (where: string) => `SELECT DISTINCT trace_id FROM calls WHERE ${where}`;
const CALLS_SQL = (where: string) =>
  `SELECT version, ${STORED_CALL_SELECT} FROM calls WHERE ${where} ORDER BY version DESC LIMIT 1 BY trace_id, span_id`;
const STEPS_SQL = (where: string) =>
  `SELECT trace_id, span_id, evidence FROM spans WHERE ${where} ORDER BY recorded_at DESC LIMIT 1 BY trace_id, span_id`;

function withinSql({ fromMs, toMs }: RecallQuery): string {
  const from = fromMs === undefined ? '' : ' AND time >= fromUnixTimestamp64Milli({from:Int64})';
  const to = toMs === undefined ? '' : ' AND time <= fromUnixTimestamp64Milli({to:Int64})';
  return from + to;
}

function toStoredCall(row: CallRow): StoredSpan {
  return { traceId: row.trace_id, spanId: row.span_id, version: row.version, evidence: row.evidence, call: toCall(row) };
}

function toStoredStep(row: StepRow): StoredSpan {
  return { traceId: row.trace_id, spanId: row.span_id, version: 0, evidence: row.evidence };
}

/** A span that was a step before it was known to be a call is a call. */
function withoutTwins(calls: readonly StoredSpan[], steps: readonly StoredSpan[]): readonly StoredSpan[] {
  const known = new Set(calls.map(({ traceId, spanId }) => `${traceId}/${spanId}`));
  return [...calls, ...steps.filter(({ traceId, spanId }) => !known.has(`${traceId}/${spanId}`))];
}

function parts(ids: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(ids.length / IDS_PER_QUERY) }, (_, part) =>
    ids.slice(part * IDS_PER_QUERY, (part + 1) * IDS_PER_QUERY),
  );
}
