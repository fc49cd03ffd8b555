import type { OtlpLogRecord, OtlpSpan, Rejection } from './otlp.ts';

/** An item while it is read: ids are hex text of whatever length was sent. */
type Raw<Item> = { -readonly [Key in keyof Item]: Item[Key] };

export type RawSpan = Raw<OtlpSpan> & { parentSpanId: string };
export type RawLogRecord = Raw<Omit<OtlpLogRecord, 'traceId' | 'spanId'>> & { traceId: string; spanId: string; observedMs: number };
export type RawItem = RawSpan | RawLogRecord;

export type Damage = Pick<Rejection, 'code' | 'message'>;

const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/;
const SPAN_ID = /^(?!0{16})[0-9a-f]{16}$/;

export const isTraceId = (text: string): boolean => TRACE_ID.test(text);
export const isSpanId = (text: string): boolean => SPAN_ID.test(text);

/** A span needs its ids: they make it countable once. A log record may have none. */
export function checkIds(item: RawItem | Pick<RawSpan, 'traceId' | 'spanId'>): Damage | undefined {
  if ('observedMs' in item) return undefined;
  if (!isTraceId(item.traceId))
    return { code: 'invalid_trace_id', message: `a trace id is 16 bytes and not zero, not ${JSON.stringify(item.traceId.slice(0, 64))}` };
  if (!isSpanId(item.spanId))
    return { code: 'invalid_span_id', message: `a span id is 8 bytes and not zero, not ${JSON.stringify(item.spanId.slice(0, 32))}` };
  return undefined;
}
