import type { FileHandle } from 'node:fs/promises';
import type { Tag } from './record.ts';
import {
  encodeSegmentHead,
  openSegmentFile,
  SEGMENT_HEAD_BYTES,
  type SegmentFileOptions,
  type SegmentIdentity,
  segmentPath,
  tagOf,
} from './segment.ts';
import { syncDirectory } from './sync-directory.ts';

/** The file of a segment that is filled. */
export class SegmentWriter {
  readonly identity: SegmentIdentity;
  readonly path: string;
  /** Of its records. */
  readonly tag: Tag;
  readonly #file: FileHandle;
  #bytes = SEGMENT_HEAD_BYTES;
  #end = SEGMENT_HEAD_BYTES;
  /** The last write that was begun. */
  #last: Promise<void> = Promise.resolve();

  private constructor(identity: SegmentIdentity, path: string, tag: Tag, file: FileHandle) {
    this.identity = identity;
    this.path = path;
    this.tag = tag;
    this.#file = file;
  }

  static async create(directory: string, identity: SegmentIdentity, how: SegmentFileOptions): Promise<SegmentWriter> {
    const path = segmentPath(directory, identity.number);
    const head = encodeSegmentHead(identity);
    const file = await openSegmentFile(path, head, how);
    const writer = new SegmentWriter(identity, path, tagOf(head), file);
    try {
      await syncDirectory(directory);
      return writer;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Known to be written whole, without a gap; a failed write never moves it. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Where the next write begins. */
  get end(): number {
    return this.#end;
  }

  /**
   * Writes whole records behind the last. Several writes may be under way; each resolves when it and all before it are written, for a reader
   * stops at the first gap.
   * @throws also what one before it threw
   */
  append(pieces: readonly Uint8Array[]): Promise<void> {
    const at = this.#end;
    const end = pieces.reduce((sum, { length }) => sum + length, at);
    this.#end = end;
    const inTurn = Promise.allSettled([this.#last, this.#write(pieces, at)]).then((results) => {
      for (const result of results) if (result.status === 'rejected') throw result.reason;
      this.#bytes = end;
    });
    this.#last = inTurn;
    return inTurn;
  }

  /** Waits for what is under way. What may stand behind the last good record after a failed write is cut off, as far as the disk lets us. */
  async close(): Promise<void> {
    try {
      await this.#last.catch(() => this.#file.truncate(this.#bytes));
    } finally {
      await this.#file.close();
    }
  }

  /** A short write is rare (a disk about to be full): it goes on with what is left, so that the cause is thrown. */
  async #write(pieces: readonly Uint8Array[], at: number): Promise<void> {
    for (let left = pieces; left.length > 0;) {
      const { bytesWritten } = await this.#file.writev(left, at);
      at += bytesWritten;
      left = behind(left, bytesWritten);
    }
  }
}

/** What is left of pieces when so many bytes of them are written. */
function behind(pieces: readonly Uint8Array[], written: number): readonly Uint8Array[] {
  let end = 0;
  const cut = pieces.findIndex(({ length }) => (end += length) > written);
  const piece = pieces[cut];
  return piece ? [piece.subarray(piece.length - (end - written)), ...pieces.slice(cut + 1)] : [];
}
