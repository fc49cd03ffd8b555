import { MarkScanner } from './mark-scanner.ts';

const WHOLE_BYTES = 256 * 1024;
const EDGE_BYTES = 64 * 1024;

/**
 * Keeps a body that goes by: whole up to 256 KB, unless told otherwise, beyond that its first and its last 64 KB. Providers state identity
 * first and usage last, so the edges of an 8 MB list of embeddings tell as much as the whole, at a hundredth of the work.
 */
export class BodyEdges {
  readonly #head: Buffer[] = [];
  #headBytes = 0;
  #tail: Buffer[] = [];
  #tailBytes = 0;
  #total = 0;
  readonly #scanners: readonly MarkScanner[];
  readonly #wholeBytes: number;

  /** `marks`: looked for in the whole of the body, also where it is not kept. */
  constructor(marks: readonly string[] = [], wholeBytes = WHOLE_BYTES) {
    this.#scanners = marks.map((mark) => new MarkScanner(mark));
    this.#wholeBytes = wholeBytes;
  }

  /** Keeps copies: the memory of a chunk is somebody else's. */
  push(chunk: Buffer): void {
    for (const scanner of this.#scanners) scanner.push(chunk);
    if (chunk.length <= this.#wholeBytes) return this.#keep(Buffer.from(chunk));
    this.#keep(Buffer.from(chunk.subarray(0, EDGE_BYTES)));
    this.#total += chunk.length - 2 * EDGE_BYTES;
    this.#keep(Buffer.from(chunk.subarray(-EDGE_BYTES)));
  }

  #keep(chunk: Buffer): void {
    this.#total += chunk.length;
    if (this.#headBytes < EDGE_BYTES) {
      this.#head.push(chunk);
      this.#headBytes += chunk.length;
      return;
    }
    this.#tail.push(chunk);
    this.#tailBytes += chunk.length;
    if (this.#total > this.#wholeBytes) this.#trim();
  }

  /** What stands behind each occurrence of each mark, a few bytes of it. */
  behindMarks(): readonly (readonly string[])[] {
    return this.#scanners.map((scanner) => scanner.found());
  }

  get isWhole(): boolean {
    return this.#total === this.#headBytes + this.#tailBytes;
  }

  bytes(): Buffer {
    return this.#head.length === 1 && this.#tail.length === 0 && this.#head[0]
      ? this.#head[0]
      : Buffer.concat([...this.#head, ...this.#tail]);
  }

  #trim(): void {
    while (this.#tail[0] && this.#tailBytes - this.#tail[0].length >= EDGE_BYTES) {
      this.#tailBytes -= this.#tail[0].length;
      this.#tail.shift();
    }
  }
}
