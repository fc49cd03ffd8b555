const PRELUDE_BYTES = 12;
const CHECKSUM_BYTES = 4;
const MAX_FRAME_BYTES = 1024 * 1024;

/**
 * Splits `application/vnd.amazon.eventstream` into payloads. A frame is: total length, length of headers, checksum (4 bytes
 * each, big-endian), headers, payload, checksum. Frames above 1 MB are left out. Source: AWS Smithy specification, Amazon Event Stream.
 */
export class FrameSplitter {
  readonly #onPayload: (payload: string) => void;
  #rest: Buffer = Buffer.alloc(0);
  /** Bytes still to come of a frame that is left out. */
  #skipped = 0;

  constructor(onPayload: (payload: string) => void) {
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
      this.#onPayload(rest.toString('utf8', payloadAt, total - CHECKSUM_BYTES));
      rest = rest.subarray(total);
    }
    this.#rest = rest;
  }

  end(): void {
    this.#rest = Buffer.alloc(0);
  }
}
