import { rm, statfs } from 'node:fs/promises';
import { SegmentWriter } from './segment-writer.ts';

export interface SegmentMakerOptions {
  readonly directory: string;
  readonly node: string;
  /** Of the first segment. */
  readonly number: number;
  /** A write returns when it is on disk. */
  readonly sync: boolean;
  readonly freeDiskBytes: number;
}

/** So many files wait to be used again. */
const MOST_SPARE = 2;

/**
 * Makes one segment after another, the next of them ahead: to create a file and to sync its folder takes longer than a commit. Of files of stored segments, if
 * there are any: to write over blocks that are there takes half of what it takes a file to grow.
 */
export class SegmentMaker {
  readonly #options: SegmentMakerOptions;
  #number: number;
  #ahead: Promise<SegmentWriter | undefined> | undefined;
  /** Files to be used again. */
  #spare: readonly string[] = [];
  #isEnded = false;

  constructor(options: SegmentMakerOptions) {
    this.#options = options;
    this.#number = options.number;
  }

  /** @throws what creating a file throws, or when the disk has too little room */
  async make(): Promise<SegmentWriter> {
    const { freeDiskBytes } = this.#options;
    if ((await this.#freeBytes()) < freeDiskBytes) await this.#removeSpare();
    const free = await this.#freeBytes();
    if (free < freeDiskBytes) throw new Error(`the disk has only ${free} bytes left, less than freeDiskBytes`);
    const made = await this.#ahead;
    this.#ahead = undefined;
    return made ?? this.#create();
  }

  /** Should it fail, it is tried again when a segment is needed, and said then. */
  makeAhead(): void {
    this.#ahead ??= this.#create().catch(() => undefined);
  }

  /** False: enough of them wait. */
  reuse(path: string): boolean {
    if (this.#isEnded || this.#spare.length >= MOST_SPARE) return false;
    this.#spare = [...this.#spare, path];
    return true;
  }

  /** Removes what nobody needs any more. */
  async end(): Promise<void> {
    this.#isEnded = true;
    await this.#removeSpare();
    const made = await this.#ahead;
    this.#ahead = undefined;
    await made?.close();
    if (made) await rm(made.path);
  }

  #create(): Promise<SegmentWriter> {
    const { directory, node, sync } = this.#options;
    const [spare, ...others] = this.#spare;
    this.#spare = others;
    return SegmentWriter.create(directory, { node, number: this.#number++ }, { sync, spare });
  }

  async #removeSpare(): Promise<void> {
    const paths = this.#spare;
    this.#spare = [];
    for (const path of paths) await rm(path, { force: true });
  }

  async #freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.#options.directory);
    return bavail * bsize;
  }
}
