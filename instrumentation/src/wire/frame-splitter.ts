const PRELUDE_BYTES = 12;
const CHECKSUM_BYTES = 4;
const MAX_FRAME_BYTES = 1024 * 1024;

/**
 * Splits `application/vnd.amazon.eventstream` into payloads. A frame is: total length, length of headers, checksum (4 bytes
 * each, big-endian), headers, payload, checksum. Source: AWS Smithy specification, Amazon Event Stream.
 */
export class FrameSplitter {
  readonly #onPayload: (payload: string) => void;
  #rest: Buffer = Buffer.alloc(0);

  constructor(onPayload: (payload: string) => void) {
    this.#onPayload = onPayload;
  }

  push(bytes: Buffer): void {
    let rest = Buffer.concat([this.#rest, bytes]);
    while (rest.length >= PRELUDE_BYTES) {
      const total = rest.readUInt32BE(0);
      const payloadAt = PRELUDE_BYTES + rest.readUInt32BE(4);
      if (total < PRELUDE_BYTES + CHECKSUM_BYTES || total > MAX_FRAME_BYTES) {
        rest = Buffer.alloc(0);
        break;
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
