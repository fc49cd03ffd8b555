import type { Attributes } from './attributes.ts';

export { Attributes, type AttributeValue } from './attributes.ts';

/** What of OTLP the ledger needs, as plain data. Protobuf and JSON requests decode to the same values. */

export interface OtlpScope {
  readonly name: string;
  readonly version: string;
}

export interface OtlpEvent {
  readonly name: string;
  readonly timeMs: number;
  readonly attributes: Attributes;
}

export const SPAN_KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
type SpanKind = (typeof SPAN_KINDS)[number];

export const SPAN_STATUSES = ['unset', 'ok', 'error'] as const;
type SpanStatus = (typeof SPAN_STATUSES)[number];

/** Ids are lower-case hex of 32 and 16 digits; times are epoch milliseconds with a fraction. */
export interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly kind: SpanKind;
  readonly startMs: number;
  readonly endMs: number;
  readonly status: SpanStatus;
  readonly attributes: Attributes;
  readonly events: readonly OtlpEvent[];
  readonly resource: Attributes;
  readonly scope: OtlpScope;
}

/** A log record may belong to no trace; its ids are then absent. */
export interface OtlpLogRecord {
  readonly traceId: string | undefined;
  readonly spanId: string | undefined;
  /** Its flags say that the span it belongs to is recorded. */
  readonly isSampled: boolean;
  readonly timeMs: number;
  readonly eventName: string;
  readonly attributes: Attributes;
  readonly resource: Attributes;
  readonly scope: OtlpScope;
}

export type RejectionCode = 'invalid_trace_id' | 'invalid_span_id' | 'malformed' | 'truncated';

/** `index` counts the items of the request in wire order, from 0, good and bad. */
export interface Rejection {
  readonly index: number;
  readonly code: RejectionCode;
  readonly message: string;
}
