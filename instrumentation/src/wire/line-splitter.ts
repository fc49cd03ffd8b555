import { StringDecoder } from 'node:string_decoder';

const LINE_CHARS = 1024 * 1024;

/** Splits text that arrives in chunks into lines. A line that never ends is dropped at 1 MB. */
export class LineSplitter {
  readonly #onLine: (line: string) => unknown;
  readonly #decoder = new StringDecoder();
  #rest = '';

  constructor(onLine: (line: string) => unknown) {
    this.#onLine = onLine;
  }

  push(bytes: Buffer): void {
    const text = this.#decoder.write(bytes);
    let start = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      const piece = text.slice(start, end);
      this.#emit(this.#rest === '' ? piece : this.#rest + piece);
      this.#rest = '';
      start = end + 1;
    }
    if (start < text.length) this.#rest += text.slice(start);
    if (this.#rest.length > LINE_CHARS) this.#rest = '';
  }

  end(): void {
    if (this.#rest !== '') this.#emit(this.#rest);
    this.#rest = '';
  }

  #emit(line: string): void {
    this.#onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
  }
}
