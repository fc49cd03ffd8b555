import { crc32 } from 'node:zlib';
import type { TenantId } from '@tokenledger/model';

/**
 * A record is one request's body, as it came, with what is needed to read it again:
 *
 *     u32 length   bytes after these first eight
 *     u32 crc32    of the length and of those bytes
 *     f64 time     of arrival, epoch milliseconds
 *     u32 spans    accepted from the body
 *     u8  signal · u8 encoding · u8 compression · u8 length of the tenant
 *     tenant (UTF-8), body
 *
 * All numbers are little-endian. The checksum covers the length, so that no run of zeros is a record.
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

const PREFIX_BYTES = 8;
const FIXED_BYTES = 24;

/** Records behind one another, in pieces to be written together: a body is one of them and is not copied. */
export function piecesOf(records: readonly JournalRecord[]): Uint8Array[] {
  const heads = Buffer.allocUnsafe(records.reduce((sum, { tenant }) => sum + FIXED_BYTES + Buffer.byteLength(tenant), 0));
  let at = 0;
  return records.flatMap((record) => {
    const from = at;
    at = writeHead(record, heads, from);
    return [heads.subarray(from, at), record.body];
  });
}

export const encodeRecords = (records: readonly JournalRecord[]): Buffer => Buffer.concat(piecesOf(records));

/** Returns where it ends. */
function writeHead(record: JournalRecord, bytes: Buffer, at: number): number {
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
  bytes.writeUInt32LE(crc32(record.body, crc32(bytes.subarray(at + 4, bodyAt))), at + 4);
  return bodyAt;
}

/**
 * The records from `offset` on, up to the first that is cut, flipped or never was one. `end` is where reading stopped: bytes
 * from there on are not to be trusted, because a length may be what was damaged.
 */
export function readRecords(bytes: Buffer, offset: number): { readonly records: readonly JournalRecord[]; readonly end: number } {
  const records: JournalRecord[] = [];
  let at = offset;
  for (;;) {
    const record = readRecord(bytes, at);
    if (!record) return { records, end: at };
    records.push(record);
    at += recordSize(bytes, at);
  }
}

/** How many bytes the record takes that begins here, by its own word; 0 where that is cut. */
export function recordSize(bytes: Buffer, at = 0): number {
  return bytes.length - at < PREFIX_BYTES ? 0 : PREFIX_BYTES + bytes.readUInt32LE(at);
}

function readRecord(bytes: Buffer, at: number): JournalRecord | undefined {
  if (bytes.length - at < FIXED_BYTES) return undefined;
  const end = at + recordSize(bytes, at);
  const bodyAt = at + FIXED_BYTES + bytes.readUInt8(at + 23);
  if (end > bytes.length || bodyAt > end) return undefined;
  const head = bytes.subarray(at, bodyAt);
  const body = bytes.subarray(bodyAt, end);
  if (checksum(head, body) !== head.readUInt32LE(4)) return undefined;
  const signal = SIGNALS[head.readUInt8(20)];
  const encoding = ENCODINGS[head.readUInt8(21)];
  const compression = COMPRESSIONS[head.readUInt8(22)];
  if (!signal || !encoding || !compression) return undefined;
  return {
    timeMs: head.readDoubleLE(8),
    tenant: head.toString('utf8', FIXED_BYTES),
    signal,
    encoding,
    compression,
    spans: head.readUInt32LE(16),
    body,
  };
}

function checksum(head: Buffer, body: Uint8Array): number {
  const length = crc32(head.subarray(0, 4));
  return crc32(body, crc32(head.subarray(PREFIX_BYTES), length));
}
