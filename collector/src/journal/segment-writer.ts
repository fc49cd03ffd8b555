import type { FileHandle } from 'node:fs/promises';
import { createSegmentFile, SEGMENT_HEAD_BYTES, type SegmentIdentity, segmentPath } from './segment.ts';
import { syncDirectory } from './sync-directory.ts';

/** The segment being filled. `bytes` counts what is known to be written whole; a failed write never moves it. */
export class SegmentWriter {
  readonly identity: SegmentIdentity;
  readonly path: string;
  readonly #file: FileHandle;
  #bytes = SEGMENT_HEAD_BYTES;

  private constructor(identity: SegmentIdentity, path: string, file: FileHandle) {
    this.identity = identity;
    this.path = path;
    this.#file = file;
  }

  /** With `sync` every write is on disk when it resolves. */
  static async create(directory: string, identity: SegmentIdentity, sync: boolean): Promise<SegmentWriter> {
    const path = segmentPath(directory, identity.number);
    const file = await createSegmentFile(path, identity, sync);
    const writer = new SegmentWriter(identity, path, file);
    try {
      await syncDirectory(directory);
      return writer;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Writes whole records behind the last. */
  async append(records: Buffer): Promise<void> {
    // A short write is rare (a disk about to be full): it goes on with what is left, so that the cause is thrown.
    for (let written = 0; written < records.length;) {
      const { bytesWritten } = await this.#file.write(records, written, records.length - written, this.#bytes + written);
      written += bytesWritten;
    }
    this.#bytes += records.length;
  }

  /** After a failed write: what may stand behind the last good record is cut off, as far as the disk lets us. */
  async truncate(): Promise<void> {
    await this.#file.truncate(this.#bytes);
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
