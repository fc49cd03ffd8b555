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

/** Makes one segment after another, the next of them ahead: to create a file and to sync its folder takes longer than a commit. */
export class SegmentMaker {
  readonly #options: SegmentMakerOptions;
  #number: number;
  #ahead: Promise<SegmentWriter | undefined> | undefined;

  constructor(options: SegmentMakerOptions) {
    this.#options = options;
    this.#number = options.number;
  }

  /** @throws what creating a file throws, or when the disk has too little room */
  async make(): Promise<SegmentWriter> {
    const { directory, freeDiskBytes } = this.#options;
    const { bavail, bsize } = await statfs(directory);
    if (bavail * bsize < freeDiskBytes) throw new Error(`the disk has only ${bavail * bsize} bytes left, less than freeDiskBytes`);
    const made = await this.#ahead;
    this.#ahead = undefined;
    return made ?? this.#create();
  }

  /** Should it fail, it is tried again when a segment is needed, and said then. */
  makeAhead(): void {
    this.#ahead ??= this.#create().catch(() => undefined);
  }

  /** Removes what nobody needs any more. */
  async end(): Promise<void> {
    const made = await this.#ahead;
    this.#ahead = undefined;
    await made?.close();
    if (made) await rm(made.path);
  }

  #create(): Promise<SegmentWriter> {
    const { directory, node, sync } = this.#options;
    return SegmentWriter.create(directory, { node, number: this.#number++ }, sync);
  }
}
