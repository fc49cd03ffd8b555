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
}

/** Ids go into the URL, so they are asked for in parts. */
const IDS_PER_QUERY = 500;

/** Everything stored for these traces, each span in its newest version: what a late span is judged against. Sees its own writes. */
export async function recall(client: ClickHouseClient, tenant: TenantId, query: RecallQuery): Promise<readonly StoredSpan[]> {
  try {
    const traceIds = new Set(query.traceIds);
    for (const ids of parts(query.responseIds ?? [])) for (const id of await tracesOfResponses(client, tenant, ids)) traceIds.add(id);
    const spans: StoredSpan[] = [];
    for (const ids of parts([...traceIds])) {
      const [calls, steps] = await Promise.all([recallCalls(client, tenant, ids), recallSteps(client, tenant, ids)]);
      const known = new Set(calls.map(({ traceId, spanId }) => `${traceId}/${spanId}`));
      spans.push(...calls, ...steps.filter(({ traceId, spanId }) => !known.has(`${traceId}/${spanId}`)));
    }
    return spans;
  } catch (cause) {
    throw unavailable('cannot recall', cause);
  }
}

function parts(ids: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(ids.length / IDS_PER_QUERY) }, (_, part) =>
    ids.slice(part * IDS_PER_QUERY, (part + 1) * IDS_PER_QUERY),
  );
}

async function recallCalls(client: ClickHouseClient, tenant: TenantId, ids: readonly string[]): Promise<readonly StoredSpan[]> {
  const rows = await select<StoredCallRow & { readonly version: number }>(
    client,
    `SELECT version, ${STORED_CALL_SELECT} FROM calls
WHERE tenant = {tenant:String} AND trace_id IN {ids:Array(String)}
ORDER BY version DESC LIMIT 1 BY trace_id, span_id`,
    { tenant, ids },
  );
  return rows.map((row) => ({
    traceId: row.trace_id,
    spanId: row.span_id,
    version: row.version,
    evidence: row.evidence,
    call: toCall(row),
  }));
}

async function recallSteps(client: ClickHouseClient, tenant: TenantId, ids: readonly string[]): Promise<readonly StoredSpan[]> {
  const rows = await select<{ readonly trace_id: string; readonly span_id: string; readonly evidence: string }>(
    client,
    `SELECT trace_id, span_id, evidence FROM spans
WHERE tenant = {tenant:String} AND trace_id IN {ids:Array(String)}
ORDER BY recorded_at DESC LIMIT 1 BY trace_id, span_id`,
    { tenant, ids },
  );
  return rows.map((row) => ({ traceId: row.trace_id, spanId: row.span_id, version: 0, evidence: row.evidence }));
}

async function tracesOfResponses(client: ClickHouseClient, tenant: TenantId, ids: readonly string[]): Promise<readonly string[]> {
  const sql = 'SELECT DISTINCT trace_id FROM calls WHERE tenant = {tenant:String} AND response_id IN {ids:Array(String)}';
  return (await select<{ readonly trace_id: string }>(client, sql, { tenant, ids })).map((row) => row.trace_id);
}

async function select<Row>(client: ClickHouseClient, query: string, query_params: Record<string, unknown>): Promise<readonly Row[]> {
  const result = await client.query({ query, query_params, format: 'JSONEachRow', clickhouse_settings: STORED_CALL_SETTINGS });
  return result.json<Row>();
}
