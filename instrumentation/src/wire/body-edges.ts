import { MarkScanner } from './mark-scanner.ts';

const WHOLE_BYTES = 256 * 1024;
const EDGE_BYTES = 64 * 1024;

/**
 * Keeps a body that goes by: whole up to 256 KB, beyond that its first and its last 64 KB. Providers state identity first and
 * usage last, so the edges of an 8 MB list of embeddings tell as much as the whole, at a hundredth of the work.
 */
export class BodyEdges {
  readonly #head: Buffer[] = [];
  #headBytes = 0;
  #tail: Buffer[] = [];
  #tailBytes = 0;
  #total = 0;
  readonly #scanners: readonly MarkScanner[];

  /** `marks`: looked for in the whole of the body, also where it is not kept. */
  constructor(marks: readonly string[] = []) {
    this.#scanners = marks.map((mark) => new MarkScanner(mark));
  }

  push(chunk: Buffer): void {
    this.#total += chunk.length;
    for (const scanner of this.#scanners) scanner.push(chunk);
    if (this.#headBytes < EDGE_BYTES) {
      this.#head.push(chunk);
      this.#headBytes += chunk.length;
      return;
    }
    this.#tail.push(chunk);
    this.#tailBytes += chunk.length;
    if (this.#total > WHOLE_BYTES) this.#trim();
  }

  /** What stands behind each occurrence of each mark, a few bytes of it. */
  behindMarks(): readonly (readonly string[])[] {
    return this.#scanners.map((scanner) => scanner.found());
  }

  get totalBytes(): number {
    return this.#total;
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
