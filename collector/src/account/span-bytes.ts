import { readSpanAgain } from '../decode/decode.ts';
import type { Attributes, OtlpScope, OtlpSpan } from '../decode/otlp.ts';
import { trimResource } from '../understand/resource.ts';
import type { Received } from './received.ts';

const CHUNK_BYTES = 2 ** 20;
/** Longer spans are rare, and not kept here. */
const LONGEST_SPAN = 2 ** 14;
/** What a resource and a scope are called is shared by many spans; longer names are not kept. */
const LONGEST_NAMES = 2 ** 12;

/*
 * A record, little-endian:  u32 length · u32 place in `shared` · f64 time of receipt (NaN: not told) · the span as it came
 */
const HEAD_BYTES = 16;

interface Shared {
  readonly key: string;
  readonly resource: Attributes;
  readonly scope: OtlpScope;
}

interface Chunk {
  /** Chunks are begun in this order. */
  number: number;
  readonly bytes: Buffer;
  end: number;
  /** Records that somebody still asks for. */
  wanted: number;
  shared: Shared[];
  readonly byKey: Map<string, number>;
}

/** Where a span's bytes are kept, and the version under which it was posted. */
export interface Place {
  chunk: Chunk;
  at: number;
  version: number;
}

/** Of a span that was not posted as a call. */
export const NOT_POSTED = -1;

/**
 * Spans as the bytes in which they came, outside of what the garbage collector walks through: a hundred thousand objects that are seldom
 * looked at would cost more than all else that is done with a span.
 */
export class SpanBytes {
  readonly #most: number;
  readonly #free: Chunk[] = [];
  #open: Chunk | undefined;
  #begun = 0;
  #used = 0;
  #last: { readonly resource: Attributes; readonly scope: OtlpScope; readonly shared: Shared | undefined } | undefined;

  constructor(mostBytes: number) {
    this.#most = Math.ceil(mostBytes / CHUNK_BYTES);
  }

  /** More is kept than should be: what was kept first must be released. */
  get isOver(): boolean {
    return this.#used > this.#most;
  }

  /** `undefined`: it did not come as protobuf, or is too long. */
  keep({ wire, span, receivedMs }: Received): Place | undefined {
    if (!wire || wire.to - wire.from > LONGEST_SPAN) return undefined;
    const shared = this.#sharedOf(span);
    if (!shared) return undefined;
    const place = this.#reserve(wire.to - wire.from);
    writeRecord(place, shared, receivedMs ?? Number.NaN, wire.bytes, wire.from, wire.to);
    return place;
  }

  read({ chunk, at }: Place): { readonly span: OtlpSpan; readonly receivedMs: number | undefined } {
    const { bytes, shared } = chunk;
    const from = at + HEAD_BYTES;
    const { resource, scope } = sharedAt(shared, bytes.readUInt32LE(at + 4));
    const receivedMs = bytes.readDoubleLE(at + 8);
    const span = readSpanAgain(bytes, from, from + bytes.readUInt32LE(at), resource, scope);
    return { span, receivedMs: Number.isNaN(receivedMs) ? undefined : receivedMs };
  }

  release({ chunk }: Place): void {
    chunk.wanted -= 1;
    if (chunk.wanted === 0 && chunk !== this.#open) this.#discard(chunk);
  }

  /** To be told of what was asked for lately: it must not keep a chunk of which all else has been released. */
  renew(place: Place): void {
    const { chunk, at } = place;
    if (this.#begun - chunk.number < this.#most / 2) return;
    const length = chunk.bytes.readUInt32LE(at);
    const from = at + HEAD_BYTES;
    const moved = this.#reserve(length);
    writeRecord(
      moved,
      sharedAt(chunk.shared, chunk.bytes.readUInt32LE(at + 4)),
      chunk.bytes.readDoubleLE(at + 8),
      chunk.bytes,
      from,
      from + length,
    );
    this.release(place);
    place.chunk = moved.chunk;
    place.at = moved.at;
  }

  #reserve(length: number): Place {
    const size = HEAD_BYTES + length;
    let open = this.#open;
    if (!open || open.end + size > open.bytes.length) {
      if (open?.wanted === 0) this.#discard(open);
      open = this.#begin();
      this.#open = open;
    }
    const at = open.end;
    open.end += size;
    open.wanted += 1;
    return { chunk: open, at, version: NOT_POSTED };
  }

  #begin(): Chunk {
    this.#used += 1;
    const number = ++this.#begun;
    const free = this.#free.pop();
    if (!free) return { number, bytes: Buffer.allocUnsafeSlow(CHUNK_BYTES), end: 0, wanted: 0, shared: [], byKey: new Map() };
    free.number = number;
    return free;
  }

  #discard(chunk: Chunk): void {
    this.#used -= 1;
    if (this.#free.length >= this.#most / 4) return;
    chunk.end = 0;
    chunk.shared = [];
    chunk.byKey.clear();
    this.#free.push(chunk);
  }

  /** The spans of a request share them. */
  #sharedOf({ resource, scope }: OtlpSpan): Shared | undefined {
    if (this.#last?.resource === resource && this.#last.scope === scope) return this.#last.shared;
    const trimmed = trimResource(resource);
    const key = JSON.stringify([[...trimmed], scope.name, scope.version]);
    const shared = key.length > LONGEST_NAMES ? undefined : { key, resource: trimmed, scope };
    this.#last = { resource, scope, shared };
    return shared;
  }
}

function writeRecord({ chunk, at }: Place, shared: Shared, receivedMs: number, from: Buffer, start: number, end: number): void {
  const { bytes } = chunk;
  bytes.writeUInt32LE(end - start, at);
  bytes.writeUInt32LE(indexOf(chunk, shared), at + 4);
  bytes.writeDoubleLE(receivedMs, at + 8);
  from.copy(bytes, at + HEAD_BYTES, start, end);
}

function indexOf({ shared, byKey }: Chunk, wanted: Shared): number {
  const known = byKey.get(wanted.key);
  if (known !== undefined) return known;
  const index = shared.push(wanted) - 1;
  byKey.set(wanted.key, index);
  return index;
}

function sharedAt(shared: readonly Shared[], index: number): Shared {
  const found = shared[index];
  if (!found) throw new Error(`a record names what it shares as ${index} of ${shared.length}`);
  return found;
}
