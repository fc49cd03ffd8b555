import { Attributes } from './attributes.ts';
import { createInterner } from './intern.ts';
import { createKnownKeys } from './known-keys.ts';
import type { OtlpScope } from './otlp.ts';
import { viewOf } from './same-bytes.ts';
import type { Damage } from './raw.ts';
import { type DecodeCursor, passOver, readAttribute } from './protobuf-values.ts';
import { enter, leave, nextTag, readString, skip, WireError } from './wire.ts';

/*
 * Tags are `field number × 8 + wire type`, of opentelemetry-proto 1.x:
 * https://github.com/open-telemetry/opentelemetry-proto/tree/main/opentelemetry/proto
 * Traces and logs share the shape request(1) → resource(1) + scopes(2) → scope(1) + items(2). A field with another wire type than
 * its own is an unknown field, and passed over; that is also why a logs request sent as traces holds no valid span.
 */

const interner = createInterner();
const keys = createKnownKeys();
const NOTHING = new Attributes();
const NO_SCOPE: OtlpScope = { name: '', version: '' };

export interface Reader {
  /** Reads an item to its end and says what is wrong with it, if anything is. `resource` and `scope` are shared by the items under them. */
  readonly item: (cursor: DecodeCursor, resource: Attributes, scope: OtlpScope) => Damage | undefined;
  readonly reject: (damage: Damage) => void;
}

export const startCursor = (bytes: Buffer, at: number, end: number): DecodeCursor => ({
  bytes,
  view: viewOf(bytes),
  interner,
  keys,
  isClean: true,
  lastTraceId: { at: 0, length: 0, text: '' },
  lastParentId: { at: 0, length: 0, text: '' },
  at,
  end,
});

/**
 * Reads as far as the bytes can be read; a broken item costs itself, a broken envelope costs what it holds and is said once. True when
 * every byte may be kept: nothing was passed over that people or models wrote, or that could not be read.
 */
export function walkProtobuf(body: Buffer, reader: Reader): boolean {
  const cursor = startCursor(body, 0, body.length);
  try {
    for (let tag = nextTag(cursor); tag !== 0; tag = nextTag(cursor)) {
      if (tag === 10) readResourceItems(cursor, reader);
      else skip(cursor, tag % 8);
    }
  } catch (error) {
    cursor.isClean = false;
    reader.reject({ code: 'truncated', message: wireMessage(error) });
  }
  return cursor.isClean;
}

function readResourceItems(cursor: DecodeCursor, reader: Reader): void {
  const outer = enter(cursor);
  const start = cursor.at;
  const resource = readFirst(cursor, 10, readResource) ?? NOTHING;
  let resources = 0;
  cursor.at = start;
  for (let tag = nextTag(cursor); tag !== 0; tag = nextTag(cursor)) {
    if (tag === 18) readScopeItems(cursor, resource, reader);
    else {
      if (tag === 10 && ++resources > 1) cursor.isClean = false;
      skip(cursor, tag % 8);
    }
  }
  leave(cursor, outer);
}

function readScopeItems(cursor: DecodeCursor, resource: Attributes, reader: Reader): void {
  const outer = enter(cursor);
  const start = cursor.at;
  const scope = readFirst(cursor, 10, readScope) ?? NO_SCOPE;
  let scopes = 0;
  cursor.at = start;
  for (let tag = nextTag(cursor); tag !== 0; tag = nextTag(cursor)) {
    if (tag === 18) readItem(cursor, resource, scope, reader);
    else {
      if (tag === 10 && ++scopes > 1) cursor.isClean = false;
      skip(cursor, tag % 8);
    }
  }
  leave(cursor, outer);
}

function readItem(cursor: DecodeCursor, resource: Attributes, scope: OtlpScope, reader: Reader): void {
  const outer = enter(cursor);
  const end = cursor.end;
  try {
    const damage = reader.item(cursor, resource, scope);
    if (damage) {
      cursor.isClean = false;
      reader.reject(damage);
    }
  } catch (error) {
    cursor.isClean = false;
    reader.reject({ code: 'malformed', message: wireMessage(error) });
  }
  cursor.end = end;
  leave(cursor, outer);
}

/** A resource or scope may stand behind its items, so it is looked for first. The end of the search may be a broken field. */
function readFirst<Value>(cursor: DecodeCursor, wanted: number, read: (cursor: DecodeCursor) => Value): Value | undefined {
  const end = cursor.end;
  try {
    for (let tag = nextTag(cursor); tag !== 0; tag = nextTag(cursor)) {
      if (tag === wanted) return read(cursor);
      skip(cursor, tag % 8);
    }
  } catch (error) {
    cursor.isClean = false;
    wireMessage(error);
  } finally {
    cursor.end = end;
  }
  return undefined;
}

function readResource(cursor: DecodeCursor): Attributes {
  const attributes = new Attributes();
  let key = cursor.keys.start;
  const outer = enter(cursor);
  for (let tag = nextTag(cursor); tag !== 0; tag = nextTag(cursor)) {
    if (tag === 10) key = readAttribute(cursor, attributes, key);
    else skip(cursor, tag % 8);
  }
  leave(cursor, outer);
  return attributes;
}

function readScope(cursor: DecodeCursor): OtlpScope {
  let name = '';
  let version = '';
  const outer = enter(cursor);
  for (let tag = nextTag(cursor); tag !== 0; tag = nextTag(cursor)) {
    if (tag === 10) name = readString(cursor);
    else if (tag === 18) version = readString(cursor);
    else passOver(cursor, tag);
  }
  leave(cursor, outer);
  return { name, version };
}

/** Only broken bytes may end a reading; anything else is a mistake of ours and must be seen. */
function wireMessage(error: unknown): string {
  if (error instanceof WireError) return error.message;
  throw error;
}
