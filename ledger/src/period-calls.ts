import type { ClickHouseClient } from '@clickhouse/client';
import type { Call, TenantId } from '@tokenledger/model';
import { unavailable } from './errors.ts';
import { STORED_CALL_SELECT, STORED_CALL_SETTINGS, toCall, type StoredCallRow } from './stored-call.ts';
import { spanIdParameter, toSpanId, toTraceId } from './stored-ids.ts';

/** Epoch milliseconds, `fromMs` ≤ time < `toMs`. A call whose event time could not be true lies at its time of receipt. */
export interface Period {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface StoredCall {
  readonly call: Call;
  /** Of the newest entry. */
  readonly version: number;
}

/** Where a page ended. Calls are in the order of the table: by five minutes, then as they came, then by id. */
export interface PeriodPosition {
  /** Epoch seconds. */
  readonly slot: number;
  /** Epoch milliseconds. */
  readonly receivedMs: number;
  readonly traceId: string;
  readonly spanId: string;
}

export interface PeriodQuery extends Period {
  readonly after?: PeriodPosition | undefined;
}

export interface PeriodPage {
  readonly calls: readonly StoredCall[];
  /** Absent on the last page. A page may be empty and not the last. */
  readonly next?: PeriodPosition | undefined;
}

const START: PeriodPosition = { slot: 0, receivedMs: 0, traceId: '0'.repeat(32), spanId: '0'.repeat(16) };

/** Ids go into the URL of a query. */
const CALLS_PER_PAGE = 500;

const WITHIN = 'time >= fromUnixTimestamp64Milli({from:Int64}) AND time < fromUnixTimestamp64Milli({to:Int64})';
const SLOT = 'toUnixTimestamp(toStartOfFiveMinutes(time))';

const TENANTS_SQL = `SELECT DISTINCT tenant FROM calls WHERE ${WITHIN} ORDER BY tenant`;

const RECEIVED_MS = 'toUnixTimestamp64Milli(received_time)';
const KEYS_SQL = `SELECT DISTINCT ${SLOT} AS slot, ${RECEIVED_MS} AS received_ms, trace_id, span_id FROM calls
WHERE tenant = {tenant:String} AND ${WITHIN} AND time >= fromUnixTimestamp({slot:UInt32})
AND (${SLOT}, ${RECEIVED_MS}, trace_id, span_id) > ({slot:UInt32}, {received:Int64}, {trace:UUID}, {span:UInt64})
ORDER BY slot, received_ms, trace_id, span_id LIMIT {limit:UInt32}`;

/** The newest entry may lie outside of the period, when a correction moved the call in time. */
const CALLS_SQL = `SELECT ${SLOT} AS slot, toUnixTimestamp64Milli(time) AS stored_ms, version, ${STORED_CALL_SELECT} FROM calls
WHERE tenant = {tenant:String} AND trace_id IN {traces:Array(UUID)} AND span_id IN {spans:Array(UInt64)}
ORDER BY version DESC LIMIT 1 BY trace_id, span_id`;

interface KeyRow {
  readonly slot: number;
  /** As text or as a number. */
  readonly received_ms: unknown;
  readonly trace_id: string;
  readonly span_id: string;
}

type CallRow = StoredCallRow & Omit<KeyRow, 'received_ms'> & { readonly stored_ms: string; readonly version: number };

export async function tenantsOfPeriod(client: ClickHouseClient, { fromMs, toMs }: Period): Promise<readonly TenantId[]> {
  const rows = await select<{ readonly tenant: string }>(client, TENANTS_SQL, { from: fromMs, to: toMs });
  return rows.map(({ tenant }) => tenant);
}

/** The calls of a period in their newest version, a page at a time. Each is on one page, whatever is written meanwhile. */
export async function callsOfPeriod(client: ClickHouseClient, tenant: TenantId, query: PeriodQuery): Promise<PeriodPage> {
  const { fromMs, toMs, after = START } = query;
  const { slot, receivedMs: received, traceId: trace } = after;
  const keys = await select<KeyRow>(client, KEYS_SQL, {
    tenant,
    from: fromMs,
    to: toMs,
    slot,
    received,
    trace,
    span: spanIdParameter(after.spanId),
    limit: CALLS_PER_PAGE,
  });
  const last = keys.at(-1);
  if (!last) return { calls: [] };
  const places = new Set(keys.map(placeOf));
  const traces = [...new Set(keys.map(({ trace_id }) => trace_id))];
  const spans = [...new Set(keys.map(({ span_id }) => BigInt(span_id)))];
  const rows = await select<CallRow>(client, CALLS_SQL, { tenant, traces, spans });
  const isHere = (row: CallRow) => places.has(placeOf(row)) && Number(row.stored_ms) >= fromMs && Number(row.stored_ms) < toMs;
  return {
    calls: rows.filter(isHere).map((row) => ({ call: toCall(row), version: row.version })),
    next: keys.length < CALLS_PER_PAGE ? undefined : positionOf(last),
  };
}

const placeOf = ({ slot, received_ms, trace_id, span_id }: KeyRow) => `${slot}/${Number(received_ms)}/${trace_id}/${span_id}`;

const positionOf = ({ slot, received_ms, trace_id, span_id }: KeyRow): PeriodPosition => ({
  slot,
  receivedMs: Number(received_ms),
  traceId: toTraceId(trace_id),
  spanId: toSpanId(span_id),
});

async function select<Row>(client: ClickHouseClient, query: string, query_params: Record<string, unknown>): Promise<readonly Row[]> {
  try {
    const result = await client.query({ query, query_params, format: 'JSONEachRow', clickhouse_settings: STORED_CALL_SETTINGS });
    return await result.json<Row>();
  } catch (cause) {
    throw unavailable('cannot read the calls of a period', cause);
  }
}
