import { LineSplitter } from './line-splitter.ts';

/**
 * Splits `text/event-stream` into the data of its events. An event may say its data in several lines and ends at an empty one (HTML
 * standard, server-sent events), but some servers leave that out: a line that starts JSON anew after a finished one is another event.
 */
export class EventSplitter {
  readonly #onData: (data: string) => void;
  readonly #lines = new LineSplitter((line) => this.#readLine(line));
  #data: string | undefined;

  constructor(onData: (data: string) => void) {
    this.#onData = onData;
  }

  push(bytes: Buffer): void {
    this.#lines.push(bytes);
  }

  end(): void {
    this.#lines.end();
    this.#tell();
  }

  #readLine(line: string): void {
    if (line === '') return this.#tell();
    if (!line.startsWith('data:')) return;
    const data = line.slice(5).trim();
    if (this.#data !== undefined && this.#data.endsWith('}') && /^[{[]/.test(data)) this.#tell();
    this.#data = this.#data === undefined ? data : `${this.#data}\n${data}`;
  }

  #tell(): void {
    const data = this.#data;
    this.#data = undefined;
    if (data !== undefined) this.#onData(data);
  }
}
