import type { ClickHouseClient } from '@clickhouse/client';
import type { Call, TenantId } from '@tokenledger/model';
import { unavailable } from './errors.ts';
import { STORED_CALL_SELECT, STORED_CALL_SETTINGS, toCall, type StoredCallRow } from './stored-call.ts';

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

/** Where a page ended. Calls are in the order of the table: by five minutes, then by id. */
export interface PeriodPosition {
  /** Epoch seconds. */
  readonly slot: number;
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

/** Ids go into the URL of a query. */
const CALLS_PER_PAGE = 500;

const WITHIN = 'time >= fromUnixTimestamp64Milli({from:Int64}) AND time < fromUnixTimestamp64Milli({to:Int64})';
const SLOT = 'toUnixTimestamp(toStartOfFiveMinutes(time))';

const TENANTS_SQL = `SELECT DISTINCT tenant FROM calls WHERE ${WITHIN} ORDER BY tenant`;

const KEYS_SQL = `SELECT DISTINCT ${SLOT} AS slot, trace_id, span_id FROM calls
WHERE tenant = {tenant:String} AND ${WITHIN} AND time >= fromUnixTimestamp({slot:UInt32})
AND (${SLOT}, trace_id, span_id) > ({slot:UInt32}, {trace:String}, {span:String})
ORDER BY slot, trace_id, span_id LIMIT {limit:UInt32}`;

/** The newest entry may lie outside of the period, when a correction moved the call in time. */
const CALLS_SQL = `SELECT ${SLOT} AS slot, toUnixTimestamp64Milli(time) AS stored_ms, version, ${STORED_CALL_SELECT} FROM calls
WHERE tenant = {tenant:String} AND trace_id IN {traces:Array(String)} AND span_id IN {spans:Array(String)}
ORDER BY version DESC LIMIT 1 BY trace_id, span_id`;

interface KeyRow {
  readonly slot: number;
  readonly trace_id: string;
  readonly span_id: string;
}

type CallRow = StoredCallRow & KeyRow & { readonly stored_ms: string; readonly version: number };

export async function tenantsOfPeriod(client: ClickHouseClient, { fromMs, toMs }: Period): Promise<readonly TenantId[]> {
  const rows = await select<{ readonly tenant: string }>(client, TENANTS_SQL, { from: fromMs, to: toMs });
  return rows.map(({ tenant }) => tenant);
}

/** The calls of a period in their newest version, a page at a time. Each is on one page, whatever is written meanwhile. */
export async function callsOfPeriod(client: ClickHouseClient, tenant: TenantId, query: PeriodQuery): Promise<PeriodPage> {
  const { fromMs, toMs, after = { slot: 0, traceId: '', spanId: '' } } = query;
  const { slot, traceId: trace, spanId: span } = after;
  const keys = await select<KeyRow>(client, KEYS_SQL, { tenant, from: fromMs, to: toMs, slot, trace, span, limit: CALLS_PER_PAGE });
  const last = keys.at(-1);
  if (!last) return { calls: [] };
  const slots = new Map(keys.map((key) => [`${key.trace_id}/${key.span_id}`, key.slot]));
  const traces = [...new Set(keys.map(({ trace_id }) => trace_id))];
  const spans = [...new Set(keys.map(({ span_id }) => span_id))];
  const rows = await select<CallRow>(client, CALLS_SQL, { tenant, traces, spans });
  const isHere = (row: CallRow) =>
    slots.get(`${row.trace_id}/${row.span_id}`) === row.slot && Number(row.stored_ms) >= fromMs && Number(row.stored_ms) < toMs;
  return {
    calls: rows.filter(isHere).map((row) => ({ call: toCall(row), version: row.version })),
    next: keys.length < CALLS_PER_PAGE ? undefined : { slot: last.slot, traceId: last.trace_id, spanId: last.span_id },
  };
}

async function select<Row>(client: ClickHouseClient, query: string, query_params: Record<string, unknown>): Promise<readonly Row[]> {
  try {
    const result = await client.query({ query, query_params, format: 'JSONEachRow', clickhouse_settings: STORED_CALL_SETTINGS });
    return await result.json<Row>();
  } catch (cause) {
    throw unavailable('cannot read the calls of a period', cause);
  }
}
