import { Attributes } from './attributes.ts';
import { createNameLists } from './name-lists.ts';
import { type OtlpEvent, type OtlpScope, SPAN_KINDS, SPAN_STATUSES } from './otlp.ts';
import { type DecodeCursor, passOver, readAttribute } from './protobuf-values.ts';
import { isSampled, isSpanId, type RawLogRecord, type RawSpan } from './raw.ts';
import { enter, leave, nextTag, readFixed32, readFixed64, readHex, readHexAgain, readString, readUnsigned, skip } from './wire.ts';

/* What stands in a request: spans and log records, each read up to where the cursor ends. Tags are as in protobuf.ts. */
const NANOS_PER_MS = 1e6;

const nameLists = createNameLists();

export function readSpan(cursor: DecodeCursor, resource: Attributes, scope: OtlpScope): RawSpan {
  const attributes = new Attributes();
  const events: OtlpEvent[] = [];
  let key = cursor.keys.start;
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
  let key = cursor.keys.start;
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
  let key = cursor.keys.start;
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
