import { createInterner } from './intern.ts';
import { type Attributes, type AttributeValue, type OtlpEvent, type OtlpScope, SPAN_KINDS, SPAN_STATUSES } from './otlp.ts';
import { checkIds, type Damage, type RawItem, type RawLogRecord, type RawSpan } from './raw.ts';
import { readAttribute } from './protobuf-values.ts';
import { type Cursor, enter, leave, nextTag, readFixed64, readHex, readString, readUnsigned, skip, WireError } from './wire.ts';

/*
 * Tags are `field number × 8 + wire type`, of opentelemetry-proto 1.x:
 * https://github.com/open-telemetry/opentelemetry-proto/tree/main/opentelemetry/proto
 * Traces and logs share the shape request(1) → resource(1) + scopes(2) → scope(1) + items(2). A field with another wire type than
 * its own is an unknown field, and passed over; that is also why a logs request sent as traces holds no valid span.
 */
const NANOS_PER_MS = 1e6;

const interner = createInterner();
const NOTHING: Attributes = new Map();
const NO_SCOPE: OtlpScope = { name: '', version: '' };

/** One item of a request, or what became of it. `resource` and `scope` are shared by the items under them. */
export interface Reader<Raw extends RawItem> {
  readonly read: (cursor: Cursor, resource: Attributes, scope: OtlpScope) => Raw;
  readonly accept: (raw: Raw) => void;
  readonly reject: (damage: Damage) => void;
}

/** Reads as far as the bytes can be read; a broken item costs itself, a broken envelope costs what it holds and is said once. */
export function walkProtobuf<Raw extends RawItem>(body: Buffer, reader: Reader<Raw>): void {
  const cursor: Cursor = { bytes: body, interner, at: 0, end: body.length };
  try {
    for (let tag = nextTag(cursor); tag !== 0; tag = nextTag(cursor)) {
      if (tag === 10) readResourceItems(cursor, reader);
      else skip(cursor, tag % 8);
    }
  } catch (error) {
    reader.reject({ code: 'truncated', message: wireMessage(error) });
  }
}

function readResourceItems<Raw extends RawItem>(cursor: Cursor, reader: Reader<Raw>): void {
  const outer = enter(cursor);
  const start = cursor.at;
  const resource = readFirst(cursor, 10, readResource) ?? NOTHING;
  cursor.at = start;
  for (let tag = nextTag(cursor); tag !== 0; tag = nextTag(cursor)) {
    if (tag === 18) readScopeItems(cursor, resource, reader);
    else skip(cursor, tag % 8);
  }
  leave(cursor, outer);
}

function readScopeItems<Raw extends RawItem>(cursor: Cursor, resource: Attributes, reader: Reader<Raw>): void {
  const outer = enter(cursor);
  const start = cursor.at;
  const scope = readFirst(cursor, 10, readScope) ?? NO_SCOPE;
  cursor.at = start;
  for (let tag = nextTag(cursor); tag !== 0; tag = nextTag(cursor)) {
    if (tag === 18) readItem(cursor, resource, scope, reader);
    else skip(cursor, tag % 8);
  }
  leave(cursor, outer);
}

function readItem<Raw extends RawItem>(cursor: Cursor, resource: Attributes, scope: OtlpScope, reader: Reader<Raw>): void {
  const outer = enter(cursor);
  const end = cursor.end;
  try {
    const raw = reader.read(cursor, resource, scope);
    const damage = checkIds(raw);
    if (damage) reader.reject(damage);
    else reader.accept(raw);
  } catch (error) {
    reader.reject({ code: 'malformed', message: wireMessage(error) });
  }
  cursor.end = end;
  leave(cursor, outer);
}

/** A resource or scope may stand behind its items, so it is looked for first. The end of the search may be a broken field. */
function readFirst<Value>(cursor: Cursor, wanted: number, read: (cursor: Cursor) => Value): Value | undefined {
  const end = cursor.end;
  try {
    for (let tag = nextTag(cursor); tag !== 0; tag = nextTag(cursor)) {
      if (tag === wanted) return read(cursor);
      skip(cursor, tag % 8);
    }
  } catch (error) {
    wireMessage(error);
  } finally {
    cursor.end = end;
  }
  return undefined;
}

function readResource(cursor: Cursor): Attributes {
  const attributes = new Map<string, AttributeValue>();
  const outer = enter(cursor);
  for (let tag = nextTag(cursor); tag !== 0; tag = nextTag(cursor)) {
    if (tag === 10) readAttribute(cursor, attributes, 0);
    else skip(cursor, tag % 8);
  }
  leave(cursor, outer);
  return attributes;
}

function readScope(cursor: Cursor): OtlpScope {
  let name = '';
  let version = '';
  const outer = enter(cursor);
  for (let tag = nextTag(cursor); tag !== 0; tag = nextTag(cursor)) {
    if (tag === 10) name = readString(cursor);
    else if (tag === 18) version = readString(cursor);
    else skip(cursor, tag % 8);
  }
  leave(cursor, outer);
  return { name, version };
}

export function readSpan(cursor: Cursor, resource: Attributes, scope: OtlpScope): RawSpan {
  const attributes = new Map<string, AttributeValue>();
  const events: OtlpEvent[] = [];
  const span: RawSpan = {
    traceId: '',
    spanId: '',
    parentSpanId: '',
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
        span.traceId = readHex(cursor);
        break;
      case 18:
        span.spanId = readHex(cursor);
        break;
      case 34:
        span.parentSpanId = readHex(cursor);
        break;
      case 42:
        span.name = readString(cursor);
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
        readAttribute(cursor, attributes, 0);
        break;
      case 90:
        events.push(readEvent(cursor));
        break;
      case 122:
        span.status = readStatus(cursor);
        break;
      default:
        skip(cursor, tag % 8);
    }
  }
  return span;
}

export function readLogRecord(cursor: Cursor, resource: Attributes, scope: OtlpScope): RawLogRecord {
  const attributes = new Map<string, AttributeValue>();
  const record: RawLogRecord = { traceId: '', spanId: '', timeMs: 0, observedMs: 0, eventName: '', attributes, resource, scope };
  for (let tag = nextTag(cursor); tag !== 0; tag = nextTag(cursor)) {
    switch (tag) {
      case 9:
        record.timeMs = readFixed64(cursor) / NANOS_PER_MS;
        break;
      case 50:
        readAttribute(cursor, attributes, 0);
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
        skip(cursor, tag % 8);
    }
  }
  return record;
}

function readEvent(cursor: Cursor): OtlpEvent {
  const attributes = new Map<string, AttributeValue>();
  let name = '';
  let timeMs = 0;
  const outer = enter(cursor);
  for (let tag = nextTag(cursor); tag !== 0; tag = nextTag(cursor)) {
    if (tag === 9) timeMs = readFixed64(cursor) / NANOS_PER_MS;
    else if (tag === 18) name = readString(cursor);
    else if (tag === 26) readAttribute(cursor, attributes, 0);
    else skip(cursor, tag % 8);
  }
  leave(cursor, outer);
  return { name, timeMs, attributes };
}

function readStatus(cursor: Cursor): RawSpan['status'] {
  let code = 0;
  const outer = enter(cursor);
  for (let tag = nextTag(cursor); tag !== 0; tag = nextTag(cursor)) {
    if (tag === 24) code = readUnsigned(cursor);
    else skip(cursor, tag % 8);
  }
  leave(cursor, outer);
  return SPAN_STATUSES[code] ?? 'unset';
}

/** Only broken bytes may end a reading; anything else is a mistake of ours and must be seen. */
function wireMessage(error: unknown): string {
  if (error instanceof WireError) return error.message;
  throw error;
}
