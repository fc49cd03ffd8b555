import type { Interner } from './intern.ts';
import type { Viewed } from './same-bytes.ts';

/**
 * A window of protobuf bytes and a place in it. Bytes are read with bounds checks: whatever does not fit throws `WireError`,
 * and the caller decides how much is lost with it (a value, a span, the rest).
 * Format: https://protobuf.dev/programming-guides/encoding/
 */
export interface Cursor extends Viewed {
  readonly interner: Interner;
  at: number;
  end: number;
}

export class WireError extends Error {
  override readonly name = 'WireError';
}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

/** A byte from here on is not the last one of its number. Nearly all tags and lengths are one byte. */
const SEVERAL_BYTES = 0x80;
const TWO_32 = 4294967296;
/** Ten groups of seven bits hold 64 bits. */
const LONGEST_VARINT = 10;

/** Unsigned number of at most 53 exact bits: tags, lengths, enums. */
export function readUnsigned(cursor: Cursor): number {
  const { at } = cursor;
  const byte = at < cursor.end ? (cursor.bytes[at] ?? SEVERAL_BYTES) : SEVERAL_BYTES;
  if (byte >= SEVERAL_BYTES) return readLongUnsigned(cursor);
  cursor.at = at + 1;
  return byte;
}

function readLongUnsigned(cursor: Cursor): number {
  const { bytes, end } = cursor;
  let at = cursor.at;
  let result = 0;
  let scale = 1;
  for (let count = 0; count < LONGEST_VARINT; count++) {
    if (at >= end) throw new WireError('a number runs past the end');
    const byte = bytes[at++] ?? 0;
    result += (byte & 0x7f) * scale;
    if (byte < 0x80) {
      cursor.at = at;
      return result;
    }
    scale *= 128;
  }
  throw new WireError('a number is longer than ten bytes');
}

/** Two's complement 64-bit number, exact up to 2^53 on both sides of zero. */
export function readInt64(cursor: Cursor): number {
  const { bytes, end } = cursor;
  let at = cursor.at;
  let low = 0;
  let high = 0;
  for (let count = 0; count < LONGEST_VARINT; count++) {
    if (at >= end) throw new WireError('a number runs past the end');
    const byte = bytes[at++] ?? 0;
    const bits = byte & 0x7f;
    if (count < 4) low |= bits << (7 * count);
    else if (count === 4) {
      low |= bits << 28;
      high |= bits >> 4;
    } else high |= bits << (7 * count - 32);
    if (byte < 0x80) {
      cursor.at = at;
      return high * TWO_32 + (low >>> 0);
    }
  }
  throw new WireError('a number is longer than ten bytes');
}

export function readFixed64(cursor: Cursor): number {
  const at = take(cursor, 8);
  return cursor.view.getUint32(at + 4, true) * TWO_32 + cursor.view.getUint32(at, true);
}

export function readFixed32(cursor: Cursor): number {
  return cursor.view.getUint32(take(cursor, 4), true);
}

export function readDouble(cursor: Cursor): number {
  return cursor.view.getFloat64(take(cursor, 8), true);
}

/** Reads a length and returns where the field ends; the cursor stands at its first byte. */
export function readLength(cursor: Cursor): number {
  const length = readUnsigned(cursor);
  if (length > cursor.end - cursor.at) throw new WireError('a length is greater than what is left');
  return cursor.at + length;
}

/** Invalid UTF-8 becomes U+FFFD: a name is no reason to lose a bill. */
export function readString(cursor: Cursor): string {
  const end = readLength(cursor);
  const start = cursor.at;
  cursor.at = end;
  return cursor.interner.text(cursor, start, end);
}

export function readHex(cursor: Cursor): string {
  const end = readLength(cursor);
  const { at } = cursor;
  cursor.at = end;
  return hexOf(cursor, at, end);
}

const hexOf = ({ bytes, view }: Cursor, at: number, end: number): string =>
  end - at === 8 ? hexOfEight(view, at) : bytes.toString('hex', at, end);

const DIGITS = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));

/** A span's id. Every span has another one, and to make it here takes a third of a native call. */
function hexOfEight(view: DataView, at: number): string {
  const one = view.getUint32(at);
  const two = view.getUint32(at + 4);
  return String.fromCharCode(
    digit(one, 28),
    digit(one, 24),
    digit(one, 20),
    digit(one, 16),
    digit(one, 12),
    digit(one, 8),
    digit(one, 4),
    digit(one, 0),
    digit(two, 28),
    digit(two, 24),
    digit(two, 20),
    digit(two, 16),
    digit(two, 12),
    digit(two, 8),
    digit(two, 4),
    digit(two, 0),
  );
}

const digit = (word: number, shift: number): number => DIGITS[(word >>> shift) & 15] ?? 0;

/** An id and where it was read. */
export interface LastId {
  at: number;
  length: number;
  text: string;
}

/** As `readHex`; the same text where the bytes are those of `last`, as ids of a trace and of a parent are from span to span. */
export function readHexAgain(cursor: Cursor, last: LastId): string {
  const end = readLength(cursor);
  const { bytes, at } = cursor;
  const length = end - at;
  cursor.at = end;
  if (length === last.length && isRepeated(bytes, last.at, at, length)) return last.text;
  last.at = at;
  last.length = length;
  last.text = hexOf(cursor, at, end);
  return last.text;
}

function isRepeated(bytes: Buffer, before: number, now: number, length: number): boolean {
  for (let index = 0; index < length; index++) if (bytes[before + index] !== bytes[now + index]) return false;
  return true;
}

export function skip(cursor: Cursor, wireType: number): void {
  switch (wireType) {
    case VARINT:
      readUnsigned(cursor);
      return;
    case FIXED64:
      take(cursor, 8);
      return;
    case LENGTH:
      cursor.at = readLength(cursor);
      return;
    case FIXED32:
      take(cursor, 4);
      return;
    default:
      throw new WireError(`wire type ${wireType} is not used by OTLP`);
  }
}

/** Narrows the cursor to the message that starts here, and returns the end to give back to `leave`. */
export function enter(cursor: Cursor): number {
  const outerEnd = cursor.end;
  cursor.end = readLength(cursor);
  return outerEnd;
}

export function leave(cursor: Cursor, outerEnd: number): void {
  cursor.at = cursor.end;
  cursor.end = outerEnd;
}

/** The next field's tag (field number × 8 + wire type), or 0 at the end of the message. */
export function nextTag(cursor: Cursor): number {
  if (cursor.at >= cursor.end) return 0;
  const tag = readUnsigned(cursor);
  if (tag < 8) throw new WireError('field number 0');
  return tag;
}

function take(cursor: Cursor, length: number): number {
  const at = cursor.at;
  if (length > cursor.end - at) throw new WireError('a field runs past the end');
  cursor.at = at + length;
  return at;
}
