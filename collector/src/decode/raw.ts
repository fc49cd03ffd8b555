import type { OtlpLogRecord, OtlpSpan, Rejection } from './otlp.ts';

/** An item while it is read: ids are hex text of whatever length was sent. */
type Raw<Item> = { -readonly [Key in keyof Item]: Item[Key] };

export type RawSpan = Raw<OtlpSpan> & { parentSpanId: string };
export type RawLogRecord = Raw<Omit<OtlpLogRecord, 'traceId' | 'spanId'>> & { traceId: string; spanId: string; observedMs: number };
export type RawItem = RawSpan | RawLogRecord;

export type Damage = Pick<Rejection, 'code' | 'message'>;

/** The lowest of a record's flags is that of W3C's trace context. */
export const isSampled = (flags: number): boolean => (flags & 1) === 1;

export const isTraceId = (text: string): boolean => isHexId(text, 32);
export const isSpanId = (text: string): boolean => isHexId(text, 16);

const ZERO = 48;
const NINE = 57;
const A = 97;
const F = 102;

/** Lower-case hex digits, not all of them 0. Asked three times a span, so a loop: it is several times faster than a pattern. */
function isHexId(text: string, length: number): boolean {
  if (text.length !== length) return false;
  let isZero = true;
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index);
    if (code < ZERO || code > F || (code > NINE && code < A)) return false;
    if (code !== ZERO) isZero = false;
  }
  return !isZero;
}

/** A span needs its ids: they make it countable once. A log record may have none. */
export function checkIds(item: RawItem | Pick<RawSpan, 'traceId' | 'spanId'>): Damage | undefined {
  if ('observedMs' in item) return undefined;
  if (!isTraceId(item.traceId))
    return { code: 'invalid_trace_id', message: `a trace id is 16 bytes and not zero, not ${JSON.stringify(item.traceId.slice(0, 64))}` };
  if (!isSpanId(item.spanId))
    return { code: 'invalid_span_id', message: `a span id is 8 bytes and not zero, not ${JSON.stringify(item.spanId.slice(0, 32))}` };
  return undefined;
}
