import { StringDecoder } from 'node:string_decoder';

const LINE_CHARS = 1024 * 1024;
const EDGE_CHARS = 64 * 1024;
const BYTE_ORDER_MARK = '\uFEFF';

/**
 * Splits text that arrives in chunks into lines, which end in LF, CR LF or CR. Of a line longer than 1 MB, as an event with a picture
 * in it, the first and the last 64 KB stay: there providers state identity and usage.
 */
export class LineSplitter {
  readonly #onLine: (line: string) => unknown;
  readonly #decoder = new StringDecoder();
  #rest = '';
  #isFirst = true;
  #isInLineEnd = false;

  constructor(onLine: (line: string) => unknown) {
    this.#onLine = onLine;
  }

  push(bytes: Buffer): void {
    const text = this.#withoutReturns(this.#decoder.write(bytes));
    let start = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      const piece = text.slice(start, end);
      this.#emit(this.#rest === '' ? piece : this.#rest + piece);
      this.#rest = '';
      start = end + 1;
    }
    if (start < text.length) this.#rest += text.slice(start);
    if (this.#rest.length > LINE_CHARS) this.#rest = this.#rest.slice(0, EDGE_CHARS) + this.#rest.slice(-EDGE_CHARS);
  }

  end(): void {
    if (this.#rest !== '') this.#emit(this.#rest);
    this.#rest = '';
  }

  #withoutReturns(text: string): string {
    // The second half of a line end that the socket cut in two.
    const news = this.#isInLineEnd && text.startsWith('\n') ? text.slice(1) : text;
    if (text !== '') this.#isInLineEnd = text.endsWith('\r');
    return news.includes('\r') ? news.replaceAll(/\r\n?/g, '\n') : news;
  }

  #emit(line: string): void {
    this.#onLine(this.#isFirst && line.startsWith(BYTE_ORDER_MARK) ? line.slice(1) : line);
    this.#isFirst = false;
  }
}
