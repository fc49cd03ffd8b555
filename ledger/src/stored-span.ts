import type { Attribution, SpanIdentity } from '@tokenledger/model';
import { toParentId, toSpanId, toTraceId } from './stored-ids.ts';

/** The columns that `calls` and `spans` share, and back: the inverse of write/span-columns.ts. `time_ms` is the time as it was sent. */
export const STORED_SPAN_SELECT = `trace_id, span_id, parent_span_id, name, toFloat64(ifNull(original_time_ms, toUnixTimestamp64Milli(time))) AS time_ms,
toFloat64(toUnixTimestamp64Milli(received_time)) AS received_ms, duration_ms, status, error_type, scope_name, scope_version,
service, environment, team, feature, customer, user, session, run, agent, tags`;

export interface StoredSpanRow {
  readonly trace_id: string;
  readonly span_id: string;
  readonly parent_span_id: string;
  readonly name: string;
  readonly time_ms: number;
  readonly received_ms: number;
  readonly duration_ms: string;
  readonly status: SpanIdentity['status'];
  readonly error_type: string;
  readonly scope_name: string;
  readonly scope_version: string;
  readonly service: string;
  readonly environment: string;
  readonly team: string;
  readonly feature: string;
  readonly customer: string;
  readonly user: string;
  readonly session: string;
  readonly run: string;
  readonly agent: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** An absent text is stored as an empty one. */
export const said = (text: string) => (text === '' ? undefined : text);

export function toSpan(row: StoredSpanRow): SpanIdentity & Attribution {
  return {
    traceId: toTraceId(row.trace_id),
    spanId: toSpanId(row.span_id),
    parentSpanId: toParentId(row.parent_span_id),
    name: row.name,
    timeMs: row.time_ms,
    receivedMs: row.received_ms,
    durationMs: Number(row.duration_ms),
    status: row.status,
    errorType: said(row.error_type),
    scope: row.scope_name || row.scope_version ? { name: row.scope_name, version: row.scope_version } : undefined,
    service: said(row.service),
    environment: said(row.environment),
    team: said(row.team),
    feature: said(row.feature),
    customer: said(row.customer),
    user: said(row.user),
    session: said(row.session),
    run: said(row.run),
    agent: said(row.agent),
    tags: Object.keys(row.tags).length > 0 ? row.tags : undefined,
  };
}
