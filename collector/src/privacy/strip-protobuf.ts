import { isContentAttribute } from '@tokenledger/model/content-attribute';
import { createInterner } from '../decode/intern.ts';
import { viewOf } from '../decode/same-bytes.ts';
import { type Cursor, enter, leave, nextTag, readString, skip, WireError } from '../decode/wire.ts';
import type { Signal } from '../journal/record.ts';
import { encodeVarint } from '../varint.ts';
import { applyEdits, type Edit } from './edits.ts';
import { type Field, type Message, REQUESTS } from './otlp-shape.ts';
import { readPlainKey } from './plain-key.ts';

interface Walk {
  readonly cursor: Cursor;
  readonly edits: Edit[];
  /** Where an envelope broke: nothing from here on can be read, so nothing from here on is kept. */
  brokenAt: number | undefined;
}

/** Tags of KeyValue and AnyValue. */
const KEY = 10;
const VALUE = 18;
const ARRAY = 42;
const KEY_VALUES = 50;
/** Tag of what an array or a list of pairs holds. */
const ELEMENT = 10;
/** As deep as the decoder looks. */
const DEEPEST_VALUE = 32;

/** The length of an emptied field. */
const NO_BYTES = encodeVarint(0);

const interner = createInterner();

/**
 * The request without what people and models wrote; the same buffer when there is none. What the decoder reads of the result is
 * what it reads of `body`: attributes it passes over are left out, items it refuses are emptied, all other bytes are copied.
 */
export function stripProtobuf(body: Buffer, signal: Signal): Buffer {
  const walk: Walk = { cursor: { bytes: body, view: viewOf(body), interner, at: 0, end: body.length }, edits: [], brokenAt: undefined };
  stripMessage(walk, REQUESTS[signal]);
  if (walk.brokenAt !== undefined) walk.edits.push({ from: walk.brokenAt, to: body.length });
  return applyEdits(body, walk.edits);
}

/** Walks to the end of the message and returns by how many bytes it has shrunk. */
function stripMessage(walk: Walk, message: Message): number {
  const { cursor } = walk;
  let shrunk = 0;
  let tagAt = cursor.at;
  try {
    for (let tag = nextTag(cursor); tag !== 0; tag = nextTag(cursor)) {
      const field = message.fields[tag];
      if (field) shrunk += stripField(walk, field, tagAt);
      else skip(cursor, tag % 8);
      if (walk.brokenAt !== undefined) break;
      tagAt = cursor.at;
    }
  } catch (error) {
    if (!message.envelope || !(error instanceof WireError)) throw error;
    walk.brokenAt = tagAt;
    cursor.at = tagAt;
  }
  return shrunk + cursor.end - cursor.at;
}

function stripField(walk: Walk, field: Field, tagAt: number): number {
  const { cursor, edits } = walk;
  if (field.is === 'content') {
    skip(cursor, 2);
    return cut(walk, tagAt);
  }
  const lengthAt = cursor.at;
  const mark = edits.length;
  const outer = enter(cursor);
  const { end } = cursor;
  try {
    return field.is === 'attribute'
      ? stripAttribute(walk, tagAt, lengthAt, 0)
      : shrinkField(walk, lengthAt, () => stripMessage(walk, field.message));
  } catch (error) {
    if (!field.alone || !(error instanceof WireError)) throw error;
    edits.splice(mark, Infinity, { from: lengthAt, to: end, insert: NO_BYTES });
    return end - lengthAt - NO_BYTES.length;
  } finally {
    cursor.end = end;
    leave(cursor, outer);
  }
}

/** The cursor stands inside the KeyValue. Of repeated values the last counts, and the others go. */
function stripAttribute(walk: Walk, tagAt: number, lengthAt: number, depth: number): number {
  const { cursor } = walk;
  const plainKey = readPlainKey(cursor);
  if (plainKey !== undefined) {
    cursor.at = cursor.end;
    return isContentAttribute(plainKey) ? cut(walk, tagAt) : 0;
  }
  const contentAt = cursor.at;
  let key = '';
  let valueAt = -1;
  const values: Edit[] = [];
  let fieldAt = cursor.at;
  for (let tag = nextTag(cursor); tag !== 0; tag = nextTag(cursor)) {
    if (tag === KEY) key = readString(cursor);
    else {
      if (tag === VALUE) valueAt = cursor.at;
      skip(cursor, tag % 8);
      if (tag === VALUE) values.push({ from: fieldAt, to: cursor.at });
    }
    fieldAt = cursor.at;
  }
  if (isContentAttribute(key)) return cut(walk, tagAt);
  if (values.pop() === undefined) return 0;
  cursor.at = contentAt;
  return shrinkField(walk, lengthAt, () => {
    walk.edits.push(...values);
    cursor.at = valueAt;
    return values.reduce((sum, { from, to }) => sum + to - from, 0) + stripValue(walk, depth);
  });
}

function stripValue(walk: Walk, depth: number): number {
  const { cursor } = walk;
  const lengthAt = cursor.at;
  const outer = enter(cursor);
  const shrunk = shrinkField(walk, lengthAt, () => {
    let inside = 0;
    let tagAt = cursor.at;
    for (let tag = nextTag(cursor); tag !== 0; tag = nextTag(cursor)) {
      if (tag !== ARRAY && tag !== KEY_VALUES) skip(cursor, tag % 8);
      else if (depth < DEEPEST_VALUE) inside += stripElements(walk, tag === KEY_VALUES, depth + 1);
      else {
        skip(cursor, tag % 8);
        inside += cut(walk, tagAt);
      }
      tagAt = cursor.at;
    }
    return inside;
  });
  leave(cursor, outer);
  return shrunk;
}

function stripElements(walk: Walk, keyed: boolean, depth: number): number {
  const { cursor } = walk;
  const lengthAt = cursor.at;
  const outer = enter(cursor);
  const shrunk = shrinkField(walk, lengthAt, () => {
    let inside = 0;
    let tagAt = cursor.at;
    for (let tag = nextTag(cursor); tag !== 0; tag = nextTag(cursor)) {
      if (tag !== ELEMENT) skip(cursor, tag % 8);
      else if (keyed) inside += stripPair(walk, tagAt, depth);
      else inside += stripValue(walk, depth);
      tagAt = cursor.at;
    }
    return inside;
  });
  leave(cursor, outer);
  return shrunk;
}

function stripPair(walk: Walk, tagAt: number, depth: number): number {
  const { cursor } = walk;
  const lengthAt = cursor.at;
  const outer = enter(cursor);
  const shrunk = stripAttribute(walk, tagAt, lengthAt, depth);
  leave(cursor, outer);
  return shrunk;
}

/** Runs `inside`, which returns by how much the field's content shrank, and puts the new length before it. */
function shrinkField(walk: Walk, lengthAt: number, inside: () => number): number {
  const { cursor, edits } = walk;
  const { at: contentAt, end } = cursor;
  const mark = edits.push({ from: lengthAt, to: contentAt }) - 1;
  const shrunk = inside();
  if (shrunk === 0) {
    edits.length = mark;
    return 0;
  }
  const insert = encodeVarint(end - contentAt - shrunk);
  edits[mark] = { from: lengthAt, to: contentAt, insert };
  return shrunk + contentAt - lengthAt - insert.length;
}

function cut({ cursor, edits }: Walk, from: number): number {
  edits.push({ from, to: cursor.at });
  return cursor.at - from;
}
