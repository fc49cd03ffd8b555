import type { Attribution, SpanIdentity, Step, TenantId } from '@tokenledger/model';
import { clampEventTime } from './clamp-event-time.ts';
import { column, type Column } from './native-block.ts';
import { dateTime64Utc, decimal64OfNumber, int64, lowCardinality, map, nullable, text } from './native-type.ts';

/** A span on its way into a table. `span` is a call or a step. */
export interface SpanRow<Span extends SpanIdentity & Attribution = SpanIdentity & Attribution> {
  readonly tenant: TenantId;
  readonly span: Span;
  readonly timeMs: number;
  readonly originalMs: number | null;
  readonly receivedMs: number;
  readonly recordedMs: number;
  readonly token: string;
}

/** What the rows of one insert have in common. */
export type Insert = Pick<SpanRow, 'recordedMs' | 'token'>;

export function toSpanRow<Span extends SpanIdentity & Attribution>(tenant: TenantId, span: Span, insert: Insert): SpanRow<Span> {
  const { recordedMs, token } = insert;
  const receivedMs = span.receivedMs ?? recordedMs;
  const { timeMs, originalMs } = clampEventTime(span.timeMs, receivedMs);
  return { tenant, span, timeMs, originalMs, receivedMs, recordedMs, token };
}

const NOTHING = {};
const textMap = map(text);

/** The columns that `calls` and `spans` share; an absent text is stored as an empty one. */
export const SPAN_COLUMNS: readonly Column<SpanRow>[] = [
  column('tenant', lowCardinality, (row) => row.tenant),
  column('time', dateTime64Utc, (row) => row.timeMs),
  column('original_time_ms', nullable(int64, 0), (row) => row.originalMs),
  column('received_time', dateTime64Utc, (row) => row.receivedMs),
  column('recorded_at', dateTime64Utc, (row) => row.recordedMs),
  column('insert_token', lowCardinality, (row) => row.token),
  column('trace_id', text, ({ span }) => span.traceId),
  column('span_id', text, ({ span }) => span.spanId),
  column('parent_span_id', text, ({ span }) => span.parentSpanId ?? ''),
  column('name', lowCardinality, ({ span }) => span.name),
  column('duration_ms', decimal64OfNumber(3), ({ span }) => span.durationMs),
  column('status', lowCardinality, ({ span }) => span.status),
  column('error_type', lowCardinality, ({ span }) => span.errorType ?? ''),
  column('scope_name', lowCardinality, ({ span }) => span.scope?.name ?? ''),
  column('scope_version', lowCardinality, ({ span }) => span.scope?.version ?? ''),
  column('service', lowCardinality, ({ span }) => span.service ?? ''),
  column('environment', lowCardinality, ({ span }) => span.environment ?? ''),
  column('team', lowCardinality, ({ span }) => span.team ?? ''),
  column('feature', lowCardinality, ({ span }) => span.feature ?? ''),
  column('customer', lowCardinality, ({ span }) => span.customer ?? ''),
  column('user', text, ({ span }) => span.user ?? ''),
  column('session', text, ({ span }) => span.session ?? ''),
  column('run', text, ({ span }) => span.run ?? ''),
  column('agent', lowCardinality, ({ span }) => span.agent ?? ''),
  column('tags', textMap, ({ span }) => span.tags ?? NOTHING),
];

export const STEP_COLUMNS: readonly Column<SpanRow<Step>>[] = [
  ...SPAN_COLUMNS,
  column('kind', lowCardinality, ({ span }) => span.kind),
  column('attributes', textMap, ({ span }) => span.attributes),
  column('evidence', lowCardinality, ({ span }) => span.evidence),
];
