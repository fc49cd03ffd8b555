import { isContentAttribute } from './content.ts';
import type { Attributes, AttributeValue } from './otlp.ts';
import { type Cursor, enter, leave, nextTag, readDouble, readInt64, readLength, readString, readUnsigned, skip } from './wire.ts';

/** Deeper than any telemetry nests. */
const DEEPEST_VALUE = 32;

/** A key and its value, added to `into`. What people and models wrote is passed over without being looked at. */
export function readAttribute(cursor: Cursor, into: Map<string, AttributeValue>, depth: number): void {
  let key = '';
  let valueAt = -1;
  const outer = enter(cursor);
  for (let tag = nextTag(cursor); tag !== 0; tag = nextTag(cursor)) {
    if (tag === 10) key = readString(cursor);
    else {
      if (tag === 18) valueAt = cursor.at;
      skip(cursor, tag % 8);
    }
  }
  if (!isContentAttribute(key)) {
    cursor.at = valueAt;
    into.set(key, valueAt < 0 ? null : readAnyValue(cursor, depth));
  }
  leave(cursor, outer);
}

/** A value that nests too deep is null. */
function readAnyValue(cursor: Cursor, depth: number): AttributeValue {
  let value: AttributeValue = null;
  const outer = enter(cursor);
  for (let tag = nextTag(cursor); tag !== 0; tag = nextTag(cursor)) {
    if (tag === 10) value = readString(cursor);
    else if (tag === 16) value = readUnsigned(cursor) !== 0;
    else if (tag === 24) value = readInt64(cursor);
    else if (tag === 33) value = readDouble(cursor);
    else if (tag === 42 && depth < DEEPEST_VALUE) value = readArray(cursor, depth + 1);
    else if (tag === 50 && depth < DEEPEST_VALUE) value = readKeyValues(cursor, depth + 1);
    else if (tag === 58) value = readBase64(cursor);
    else skip(cursor, tag % 8);
  }
  leave(cursor, outer);
  return value;
}

function readArray(cursor: Cursor, depth: number): AttributeValue[] {
  const values: AttributeValue[] = [];
  const outer = enter(cursor);
  for (let tag = nextTag(cursor); tag !== 0; tag = nextTag(cursor)) {
    if (tag === 10) values.push(readAnyValue(cursor, depth));
    else skip(cursor, tag % 8);
  }
  leave(cursor, outer);
  return values;
}

function readKeyValues(cursor: Cursor, depth: number): Attributes {
  const values = new Map<string, AttributeValue>();
  const outer = enter(cursor);
  for (let tag = nextTag(cursor); tag !== 0; tag = nextTag(cursor)) {
    if (tag === 10) readAttribute(cursor, values, depth);
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
