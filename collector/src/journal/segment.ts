import { constants, type FileHandle, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { endOfTagged, type JournalRecord, NO_TAG, piecesOf, readRecords, recordSize, TAG_BYTES, type Tag } from './record.ts';
import { type Filed, SegmentFile } from './segment-file.ts';

/**
 * A segment is a file of records that become one insert. Its head names who wrote it: `node` is drawn anew each time a journal
 * is opened, so node and number together are an insert token that is never used twice.
 *
 *     "TLJ2" · 8 bytes node · u64 number · u32 crc32 of the bytes before: the tag of its records
 *
 * A file is used again for segments of one node alone, and no two numbers of one node give the same checksum. Of "TLJ1" records have no tag.
 */
export interface SegmentIdentity {
  /** 16 hex digits. */
  readonly node: string;
  readonly number: number;
}

/** A closed segment that waits to be stored. */
export interface Segment extends SegmentIdentity {
  /** The insert token. */
  readonly token: string;
  readonly path: string;
  /** Of the file, up to the last good record. */
  readonly bytes: number;
  readonly spans: number;
  /** When its first record came, epoch milliseconds. */
  readonly sinceMs: number;
  /** Whether a former process may have ended while it wrote this segment to the ledger. */
  readonly interrupted: 'no' | 'just now' | 'long ago';
  /** A former process took its records, and may have read them otherwise. */
  readonly isRecovered: boolean;
}

const MAGIC = Buffer.from('TLJ2');
const FIRST_MAGIC = Buffer.from('TLJ1');
export const SEGMENT_HEAD_BYTES = 24;
const TAG_AT = SEGMENT_HEAD_BYTES - TAG_BYTES;
const NAME = /^(\d{12})\.segment$/;

export function segmentPath(directory: string, number: number): string {
  return join(directory, `${String(number).padStart(12, '0')}.segment`);
}

export function segmentNumber(fileName: string): number | undefined {
  const digits = NAME.exec(fileName)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

export function segmentToken({ node, number }: SegmentIdentity): string {
  return `${node}-${number}`;
}

export function encodeSegmentHead({ node, number }: SegmentIdentity): Buffer {
  const head = Buffer.alloc(SEGMENT_HEAD_BYTES);
  head.set(MAGIC, 0);
  head.write(node, 4, 'hex');
  head.writeBigUInt64LE(BigInt(number), 12);
  head.writeUInt32LE(crc32(head.subarray(0, TAG_AT)), TAG_AT);
  return head;
}

/** Of the records behind this head. */
export const tagOf = (head: Buffer): Tag => head.subarray(TAG_AT, SEGMENT_HEAD_BYTES);

export function encodeSegment(identity: SegmentIdentity, records: readonly JournalRecord[]): Buffer {
  const head = encodeSegmentHead(identity);
  return Buffer.concat([head, ...piecesOf(records, tagOf(head))]);
}

export interface SegmentFileOptions {
  /** A write returns when it is on disk, as if `fdatasync` followed it (`O_DSYNC`): one errand for a busy thread instead of two. */
  readonly sync: boolean;
  /** The file of a segment that is stored, to be used again. */
  readonly spare: string | undefined;
}

/** A file that must not exist yet, or a spare one, which takes its name when its head is written: behind it are records of other segments. */
export async function openSegmentFile(path: string, head: Buffer, { sync, spare }: SegmentFileOptions): Promise<FileHandle> {
  const fresh = spare === undefined ? constants.O_CREAT | constants.O_EXCL : 0;
  const file = await open(spare ?? path, fresh | constants.O_WRONLY | (sync ? constants.O_DSYNC : 0), 0o600);
  try {
    await file.write(head, 0, head.length, 0);
    if (spare !== undefined) await rename(spare, path);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

export interface SegmentContent {
  /** Absent when the head itself is damaged; nothing behind it is then trusted. */
  readonly identity: SegmentIdentity | undefined;
  readonly records: readonly JournalRecord[];
  /** Up to here the file is whole. */
  readonly end: number;
  /** What stands of the segment behind the last good record: a write that a crash cut, or damage. */
  readonly corrupt: Buffer;
}

/** Reads what is whole; never throws on what is not. */
export async function readSegmentFile(path: string): Promise<SegmentContent> {
  return decodeSegment(await readFile(path));
}

/** A record, and where its body lies: the file can be held. */
export interface FiledRecord extends JournalRecord {
  readonly filed: Filed;
}

/** The records of a closed segment, as many at a time as a window has room for. What it gave is gone when it is asked for more. */
export type ReadSegment = (segment: Pick<Segment, 'path' | 'bytes'>) => AsyncIterable<readonly FiledRecord[]>;

/** Some four thousand spans. */
const WINDOW_BYTES = 4 * 1024 * 1024;

/**
 * Reads one segment after another into the same memory, which does not grow with them: only a record longer than the window makes it larger. The
 * next window is read while one is used.
 */
export function createSegmentReader(windowBytes = WINDOW_BYTES): ReadSegment {
  const memories: [Buffer, Buffer] = [Buffer.alloc(0), Buffer.alloc(0)];
  return async function* ({ path, bytes }) {
    const file = await SegmentFile.open({ path, bytes });
    let which: 0 | 1 = 0;
    const read = async (at: number, room: number) => {
      if (memories[which].length < room) memories[which] = Buffer.allocUnsafeSlow(room);
      const wanted = memories[which].subarray(0, Math.min(room, bytes - at));
      which = which === 0 ? 1 : 0;
      return wanted.subarray(0, await file.read(wanted, at));
    };
    let reading: Promise<Buffer> | undefined;
    try {
      const head = Buffer.alloc(SEGMENT_HEAD_BYTES);
      await file.read(head, 0);
      const tag = readHead(head)?.tag;
      if (!tag) return;
      for (let at = SEGMENT_HEAD_BYTES, room = windowBytes; at < bytes;) {
        const window = await (reading ?? read(at, room));
        reading = undefined;
        const { records, end } = readRecords(window, 0, tag);
        if (end > 0) {
          const from = at - window.byteOffset;
          at += end;
          room = windowBytes;
          if (at < bytes) reading = unheard(read(at, room));
          yield records.map((record) => ({ ...record, filed: { file, at: from + record.body.byteOffset } }));
        } else {
          const size = recordSize(window, 0, tag);
          // Nothing behind a record that was damaged or cut is trusted.
          if (size <= room || size > bytes - at) return;
          room = size;
        }
      }
    } finally {
      // Whoever has enough leaves a window that nobody asks for.
      await Promise.allSettled([reading]);
      file.release();
    }
  };
}

/** Whoever awaits it later is told of its failure; until then it is not unhandled. */
function unheard<Result>(later: Promise<Result>): Promise<Result> {
  later.catch(() => undefined);
  return later;
}

export function decodeSegment(bytes: Buffer): SegmentContent {
  const head = readHead(bytes);
  if (!head) return { identity: undefined, records: [], end: 0, corrupt: bytes };
  const { records, end } = readRecords(bytes, SEGMENT_HEAD_BYTES, head.tag);
  return { identity: head.identity, records, end, corrupt: bytes.subarray(end, endOfTagged(bytes, end, head.tag)) };
}

function readHead(bytes: Buffer): { readonly identity: SegmentIdentity; readonly tag: Tag } | undefined {
  if (bytes.length < SEGMENT_HEAD_BYTES || crc32(bytes.subarray(0, TAG_AT)) !== bytes.readUInt32LE(TAG_AT)) return undefined;
  const magic = bytes.subarray(0, MAGIC.length);
  if (!magic.equals(MAGIC) && !magic.equals(FIRST_MAGIC)) return undefined;
  const identity = { node: bytes.toString('hex', 4, 12), number: Number(bytes.readBigUInt64LE(12)) };
  return { identity, tag: magic.equals(MAGIC) ? tagOf(bytes) : NO_TAG };
}
