import type { ClickHouseClient } from '@clickhouse/client';
import type { Call, PicoUsd, TenantId, Usage } from '@tokenledger/model';
import { unavailable } from './errors.ts';
import { workedOut } from './migrations/worked-out.ts';
import { STORED_CALL_SELECT, STORED_CALL_SETTINGS, toCall, toMoney, toUsage, type StoredCallRow } from './stored-call.ts';
import { isTraceId, toTraceId } from './stored-ids.ts';

/** What to look for: rows that were recorded in this time (epoch milliseconds). */
export interface SharedQuery {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A trace that more than one process wrote lately. */
export interface SharedTrace {
  readonly tenant: TenantId;
  readonly traceId: string;
  /** Changes whenever a row is added. */
  readonly rows: number;
}

/** One entry of a call as it lies in the ledger. */
export interface PostedEntry {
  readonly version: number;
  readonly token: string;
  /** Where the row lies, which is not `call.timeMs` when that could not be true. */
  readonly storedMs: number;
  readonly call: Call;
  readonly delta: {
    readonly calls: number;
    readonly unpricedCalls: number;
    readonly requests: number;
    readonly errors: number;
    readonly usage: Usage;
    readonly costByMeter: Readonly<Record<string, PicoUsd>>;
    readonly cost: PicoUsd;
  };
}

/** A token is `<writer>-<batch>`. */
const WRITER = `extract(insert_token, '^(.*)-')`;
const RECENT = 'recorded_at >= fromUnixTimestamp64Milli({from:Int64}) AND recorded_at < fromUnixTimestamp64Milli({to:Int64})';

/** Calls of one response may be told in two traces, each by its own writer; both are named then. */
const SHARED_SQL = `WITH recent AS (
  SELECT tenant, trace_id, response_id, ${WRITER} AS writer FROM calls WHERE ${RECENT}
  UNION ALL SELECT tenant, trace_id, '' AS response_id, ${WRITER} AS writer FROM spans WHERE ${RECENT}
)
SELECT tenant, trace_id, max(row_count) AS row_count FROM (
  SELECT tenant, trace_id, toUInt32(count()) AS row_count FROM recent GROUP BY tenant, trace_id HAVING uniqExact(writer) > 1
  UNION ALL
  SELECT tenant, arrayJoin(traces) AS trace_id, row_count FROM (
    SELECT tenant, groupUniqArray(trace_id) AS traces, toUInt32(count()) AS row_count FROM recent WHERE response_id != ''
    GROUP BY tenant, response_id HAVING uniqExact(writer) > 1
  )
) GROUP BY tenant, trace_id ORDER BY tenant, trace_id`;

const ENTRIES_SQL =
  workedOut(`SELECT version, insert_token, toUnixTimestamp64Milli(time) AS stored_ms, ${STORED_CALL_SELECT}, delta_calls, delta_unpriced_calls,
delta_requests, delta_errors, delta_usage, delta_cost_by_meter, delta_cost
FROM calls WHERE tenant = {tenant:String} AND trace_id IN {traces:Array(UUID)}
ORDER BY trace_id, span_id, version, insert_token`);

interface EntryRow extends StoredCallRow {
  readonly version: number;
  readonly insert_token: string;
  readonly stored_ms: string;
  readonly delta_calls: number;
  readonly delta_unpriced_calls: number;
  readonly delta_requests: number;
  readonly delta_errors: number;
  readonly delta_usage: Readonly<Record<string, string>>;
  readonly delta_cost_by_meter: Readonly<Record<string, string>>;
  readonly delta_cost: string;
}

export async function sharedTraces(client: ClickHouseClient, { fromMs, toMs }: SharedQuery): Promise<readonly SharedTrace[]> {
  const rows = await select<{ tenant: string; trace_id: string; row_count: number }>(client, SHARED_SQL, { from: fromMs, to: toMs });
  return rows.map(({ tenant, trace_id, row_count }) => ({ tenant, traceId: toTraceId(trace_id), rows: row_count }));
}

/** Every entry of every call of these traces, by span and version. */
export async function postedEntries(
  client: ClickHouseClient,
  tenant: TenantId,
  traces: readonly string[],
): Promise<readonly PostedEntry[]> {
  const rows = await select<EntryRow>(client, ENTRIES_SQL, { tenant, traces: traces.filter(isTraceId) });
  return rows.map((row) => ({
    version: row.version,
    token: row.insert_token,
    storedMs: Number(row.stored_ms),
    call: toCall(row),
    delta: {
      calls: row.delta_calls,
      unpricedCalls: row.delta_unpriced_calls,
      requests: row.delta_requests,
      errors: row.delta_errors,
      usage: toUsage(row.delta_usage),
      costByMeter: Object.fromEntries(Object.entries(row.delta_cost_by_meter).map(([meter, amount]) => [meter, toMoney(amount)])),
      cost: toMoney(row.delta_cost),
    },
  }));
}

async function select<Row>(client: ClickHouseClient, query: string, query_params: Record<string, unknown>): Promise<readonly Row[]> {
  try {
    const result = await client.query({ query, query_params, format: 'JSONEachRow', clickhouse_settings: STORED_CALL_SETTINGS });
    return await result.json<Row>();
  } catch (cause) {
    throw unavailable('cannot read what several collectors wrote', cause);
  }
}
