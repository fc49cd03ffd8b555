import type { Cursor } from '../decode/wire.ts';

/** Tags of KeyValue and of the values that hold no other. */
const KEY = 10;
const VALUE = 18;
const STRING = 10;
const BOOL = 16;
const INT = 24;
const DOUBLE = 33;
/** A length from here on takes more than one byte. */
const LONG = 128;
const LONGEST_VARINT = 10;

/**
 * The key of a KeyValue as nearly every one is written: a key, then one short text, number or truth. `undefined` for one that is written
 * in another way, whatever it may be. The cursor stands inside it and is not moved.
 */
export function readPlainKey(cursor: Cursor): string | undefined {
  const { bytes, interner, at, end } = cursor;
  const keyLength = bytes[at + 1] ?? LONG;
  const keyEnd = at + 2 + keyLength;
  const valueLength = bytes[keyEnd + 1] ?? LONG;
  const valueAt = keyEnd + 2;
  if (bytes[at] !== KEY || keyLength >= LONG || valueLength >= LONG || valueAt + valueLength !== end) return undefined;
  if (bytes[keyEnd] !== VALUE || !isPlainValue(bytes, valueAt, end)) return undefined;
  return interner.text(cursor, at + 2, keyEnd);
}

function isPlainValue(bytes: Buffer, at: number, end: number): boolean {
  if (at === end) return true;
  switch (bytes[at]) {
    case STRING:
      return at + 2 + (bytes[at + 1] ?? LONG) === end;
    case BOOL:
    case INT:
      return isVarint(bytes, at + 1, end);
    case DOUBLE:
      return at + 9 === end;
    case undefined:
    default:
      return false;
  }
}

function isVarint(bytes: Buffer, at: number, end: number): boolean {
  if (end <= at || end - at > LONGEST_VARINT) return false;
  for (let index = at; index < end - 1; index++) if ((bytes[index] ?? 0) < LONG) return false;
  return (bytes[end - 1] ?? LONG) < LONG;
}
