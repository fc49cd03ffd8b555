import type { OtlpLogRecord, OtlpSpan, Rejection } from './otlp.ts';

/** An item while it is read: ids are texts of whatever length was sent. */
type Raw<Item> = { -readonly [Key in keyof Item]: Item[Key] };

export type RawSpan = Raw<OtlpSpan>;
export type RawLogRecord = Raw<Omit<OtlpLogRecord, 'traceId' | 'spanId'>> & { traceId: string; spanId: string; observedMs: number };
export type RawItem = RawSpan | RawLogRecord;

export type Damage = Pick<Rejection, 'code' | 'message'>;

/** The lowest of a record's flags is that of W3C's trace context. */
export const isSampled = (flags: number): boolean => (flags & 1) === 1;

const NO_TRACE_ID = '0'.repeat(32);
const NO_SPAN_ID = '0'.repeat(16);

/** Whether hex digits are an id: as many as it has, and not all of them 0. */
export const isTraceId = (digits: string): boolean => digits.length === NO_TRACE_ID.length && digits !== NO_TRACE_ID;
export const isSpanId = (digits: string): boolean => digits.length === NO_SPAN_ID.length && digits !== NO_SPAN_ID;

/** Ids that come as bytes are shown in hex, whatever they are. */
const always = (): boolean => true;

/** A span needs its ids: they make it countable once. A log record may have none. `isHex`: of ids that come as text. */
export function checkIds(
  item: RawItem | Pick<RawSpan, 'traceId' | 'spanId'>,
  isHex: (text: string) => boolean = always,
): Damage | undefined {
  if ('observedMs' in item) return undefined;
  if (!isTraceId(item.traceId) || !isHex(item.traceId))
    return { code: 'invalid_trace_id', message: `a trace id is 16 bytes and not zero, not ${JSON.stringify(item.traceId.slice(0, 64))}` };
  if (!isSpanId(item.spanId) || !isHex(item.spanId))
    return { code: 'invalid_span_id', message: `a span id is 8 bytes and not zero, not ${JSON.stringify(item.spanId.slice(0, 32))}` };
  return undefined;
}
