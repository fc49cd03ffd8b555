/** As much as a name of a model or a number takes. */
const BEHIND_BYTES = 200;
/** More than any answer has pictures or texts in it. */
const MAX_FOUND = 10_000;

/** Finds a mark in bytes that go by, wherever they are cut, and keeps the few that stand behind it. */
export class MarkScanner {
  readonly #mark: Buffer;
  readonly #found: string[] = [];
  /** From here on the next mark may begin, or what stands behind the last one is not all here yet. */
  #rest: Buffer = Buffer.alloc(0);

  constructor(mark: string) {
    this.#mark = Buffer.from(mark);
  }

  push(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const end = this.#scan(bytes, bytes.length - this.#mark.length - BEHIND_BYTES);
    // A copy: what is left of a chunk would hold all of it.
    this.#rest = Buffer.from(bytes.subarray(end));
  }

  /** What stands behind each mark so far. */
  found(): readonly string[] {
    this.#rest = this.#rest.subarray(this.#scan(this.#rest, this.#rest.length - this.#mark.length));
    return this.#found;
  }

  /** Takes the marks that begin up to a position; gives where to go on. */
  #scan(bytes: Buffer, last: number): number {
    let from = 0;
    for (let at = bytes.indexOf(this.#mark); at !== -1; at = bytes.indexOf(this.#mark, from)) {
      if (at > last) return at;
      from = at + this.#mark.length;
      if (this.#found.length < MAX_FOUND) this.#found.push(bytes.toString('utf8', from, from + BEHIND_BYTES));
    }
    return Math.max(from, bytes.length - this.#mark.length + 1);
  }
}
