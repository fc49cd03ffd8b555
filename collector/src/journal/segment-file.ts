import { close, open, read, readSync } from 'node:fs';
import { promisify } from 'node:util';

const openLater = promisify(open);
const readLater = promisify(read);

/** The file of a closed segment. It can be read while somebody holds it, also when it was removed since. */
export class SegmentFile {
  readonly bytes: number;
  readonly #descriptor: number;
  #holders = 1;

  private constructor(bytes: number, descriptor: number) {
    this.bytes = bytes;
    this.#descriptor = descriptor;
  }

  /** Held by the caller. */
  static async open({ path, bytes }: { readonly path: string; readonly bytes: number }): Promise<SegmentFile> {
    return new SegmentFile(bytes, await openLater(path, 'r'));
  }

  hold(): void {
    this.#holders += 1;
  }

  release(): void {
    this.#holders -= 1;
    if (this.#holders === 0) close(this.#descriptor, () => undefined);
  }

  /** Fills `into` from there on; returns how much of it, less only where the file ends. */
  async read(into: Buffer, at: number): Promise<number> {
    let end = 0;
    for (let last = -1; end < into.length && last !== 0; end += last)
      last = (await readLater(this.#descriptor, into, end, into.length - end, at + end)).bytesRead;
    return end;
  }

  /** The same at once, of what was read before and is mostly still in the page cache. What cannot be read is not there. */
  readAgain(into: Buffer, at: number): number {
    try {
      return readSync(this.#descriptor, into, 0, into.length, at);
    } catch {
      return 0;
    }
  }
}

/** Where something lies. */
export interface Filed {
  readonly file: SegmentFile;
  readonly at: number;
}
