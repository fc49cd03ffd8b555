import { type AttributeValue, Attributes } from './attributes.ts';
import { isContentAttribute } from '@tokenledger/model/content-attribute';
import type { KnownKey, KnownKeys } from './known-keys.ts';
import {
  type Cursor,
  enter,
  type LastId,
  leave,
  nextTag,
  readDouble,
  readInt64,
  readLength,
  readString,
  readUnsigned,
  skip,
} from './wire.ts';

/** The wire type of texts, bytes and messages. */
export const LENGTH_DELIMITED = 2;
/** Deeper than any telemetry nests. */
const DEEPEST_VALUE = 32;

/** Tags of KeyValue and of the values that hold no other. */
const KEY = 10;
const VALUE = 18;
const STRING = 10;
const BOOL = 16;
const INT = 24;
const DOUBLE = 33;
const ARRAY = 42;
/** Of a list. */
const ITEM = 10;
/** A length from here on takes more than one byte. */
const LONG = 128;
/** So many bytes hold an integer that needs no care: less than 2^28. */
const SHORT_INT = 4;

export interface DecodeCursor extends Cursor {
  readonly keys: KnownKeys;
  /** Nothing was passed over so far that must not be kept: what people and models wrote, and what cannot be read. */
  isClean: boolean;
  readonly lastTraceId: LastId;
  readonly lastParentId: LastId;
}

/**
 * A key and its value, added to `into`; `previous` is the key that was read before. What people and models wrote is passed over without being
 * looked at. Nearly every attribute is a key, then one short text, number or truth, or a short list of texts, and these are read here; others as
 * protobuf allows.
 */
export function readAttribute(cursor: DecodeCursor, into: Attributes, previous: KnownKey): KnownKey {
  const { bytes, at } = cursor;
  const end = at + 1 + (bytes[at] ?? LONG);
  const keyAt = at + 3;
  const keyEnd = keyAt + (bytes[at + 2] ?? LONG);
  const valueAt = keyEnd + 2;
  const isPlain =
    end <= cursor.end &&
    (bytes[at] ?? LONG) < LONG &&
    bytes[at + 1] === KEY &&
    (bytes[at + 2] ?? LONG) < LONG &&
    valueAt < end &&
    bytes[keyEnd] === VALUE &&
    valueAt + (bytes[keyEnd + 1] ?? LONG) === end;
  if (!isPlain) return readAnyAttribute(cursor, into, previous);
  const value = readPlainValue(cursor, valueAt, end);
  if (value === undefined) return readAnyAttribute(cursor, into, previous);
  const key = cursor.keys.after(previous, cursor, keyAt, keyEnd);
  if (key.isContent) cursor.isClean = false;
  else into.set(key.text, value);
  cursor.at = end;
  return key;
}

/** `undefined` for a value that is written in another way, whatever it may be. */
function readPlainValue(cursor: Cursor, at: number, end: number): string | number | boolean | string[] | undefined {
  const { bytes, interner } = cursor;
  switch (bytes[at]) {
    case STRING:
      return at + 2 + (bytes[at + 1] ?? LONG) === end ? interner.text(cursor, at + 2, end) : undefined;
    case INT:
      return readPlainInt(bytes, at + 1, end);
    case BOOL:
      return at + 2 === end && (bytes[at + 1] ?? LONG) < LONG ? bytes[at + 1] !== 0 : undefined;
    case DOUBLE:
      return at + 9 === end ? cursor.view.getFloat64(at + 1, true) : undefined;
    case ARRAY:
      return isListOfTexts(bytes, at, end) ? readTexts(cursor, at + 2, end) : undefined;
    case undefined:
    default:
      return undefined;
  }
}

function readPlainInt(bytes: Buffer, from: number, end: number): number | undefined {
  const last = end - 1;
  if (last < from || end - from > SHORT_INT || (bytes[last] ?? LONG) >= LONG) return undefined;
  let value = bytes[last] ?? 0;
  for (let at = last - 1; at >= from; at--) {
    const byte = bytes[at] ?? 0;
    if (byte < LONG) return undefined;
    value = value * LONG + byte - LONG;
  }
  return value;
}

function isListOfTexts(bytes: Buffer, from: number, end: number): boolean {
  let at = from + 2;
  if (at + (bytes[from + 1] ?? LONG) !== end) return false;
  while (at < end) {
    const length = bytes[at + 1] ?? LONG;
    if (bytes[at] !== ITEM || length >= LONG || bytes[at + 2] !== STRING || bytes[at + 3] !== length - 2) return false;
    at += 2 + length;
  }
  return at === end;
}

function readTexts(cursor: Cursor, from: number, end: number): string[] {
  const { bytes, interner } = cursor;
  let texts: string[] | undefined;
  for (let at = from; at < end;) {
    const next = at + 2 + (bytes[at + 1] ?? 0);
    const text = interner.text(cursor, at + 4, next);
    // Mostly one, and a list takes room for seventeen when something is added to it.
    if (texts) texts.push(text);
    else texts = [text];
    at = next;
  }
  return texts ?? [];
}

/** Passes over what `readAttribute` would read, and finds wrong with it what that would find. */
export function checkAttribute(cursor: DecodeCursor, previous: KnownKey): KnownKey {
  const { bytes, at } = cursor;
  const keyAt = at + 3;
  const length = bytes[at] ?? LONG;
  const keyLength = bytes[at + 2] ?? LONG;
  const end = at + 1 + length;
  const keyEnd = keyAt + keyLength;
  const valueAt = keyEnd + 2;
  const isPlain =
    end <= cursor.end &&
    length < LONG &&
    bytes[at + 1] === KEY &&
    keyLength < LONG &&
    valueAt < end &&
    bytes[keyEnd] === VALUE &&
    valueAt + (bytes[keyEnd + 1] ?? LONG) === end &&
    isPlainValue(bytes, valueAt, end);
  if (!isPlain) return readAnyAttribute(cursor, new Attributes(), previous);
  const key = cursor.keys.after(previous, cursor, keyAt, keyEnd);
  if (key.isContent) cursor.isClean = false;
  cursor.at = end;
  return key;
}

function isPlainValue(bytes: Buffer, at: number, end: number): boolean {
  switch (bytes[at]) {
    case STRING:
      return at + 2 + (bytes[at + 1] ?? LONG) === end;
    case INT:
      return readPlainInt(bytes, at + 1, end) !== undefined;
    case BOOL:
      return at + 2 === end && (bytes[at + 1] ?? LONG) < LONG;
    case DOUBLE:
      return at + 9 === end;
    case ARRAY:
      return isListOfTexts(bytes, at, end);
    case undefined:
    default:
      return false;
  }
}

function readAnyAttribute(cursor: DecodeCursor, into: Attributes, previous: KnownKey): KnownKey {
  readPair(cursor, into, 0);
  return previous;
}

function readPair(cursor: DecodeCursor, into: Attributes, depth: number): void {
  let key = '';
  let valueAt = -1;
  const outer = enter(cursor);
  for (let tag = nextTag(cursor); tag !== 0; tag = nextTag(cursor)) {
    if (tag === KEY) key = readString(cursor);
    else {
      if (tag === VALUE) {
        if (valueAt >= 0) cursor.isClean = false;
        valueAt = cursor.at;
      }
      skip(cursor, tag % 8);
    }
  }
  if (isContentAttribute(key)) cursor.isClean = false;
  else {
    cursor.at = valueAt;
    into.set(key, valueAt < 0 ? null : readAnyValue(cursor, depth));
  }
  leave(cursor, outer);
}

/** A value that nests too deep is null. */
function readAnyValue(cursor: DecodeCursor, depth: number): AttributeValue {
  let value: AttributeValue = null;
  const outer = enter(cursor);
  for (let tag = nextTag(cursor); tag !== 0; tag = nextTag(cursor)) {
    if (tag === STRING) value = readString(cursor);
    else if (tag === BOOL) value = readUnsigned(cursor) !== 0;
    else if (tag === INT) value = readInt64(cursor);
    else if (tag === DOUBLE) value = readDouble(cursor);
    else if (tag === ARRAY && depth < DEEPEST_VALUE) value = readArray(cursor, depth + 1);
    else if (tag === 50 && depth < DEEPEST_VALUE) value = readKeyValues(cursor, depth + 1);
    else if (tag === 58) value = readBase64(cursor);
    else {
      if (tag === ARRAY || tag === 50) cursor.isClean = false;
      skip(cursor, tag % 8);
    }
  }
  leave(cursor, outer);
  return value;
}

function readArray(cursor: DecodeCursor, depth: number): AttributeValue[] {
  const values: AttributeValue[] = [];
  const outer = enter(cursor);
  for (let tag = nextTag(cursor); tag !== 0; tag = nextTag(cursor)) {
    if (tag === 10) values.push(readAnyValue(cursor, depth));
    else skip(cursor, tag % 8);
  }
  leave(cursor, outer);
  return values;
}

function readKeyValues(cursor: DecodeCursor, depth: number): Attributes {
  const values = new Attributes();
  const outer = enter(cursor);
  for (let tag = nextTag(cursor); tag !== 0; tag = nextTag(cursor)) {
    if (tag === 10) readPair(cursor, values, depth);
    else skip(cursor, tag % 8);
  }
  leave(cursor, outer);
  return values;
}

function readBase64(cursor: Cursor): string {
  const end = readLength(cursor);
  const text = cursor.bytes.toString('base64', cursor.at, end);
  cursor.at = end;
  return text;
}

/** A field that is not read may hold free text or attributes. */
export function passOver(cursor: DecodeCursor, tag: number): void {
  if (tag % 8 === LENGTH_DELIMITED) cursor.isClean = false;
  skip(cursor, tag % 8);
}
