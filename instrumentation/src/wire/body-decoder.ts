import type { Transform } from 'node:stream';
import zlib from 'node:zlib';
import { guarded, report } from '../guard.ts';

/** A compressed body up to this size is inflated at once when it is complete; a larger one piece by piece, off the main thread. */
const AT_ONCE_BYTES = 256 * 1024;

interface Codec {
  readonly atOnce: (bytes: Buffer) => Buffer;
  readonly stream: () => Transform;
}

// A body that was cut off still tells what it held: flush what there is instead of failing at its end.
const GZIP = { finishFlush: zlib.constants.Z_SYNC_FLUSH, maxOutputLength: 64 * AT_ONCE_BYTES };
const BROTLI = { finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH, maxOutputLength: 64 * AT_ONCE_BYTES };
const ZSTD = { finishFlush: zlib.constants.ZSTD_e_flush, maxOutputLength: 64 * AT_ONCE_BYTES };

const gzip: Codec = { atOnce: (bytes) => zlib.gunzipSync(bytes, GZIP), stream: () => zlib.createGunzip(GZIP) };
const CODECS: Readonly<Record<string, Codec>> = {
  gzip,
  'x-gzip': gzip,
  deflate: { atOnce: (bytes) => zlib.inflateSync(bytes, GZIP), stream: () => zlib.createInflate(GZIP) },
  br: { atOnce: (bytes) => zlib.brotliDecompressSync(bytes, BROTLI), stream: () => zlib.createBrotliDecompress(BROTLI) },
  zstd: { atOnce: (bytes) => zlib.zstdDecompressSync(bytes, ZSTD), stream: () => zlib.createZstdDecompress(ZSTD) },
};

/** Undoes the content encoding of a body that goes by. `isIncremental` bodies (streams of events) are inflated as they come. */
export class BodyDecoder {
  readonly #codec: Codec | undefined;
  readonly #isIncremental: boolean;
  readonly #onBytes: (bytes: Buffer) => void;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #stream: Transform | undefined;

  constructor(encoding: string | undefined, isIncremental: boolean, onBytes: (bytes: Buffer) => void) {
    this.#codec = encoding && Object.hasOwn(CODECS, encoding) ? CODECS[encoding] : undefined;
    this.#isIncremental = isIncremental;
    this.#onBytes = onBytes;
  }

  push(chunk: Buffer): void {
    if (!this.#codec) return this.#onBytes(chunk);
    if (this.#stream) {
      this.#stream.write(chunk);
      return;
    }
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#isIncremental || this.#heldBytes > AT_ONCE_BYTES) this.#startStream(this.#codec);
  }

  /** Calls back when no more bytes will come by themselves; what is held for inflating at once waits for `flush`. */
  end(onEnd: () => void): void {
    if (!this.#stream) return onEnd();
    this.#stream.once('close', onEnd);
    this.#stream.end();
  }

  flush(): void {
    const held = this.#held;
    this.#held = [];
    if (!this.#codec || held.length === 0) return;
    const inflate = guarded((codec: Codec) => this.#onBytes(codec.atOnce(Buffer.concat(held))));
    inflate(this.#codec);
  }

  #startStream(codec: Codec): void {
    this.#stream = codec.stream();
    this.#stream.on('data', guarded(this.#onBytes));
    this.#stream.on('error', report);
    for (const piece of this.#held) this.#stream.write(piece);
    this.#held = [];
  }
}
