import { crc32 } from 'node:zlib';
import type { TenantId } from '@tokenledger/model';

/**
 * A record is one request's body, as it came, with what is needed to read it again:
 *
 *     4 bytes tag  the segment's
 *     u32 length   bytes after these first twelve
 *     u32 crc32    of the tag, of the length and of those bytes
 *     f64 time     of arrival, epoch milliseconds
 *     u32 spans    accepted from the body
 *     u8  signal · u8 encoding · u8 compression · u8 length of the tenant
 *     tenant (UTF-8), body
 *
 * All numbers are little-endian. The checksum covers the length, so that no run of zeros is a record, and the tag that the segment has, not the one that
 * stands there, so that no record of another segment is one of this: a file that is used again holds some behind its end.
 */
export const SIGNALS = ['traces', 'logs'] as const;
export const ENCODINGS = ['protobuf', 'json'] as const;
export const COMPRESSIONS = ['identity', 'gzip', 'deflate', 'zstd', 'br'] as const;
export type Signal = (typeof SIGNALS)[number];
export type Encoding = (typeof ENCODINGS)[number];
export type Compression = (typeof COMPRESSIONS)[number];

export interface JournalRecord {
  readonly timeMs: number;
  readonly tenant: TenantId;
  readonly signal: Signal;
  readonly encoding: Encoding;
  readonly compression: Compression;
  /** How many items of the body were accepted: the obligation this record carries. */
  readonly spans: number;
  readonly body: Uint8Array;
}

/** Four bytes that no other segment has whose records may lie in the same file; none in a segment of the first format, whose file is never used again. */
export type Tag = Buffer;
export const TAG_BYTES = 4;
export const NO_TAG: Tag = Buffer.alloc(0);

/** Behind the tag. */
const PREFIX_BYTES = 8;
const FIXED_BYTES = 24;

/** Records behind one another, in pieces to be written together: a body is one of them and is not copied. */
export function piecesOf(records: readonly JournalRecord[], tag: Tag): Uint8Array[] {
  const fixed = tag.length + FIXED_BYTES;
  const heads = Buffer.allocUnsafe(records.reduce((sum, { tenant }) => sum + fixed + Buffer.byteLength(tenant), 0));
  const ofTag = crc32(tag);
  let at = 0;
  return records.flatMap((record) => {
    const from = at;
    heads.set(tag, from);
    at = writeHead(record, heads, from + tag.length, ofTag);
    return [heads.subarray(from, at), record.body];
  });
}

/** Returns where it ends. */
function writeHead(record: JournalRecord, bytes: Buffer, at: number, ofTag: number): number {
  const tenantLength = bytes.write(record.tenant, at + FIXED_BYTES);
  const bodyAt = at + FIXED_BYTES + tenantLength;
  const length = FIXED_BYTES - PREFIX_BYTES + tenantLength + record.body.length;
  bytes.writeUInt32LE(length, at);
  // Until the sum takes its place: so the length stands right before all else that is summed up.
  bytes.writeUInt32LE(length, at + 4);
  bytes.writeDoubleLE(record.timeMs, at + 8);
  bytes.writeUInt32LE(record.spans, at + 16);
  bytes[at + 20] = SIGNALS.indexOf(record.signal);
  bytes[at + 21] = ENCODINGS.indexOf(record.encoding);
  bytes[at + 22] = COMPRESSIONS.indexOf(record.compression);
  bytes[at + 23] = tenantLength;
  bytes.writeUInt32LE(crc32(record.body, crc32(bytes.subarray(at + 4, bodyAt), ofTag)), at + 4);
  return bodyAt;
}

/**
 * The records from `offset` on, up to the first that is cut, flipped or never was one. `end` is where reading stopped: bytes
 * from there on are not to be trusted, because a length may be what was damaged.
 */
export function readRecords(bytes: Buffer, offset: number, tag: Tag): { readonly records: readonly JournalRecord[]; readonly end: number } {
  const records: JournalRecord[] = [];
  const ofTag = crc32(tag);
  let at = offset;
  for (;;) {
    const record = readRecord(bytes, at + tag.length, ofTag);
    if (!record) return { records, end: at };
    records.push(record);
    at += recordSize(bytes, at, tag);
  }
}

/** How many bytes the record takes that begins here, by its own word; 0 where that is cut. */
export function recordSize(bytes: Buffer, at: number, tag: Tag): number {
  const prefix = tag.length + PREFIX_BYTES;
  return bytes.length - at < prefix ? 0 : prefix + bytes.readUInt32LE(at + tag.length);
}

/** Up to where a segment's records reach of which the first that is not whole begins at `from`; behind it are others', if a file was used again. */
export function endOfTagged(bytes: Buffer, from: number, tag: Tag): number {
  if (tag.length === 0) return bytes.length;
  let at = bytes.lastIndexOf(tag);
  while (at > from && !isLikeHead(bytes, at + tag.length)) at = bytes.lastIndexOf(tag, at - 1);
  return at < from ? from : Math.min(bytes.length, at + (recordSize(bytes, at, tag) || Infinity));
}

/** Four bytes of another record may be a tag by chance. */
function isLikeHead(bytes: Buffer, at: number): boolean {
  if (bytes.length - at < FIXED_BYTES) return true;
  return kindOf(bytes, at) !== undefined && bytes.readUInt32LE(at) >= FIXED_BYTES - PREFIX_BYTES + bytes.readUInt8(at + 23);
}

/** `at`: behind its tag. */
function readRecord(bytes: Buffer, at: number, ofTag: number): JournalRecord | undefined {
  if (bytes.length - at < FIXED_BYTES) return undefined;
  const end = at + recordSize(bytes, at, NO_TAG);
  const bodyAt = at + FIXED_BYTES + bytes.readUInt8(at + 23);
  if (end > bytes.length || bodyAt > end) return undefined;
  const head = bytes.subarray(at, bodyAt);
  const body = bytes.subarray(bodyAt, end);
  if (checksum(head, body, ofTag) !== head.readUInt32LE(4)) return undefined;
  const kind = kindOf(head, 0);
  return (
    kind && {
      timeMs: head.readDoubleLE(8),
      tenant: head.toString('utf8', FIXED_BYTES),
      ...kind,
      spans: head.readUInt32LE(16),
      body,
    }
  );
}

function kindOf(bytes: Buffer, at: number): Pick<JournalRecord, 'signal' | 'encoding' | 'compression'> | undefined {
  const signal = SIGNALS[bytes.readUInt8(at + 20)];
  const encoding = ENCODINGS[bytes.readUInt8(at + 21)];
  const compression = COMPRESSIONS[bytes.readUInt8(at + 22)];
  return signal && encoding && compression && { signal, encoding, compression };
}

function checksum(head: Buffer, body: Uint8Array, ofTag: number): number {
  const length = crc32(head.subarray(0, 4), ofTag);
  return crc32(body, crc32(head.subarray(PREFIX_BYTES), length));
}
