import { readEvent, readStatus } from './protobuf-items.ts';
import { checkAttribute, type DecodeCursor, passOver } from './protobuf-values.ts';
import { checkIds, type Damage } from './raw.ts';
import { nextTag, readLength, skip } from './wire.ts';

const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;

/** Passes over a span and finds wrong with it what `readSpan` and `checkIds` would find: the same tags, read as far as can fail. */
export function checkSpan(cursor: DecodeCursor): Damage | undefined {
  let key = cursor.keys.start;
  let traceIdAt = 0;
  let traceIdEnd = 0;
  let spanIdAt = 0;
  let spanIdEnd = 0;
  for (let tag = nextTag(cursor); tag !== 0; tag = nextTag(cursor)) {
    switch (tag) {
      case 10:
        traceIdEnd = readLength(cursor);
        traceIdAt = cursor.at;
        cursor.at = traceIdEnd;
        break;
      case 18:
        spanIdEnd = readLength(cursor);
        spanIdAt = cursor.at;
        cursor.at = spanIdEnd;
        break;
      case 34:
      case 42:
      case 48:
      case 57:
      case 65:
        skip(cursor, tag % 8);
        break;
      case 74:
        key = checkAttribute(cursor, key);
        break;
      case 90:
        readEvent(cursor);
        break;
      case 122:
        readStatus(cursor);
        break;
      default:
        passOver(cursor, tag);
    }
  }
  const { bytes } = cursor;
  if (isId(bytes, traceIdAt, traceIdEnd, TRACE_ID_BYTES) && isId(bytes, spanIdAt, spanIdEnd, SPAN_ID_BYTES)) return undefined;
  return checkIds({ traceId: bytes.toString('hex', traceIdAt, traceIdEnd), spanId: bytes.toString('hex', spanIdAt, spanIdEnd) });
}

function isId(bytes: Buffer, from: number, to: number, length: number): boolean {
  if (to - from !== length) return false;
  for (let at = from; at < to; at++) if (bytes[at] !== 0) return true;
  return false;
}
