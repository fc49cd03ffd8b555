/**
 * Ids are lower-case hex, and stored as numbers: a trace's 16 bytes as UUID, a span's 8 as UInt64, and 0, which is no span's, for a parent that nobody named.
 * Half of the bytes of their texts, and numbers are cheaper to compare. Answers must quote 64-bit integers: a JSON number would be a float.
 */
const TRACE_ID = /^[0-9a-f]{32}$/;
const SPAN_ID = /^[0-9a-f]{16}$/;

/** What is none no row can have, and nobody needs to ask. */
export const isTraceId = (text: string): boolean => TRACE_ID.test(text);
export const isSpanId = (text: string): boolean => SPAN_ID.test(text);

/** A parameter of type UUID is the hex as it stands; this is one of type UInt64. */
export const spanIdParameter = (spanId: string): bigint => BigInt(`0x${spanId}`);

export const toTraceId = (uuid: string): string => uuid.replaceAll('-', '');
export const toSpanId = (stored: string): string => BigInt(stored).toString(16).padStart(16, '0');
export const toParentId = (stored: string): string | undefined => (stored === '0' ? undefined : toSpanId(stored));

/** Texts in the order in which ClickHouse sorts UUIDs: by their second half, then by their first. */
export const orderOfTrace = (uuid: string): string => uuid.slice(19) + uuid.slice(0, 18);
