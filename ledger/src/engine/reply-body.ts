import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import { compressor } from './encodings.ts';

/** The body of an answer: the response itself, or a compressor before it. */
export class ReplyBody {
  readonly #response: ServerResponse;
  readonly #out: Writable;
  readonly #compressed: Promise<void>;

  constructor(response: ServerResponse, encoding: string | undefined) {
    this.#response = response;
    const compress = encoding === undefined ? undefined : compressor(encoding);
    this.#out = compress ?? response;
    this.#compressed =
      compress === undefined ? Promise.resolve() : pipeline(compress, response, { end: false }).catch(() => void response.destroy());
  }

  /** Resolves when more can be written, or when the client is gone. */
  async write(chunk: Uint8Array, gone: AbortSignal): Promise<void> {
    if (this.#out.write(chunk) || gone.aborted) return;
    // The client's leaving is told by `gone`; what it does to the stream is of no interest.
    await once(this.#out, 'drain', { signal: gone }).catch(() => undefined);
  }

  async end(last?: string): Promise<void> {
    if (last !== undefined) this.#out.write(last);
    await this.#flush();
    this.#response.end();
  }

  /** Ends the connection but not the body, so that no client takes it for complete. */
  async breakOff(last: string): Promise<void> {
    this.#out.write(last);
    await this.#flush();
    // What is written in this turn of the event loop leaves the response at its end.
    await setImmediate();
    this.#response.socket?.end();
  }

  async #flush(): Promise<void> {
    if (this.#out !== this.#response) this.#out.end();
    await this.#compressed;
  }
}
