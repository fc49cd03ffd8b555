const PRELUDE_BYTES = 12;
const CHECKSUM_BYTES = 4;
const MAX_FRAME_BYTES = 1024 * 1024;

/** Headers that name what went wrong; a modelled exception, or any other error. */
const WRONG = [':exception-type', ':error-code'];

/**
 * Splits `application/vnd.amazon.eventstream` into payloads. A frame is: total length, length of headers, checksum (4 bytes
 * each, big-endian), headers, payload, checksum. Frames above 1 MB are left out. Source: AWS Smithy specification, Amazon Event Stream.
 */
export class FrameSplitter {
  readonly #onPayload: (payload: string, wrong: string | undefined) => void;
  #rest: Buffer = Buffer.alloc(0);
  /** Bytes still to come of a frame that is left out. */
  #skipped = 0;

  constructor(onPayload: (payload: string, wrong: string | undefined) => void) {
    this.#onPayload = onPayload;
  }

  push(bytes: Buffer): void {
    const news = bytes.subarray(this.#skipped);
    this.#skipped -= bytes.length - news.length;
    let rest = Buffer.concat([this.#rest, news]);
    while (rest.length >= PRELUDE_BYTES) {
      const total = rest.readUInt32BE(0);
      const payloadAt = PRELUDE_BYTES + rest.readUInt32BE(4);
      if (total < PRELUDE_BYTES + CHECKSUM_BYTES) {
        rest = Buffer.alloc(0);
        break;
      }
      if (total > MAX_FRAME_BYTES) {
        this.#skipped = Math.max(0, total - rest.length);
        rest = rest.subarray(total);
        continue;
      }
      if (rest.length < total) break;
      this.#onPayload(rest.toString('utf8', payloadAt, total - CHECKSUM_BYTES), whatIsWrong(rest.subarray(PRELUDE_BYTES, payloadAt)));
      rest = rest.subarray(total);
    }
    this.#rest = rest;
  }

  end(): void {
    this.#rest = Buffer.alloc(0);
  }
}

/** A header is: length of its name (1 byte), name, kind of its value (1), length of the value (2), value. */
function whatIsWrong(headers: Buffer): string | undefined {
  for (const name of WRONG) {
    const at = headers.indexOf(name);
    const length = at === -1 ? -1 : at + name.length + 1;
    if (at !== -1 && length + 2 <= headers.length) {
      return headers.toString('utf8', length + 2, length + 2 + headers.readUInt16BE(length)) || undefined;
    }
  }
  return undefined;
}
