import { Attributes } from './attributes.ts';
import { createInterner } from './intern.ts';
import { createKnownKeys } from './known-keys.ts';
import { createNameLists } from './name-lists.ts';
import { type OtlpEvent, type OtlpScope, SPAN_KINDS, SPAN_STATUSES } from './otlp.ts';
import { viewOf } from './same-bytes.ts';
import { type Damage, isSampled, isSpanId, type RawLogRecord, type RawSpan } from './raw.ts';
import { type DecodeCursor, passOver, readAttribute } from './protobuf-values.ts';
import {
  enter,
  leave,
  nextTag,
  readFixed32,
  readFixed64,
  readHex,
  readHexAgain,
  readString,
  readUnsigned,
  skip,
  WireError,
} from './wire.ts';

/*
 * Tags are `field number × 8 + wire type`, of opentelemetry-proto 1.x:
 * https://github.com/open-telemetry/opentelemetry-proto/tree/main/opentelemetry/proto
 * Traces and logs share the shape request(1) → resource(1) + scopes(2) → scope(1) + items(2). A field with another wire type than
 * its own is an unknown field, and passed over; that is also why a logs request sent as traces holds no valid span.
 */
const NANOS_PER_MS = 1e6;

const interner = createInterner();
const keys = createKnownKeys();
const nameLists = createNameLists();
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
  let key = keys.start;
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

export function readSpan(cursor: DecodeCursor, resource: Attributes, scope: OtlpScope): RawSpan {
  const attributes = new Attributes();
  const events: OtlpEvent[] = [];
  let key = keys.start;
  const span: RawSpan = {
    traceId: '',
    spanId: '',
    parentSpanId: undefined,
    name: '',
    kind: 'unspecified',
    startMs: 0,
    endMs: 0,
    status: 'unset',
    attributes,
    events,
    resource,
    scope,
  };
  for (let tag = nextTag(cursor); tag !== 0; tag = nextTag(cursor)) {
    switch (tag) {
      case 10:
        span.traceId = readHexAgain(cursor, cursor.lastTraceId);
        break;
      case 18:
        span.spanId = readHex(cursor);
        break;
      case 34:
        span.parentSpanId = readParentId(cursor);
        break;
      case 42:
        span.name = readString(cursor);
        nameLists.expect(span.name, attributes);
        break;
      case 48:
        span.kind = SPAN_KINDS[readUnsigned(cursor)] ?? 'unspecified';
        break;
      case 57:
        span.startMs = readFixed64(cursor) / NANOS_PER_MS;
        break;
      case 65:
        span.endMs = readFixed64(cursor) / NANOS_PER_MS;
        break;
      case 74:
        key = readAttribute(cursor, attributes, key);
        break;
      case 90:
        events.push(readEvent(cursor));
        break;
      case 122:
        span.status = readStatus(cursor);
        break;
      default:
        passOver(cursor, tag);
    }
  }
  nameLists.keep(span.name, attributes);
  return span;
}

/** A parent id that is no id is no parent. */
function readParentId(cursor: DecodeCursor): string | undefined {
  const id = readHexAgain(cursor, cursor.lastParentId);
  return isSpanId(id) ? id : undefined;
}

export function readLogRecord(cursor: DecodeCursor, resource: Attributes, scope: OtlpScope): RawLogRecord {
  const attributes = new Attributes();
  let key = keys.start;
  const record: RawLogRecord = {
    traceId: '',
    spanId: '',
    isSampled: false,
    timeMs: 0,
    observedMs: 0,
    eventName: '',
    attributes,
    resource,
    scope,
  };
  for (let tag = nextTag(cursor); tag !== 0; tag = nextTag(cursor)) {
    switch (tag) {
      case 9:
        record.timeMs = readFixed64(cursor) / NANOS_PER_MS;
        break;
      case 50:
        key = readAttribute(cursor, attributes, key);
        break;
      case 69:
        record.isSampled = isSampled(readFixed32(cursor));
        break;
      case 74:
        record.traceId = readHex(cursor);
        break;
      case 82:
        record.spanId = readHex(cursor);
        break;
      case 89:
        record.observedMs = readFixed64(cursor) / NANOS_PER_MS;
        break;
      case 98:
        record.eventName = readString(cursor);
        break;
      default:
        passOver(cursor, tag);
    }
  }
  return record;
}

export function readEvent(cursor: DecodeCursor): OtlpEvent {
  const attributes = new Attributes();
  let key = keys.start;
  let name = '';
  let timeMs = 0;
  const outer = enter(cursor);
  for (let tag = nextTag(cursor); tag !== 0; tag = nextTag(cursor)) {
    if (tag === 9) timeMs = readFixed64(cursor) / NANOS_PER_MS;
    else if (tag === 18) name = readString(cursor);
    else if (tag === 26) key = readAttribute(cursor, attributes, key);
    else skip(cursor, tag % 8);
  }
  leave(cursor, outer);
  return { name, timeMs, attributes };
}

export function readStatus(cursor: DecodeCursor): RawSpan['status'] {
  let code = 0;
  const outer = enter(cursor);
  for (let tag = nextTag(cursor); tag !== 0; tag = nextTag(cursor)) {
    if (tag === 24) code = readUnsigned(cursor);
    else passOver(cursor, tag);
  }
  leave(cursor, outer);
  return SPAN_STATUSES[code] ?? 'unset';
}

/** Only broken bytes may end a reading; anything else is a mistake of ours and must be seen. */
function wireMessage(error: unknown): string {
  if (error instanceof WireError) return error.message;
  throw error;
}
