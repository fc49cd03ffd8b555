import { close, open, read, readSync } from 'node:fs';
import { promisify } from 'node:util';

const openLater = promisify(open);
const readLater = promisify(read);

/** How many of a path are held, and who is to be told when none is any more. */
const held = new Map<string, { files: number; onFree: () => void }>();

/** Calls when nobody holds the file at this path: at once, or when the last lets go of it. */
export function whenFree(path: string, onFree: () => void): void {
  const holding = held.get(path);
  if (holding) holding.onFree = onFree;
  else onFree();
}

/** The file of a closed segment. It can be read while somebody holds it, also when it was removed since. */
export class SegmentFile {
  readonly bytes: number;
  readonly #path: string;
  readonly #descriptor: number;
  #holders = 1;

  private constructor(path: string, bytes: number, descriptor: number) {
    this.bytes = bytes;
    this.#path = path;
    this.#descriptor = descriptor;
    const holding = held.get(path);
    if (holding) holding.files += 1;
    else held.set(path, { files: 1, onFree: () => undefined });
  }

  /** Held by the caller. */
  static async open({ path, bytes }: { readonly path: string; readonly bytes: number }): Promise<SegmentFile> {
    return new SegmentFile(path, bytes, await openLater(path, 'r'));
  }

  hold(): void {
    this.#holders += 1;
  }

  release(): void {
    this.#holders -= 1;
    if (this.#holders > 0) return;
    close(this.#descriptor, () => undefined);
    const holding = held.get(this.#path);
    if (!holding || --holding.files > 0) return;
    held.delete(this.#path);
    holding.onFree();
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
