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
  readonly #mark: Buffer;
  #sinceMark: Buffer = Buffer.alloc(0);
  #marks = 0;

  /** `mark`: bytes that are counted in the whole of the body, also where it is not kept. */
  constructor(mark = '') {
    this.#mark = Buffer.from(mark);
  }

  push(chunk: Buffer): void {
    this.#total += chunk.length;
    if (this.#mark.length > 0) this.#count(chunk);
    if (this.#headBytes < EDGE_BYTES) {
      this.#head.push(chunk);
      this.#headBytes += chunk.length;
      return;
    }
    this.#tail.push(chunk);
    this.#tailBytes += chunk.length;
    if (this.#total > WHOLE_BYTES) this.#trim();
  }

  get marks(): number {
    return this.#marks;
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

  #count(chunk: Buffer): void {
    const bytes = Buffer.concat([this.#sinceMark, chunk]);
    let end = 0;
    for (let at = bytes.indexOf(this.#mark); at !== -1; at = bytes.indexOf(this.#mark, end)) {
      this.#marks++;
      end = at + this.#mark.length;
    }
    this.#sinceMark = bytes.subarray(Math.max(end, bytes.length - this.#mark.length + 1));
  }

  #trim(): void {
    while (this.#tail[0] && this.#tailBytes - this.#tail[0].length >= EDGE_BYTES) {
      this.#tailBytes -= this.#tail[0].length;
      this.#tail.shift();
    }
  }
}
