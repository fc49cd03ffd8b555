import { readSpanAgain } from '../decode/decode.ts';
import type { Attributes, OtlpScope, OtlpSpan } from '../decode/otlp.ts';
import type { Filed, SegmentFile } from '../journal/segment-file.ts';
import { trimResource } from '../understand/resource.ts';
import { FiledBytes } from './filed-bytes.ts';
import type { Received } from './received.ts';

const CHUNK_BYTES = 2 ** 20;
/** Longer spans are rare, and not kept here. */
const LONGEST_SPAN = 2 ** 14;
/** Of files that are smaller more would be open than there would be chunks. */
const SMALLEST_FILE = CHUNK_BYTES;
/** So many of the newest files: what is asked for again later is kept here, so that the file of a stored segment becomes free. */
const FILES_HELD = 2;
/** What a resource and a scope are called is shared by many spans; longer names are not kept. */
const LONGEST_NAMES = 2 ** 12;

/*
 * A record, little-endian:  u16 length · u16 index in `shared` · i32 version · f64 time of receipt (NaN: not told) · the span as it came, or f64 where in
 * the chunk's file it lies
 */
const HEAD_BYTES = 16;
const FILED_BYTES = 8;

interface Shared {
  readonly key: string;
  readonly resource: Attributes;
  readonly scope: OtlpScope;
}

interface Chunk {
  /** Chunks are begun in this order, from 1. */
  number: number;
  readonly bytes: Buffer;
  end: number;
  /** Records that somebody still asks for. */
  wanted: number;
  shared: Shared[];
  readonly byKey: Map<string, number>;
  /** Where the spans themselves lie, if not here. */
  file: SegmentFile | undefined;
  fileNumber: number;
}

/** Where a span's bytes are kept: the number of the chunk, and where in it. */
export type Place = number;

/** Of a span that was not posted as a call. */
export const NOT_POSTED = -1;

interface Head {
  readonly length: number;
  readonly shared: Shared;
  readonly version: number;
  readonly receivedMs: number;
}

export interface Kept {
  readonly span: OtlpSpan;
  readonly receivedMs: number | undefined;
  readonly version: number;
}

/**
 * Spans as the bytes in which they came, outside of what the garbage collector walks through: a hundred thousand objects that are seldom
 * looked at would cost more than all else that is done with a span. Of those that lie in a file of the journal only where: it is held as long
 * as somebody asks for one of them.
 */
export class SpanBytes {
  readonly #most: number;
  readonly #chunks = new Map<number, Chunk>();
  /** Asked for several times in a row. */
  #lastChunk: Chunk | undefined;
  readonly #free: Chunk[] = [];
  #open: Chunk | undefined;
  /** Of the file that is read now. */
  #openOfFile: Chunk | undefined;
  #begun = 0;
  #newestFile: SegmentFile | undefined;
  #files = 0;
  #used = 0;
  readonly #filed = new FiledBytes(LONGEST_SPAN);
  #last: { readonly resource: Attributes; readonly scope: OtlpScope; readonly shared: Shared | undefined } | undefined;

  constructor(mostBytes: number) {
    this.#most = Math.ceil(mostBytes / CHUNK_BYTES);
  }

  /** More is kept than should be: what was kept first must be released. */
  get isOver(): boolean {
    return this.#used > this.#most;
  }

  /** `undefined`: it did not come as protobuf, or is too long. */
  keep({ wire, span, receivedMs = Number.NaN }: Received): Place | undefined {
    if (!wire || wire.to - wire.from > LONGEST_SPAN) return undefined;
    const shared = this.#sharedOf(span);
    if (!shared) return undefined;
    const { bytes, from, to, filed } = wire;
    const head = { length: to - from, shared, version: NOT_POSTED, receivedMs };
    if (filed && filed.file.bytes >= SMALLEST_FILE) return this.#note(head, { file: filed.file, at: filed.at + from });
    return this.#copy(head, bytes, from);
  }

  /** `undefined`: its file has it no more. */
  read(place: Place): Kept | undefined {
    const chunk = this.#chunkOf(place);
    const at = place % CHUNK_BYTES;
    const { length, shared, version, receivedMs } = headOf(chunk, at);
    const found = this.#find(chunk, at, length);
    const span = found && readSpanAgain(found.bytes, found.from, found.from + length, shared.resource, shared.scope);
    return span && { span, version, receivedMs: Number.isNaN(receivedMs) ? undefined : receivedMs };
  }

  release(place: Place): void {
    const chunk = this.#chunkOf(place);
    chunk.wanted -= 1;
    if (chunk.wanted > 0 || chunk === this.#open) return;
    if (chunk === this.#openOfFile) this.#openOfFile = undefined;
    this.#discard(chunk);
  }

  /** The version under which it was posted. */
  posted(place: Place, version: number): void {
    this.#chunkOf(place).bytes.writeInt32LE(version, (place % CHUNK_BYTES) + 4);
  }

  /** To be told of what was asked for lately: it must not keep a chunk of which all else has been released, nor its file. Where it is from now on. */
  renew(place: Place): Place {
    const chunk = this.#chunkOf(place);
    const isOldFile = chunk.file !== undefined && this.#files - chunk.fileNumber >= FILES_HELD;
    if (!isOldFile && this.#begun - chunk.number < this.#most / 2) return place;
    const at = place % CHUNK_BYTES;
    const head = headOf(chunk, at);
    const found = this.#find(chunk, at, head.length);
    if (!found) return place;
    const moved = this.#copy(head, found.bytes, found.from);
    this.release(place);
    return moved;
  }

  #chunkOf(place: Place): Chunk {
    const number = Math.floor(place / CHUNK_BYTES);
    if (this.#lastChunk?.number === number) return this.#lastChunk;
    const chunk = this.#chunks.get(number);
    if (!chunk) throw new Error(`nobody holds chunk ${number} any more`);
    this.#lastChunk = chunk;
    return chunk;
  }

  #find({ file, bytes }: Chunk, at: number, length: number): { readonly bytes: Buffer; readonly from: number } | undefined {
    const from = at + HEAD_BYTES;
    return file ? this.#filed.read(file, bytes.readDoubleLE(from), length) : { bytes, from };
  }

  #copy(head: Head, bytes: Buffer, from: number): Place {
    const size = HEAD_BYTES + head.length;
    if (!this.#open || this.#open.end + size > CHUNK_BYTES) {
      if (this.#open?.wanted === 0) this.#discard(this.#open);
      this.#open = this.#begin(undefined);
    }
    const chunk = this.#open;
    const at = reserve(chunk, size);
    writeHead(chunk, at, head);
    bytes.copy(chunk.bytes, at + HEAD_BYTES, from, from + head.length);
    return placeOf(chunk, at);
  }

  #note(head: Head, { file, at: inFile }: Filed): Place {
    const size = HEAD_BYTES + FILED_BYTES;
    let open = this.#openOfFile;
    if (open?.file !== file || open.end + size > CHUNK_BYTES) {
      if (file !== this.#newestFile) this.#files += 1;
      this.#newestFile = file;
      file.hold();
      open = this.#begin(file);
      this.#openOfFile = open;
    }
    const at = reserve(open, size);
    writeHead(open, at, head);
    open.bytes.writeDoubleLE(inFile, at + HEAD_BYTES);
    return placeOf(open, at);
  }

  #begin(file: SegmentFile | undefined): Chunk {
    this.#used += 1;
    const begun = this.#free.pop() ?? newChunk();
    begun.number = ++this.#begun;
    begun.file = file;
    begun.fileNumber = this.#files;
    this.#chunks.set(begun.number, begun);
    return begun;
  }

  #discard(chunk: Chunk): void {
    this.#used -= 1;
    this.#chunks.delete(chunk.number);
    if (chunk === this.#lastChunk) this.#lastChunk = undefined;
    chunk.file?.release();
    chunk.file = undefined;
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

const newChunk = (): Chunk => ({
  number: 0,
  bytes: Buffer.allocUnsafeSlow(CHUNK_BYTES),
  end: 0,
  wanted: 0,
  shared: [],
  byKey: new Map(),
  file: undefined,
  fileNumber: 0,
});

const placeOf = ({ number }: Chunk, at: number): Place => number * CHUNK_BYTES + at;

/** Returns where it is. */
function reserve(chunk: Chunk, size: number): number {
  const at = chunk.end;
  chunk.end += size;
  chunk.wanted += 1;
  return at;
}

function writeHead(chunk: Chunk, at: number, { length, shared, version, receivedMs }: Head): void {
  const { bytes } = chunk;
  bytes.writeUInt16LE(length, at);
  bytes.writeUInt16LE(indexOf(chunk, shared), at + 2);
  bytes.writeInt32LE(version, at + 4);
  bytes.writeDoubleLE(receivedMs, at + 8);
}

const headOf = ({ bytes, shared }: Chunk, at: number): Head => ({
  length: bytes.readUInt16LE(at),
  shared: sharedAt(shared, bytes.readUInt16LE(at + 2)),
  version: bytes.readInt32LE(at + 4),
  receivedMs: bytes.readDoubleLE(at + 8),
});

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
