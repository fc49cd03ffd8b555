import type { Transform } from 'node:stream';
import { guarded, report } from '../guard.ts';

/** Compressed bytes up to so many wait until somebody needs what is in them; more are inflated as they come, off the main thread. */
const AT_ONCE_BYTES = 256 * 1024;
/** Of a stream of events: every event is some 50 bytes, and the whole inflates within a millisecond or two. */
const EVENTS_AT_ONCE_BYTES = 64 * 1024;
/** So much is kept of what is being inflated elsewhere, to be inflated here if it is needed before that is done. */
const KEPT_BYTES = 4 * 1024 * 1024;
const MAX_INFLATED_BYTES = 16 * 1024 * 1024;

interface Codec {
  readonly atOnce: (bytes: Buffer) => Buffer;
  /** The first bytes tell which of two formats it is. */
  readonly stream: (first: Buffer) => Transform;
}

/** Loaded with the first compressed answer: an app that gets none does not pay for it. */
let known: Readonly<Record<string, Codec>> | undefined;

function codecs(): Readonly<Record<string, Codec>> {
  if (known) return known;
  const zlib = process.getBuiltinModule('node:zlib');
  const maxOutputLength = MAX_INFLATED_BYTES;
  // A body that was cut off still tells what it held: flush what there is instead of failing at its end.
  const forGzip = { finishFlush: zlib.constants.Z_SYNC_FLUSH, maxOutputLength };
  const forBrotli = { finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH, maxOutputLength };
  const forZstd = { finishFlush: zlib.constants.ZSTD_e_flush, maxOutputLength };
  const gzip: Codec = { atOnce: (bytes) => zlib.gunzipSync(bytes, forGzip), stream: () => zlib.createGunzip(forGzip) };
  known = {
    gzip,
    'x-gzip': gzip,
    deflate: {
      atOnce: (bytes) => (hasZlibHead(bytes) ? zlib.inflateSync(bytes, forGzip) : zlib.inflateRawSync(bytes, forGzip)),
      stream: (first) => (hasZlibHead(first) ? zlib.createInflate(forGzip) : zlib.createInflateRaw(forGzip)),
    },
    br: { atOnce: (bytes) => zlib.brotliDecompressSync(bytes, forBrotli), stream: () => zlib.createBrotliDecompress(forBrotli) },
    zstd: { atOnce: (bytes) => zlib.zstdDecompressSync(bytes, forZstd), stream: () => zlib.createZstdDecompress(forZstd) },
  };
  return known;
}

/** Some servers send what `deflate` is called after without the head that it has on the web (RFC 9110, 8.4.1.2). */
function hasZlibHead(bytes: Buffer): boolean {
  return ((bytes[0] ?? 0) & 0x0f) === 8;
}

/**
 * Undoes the content encoding of a body that goes by. Inflating is put off: the app inflates the same bytes and shall not wait for
 * us. Whoever needs to know what was in them calls `flush`, and has every byte that passed so far.
 */
export class BodyDecoder {
  readonly #codec: Codec | undefined;
  readonly #atOnceBytes: number;
  readonly #onBytes: (bytes: Buffer) => void;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #flushedBytes = 0;
  #toldBytes = 0;
  #stream: Transform | undefined;
  #streamedBytes = 0;

  constructor(encoding: string | undefined, isOfEvents: boolean, onBytes: (bytes: Buffer) => void) {
    const name = encoding?.trim().toLowerCase();
    this.#codec = name && Object.hasOwn(codecs(), name) ? codecs()[name] : undefined;
    this.#atOnceBytes = isOfEvents ? EVENTS_AT_ONCE_BYTES : AT_ONCE_BYTES;
    this.#onBytes = onBytes;
  }

  get inflates(): boolean {
    return this.#codec !== undefined;
  }

  push(chunk: Buffer): void {
    if (!this.#codec) return this.#onBytes(chunk);
    this.#heldBytes += chunk.length;
    if (this.#heldBytes <= KEPT_BYTES) this.#held.push(chunk);
    else this.#held = [];
    if (this.#stream) this.#stream.write(chunk);
    else if (this.#heldBytes > this.#atOnceBytes) this.#startStream(this.#codec);
  }

  /** Calls back when no more bytes will come by themselves; those held for `flush` do not. */
  end(onEnd: () => void): void {
    if (!this.#stream || this.#stream.closed) return onEnd();
    this.#stream.once('close', onEnd);
    this.#stream.end();
  }

  /** Tells everything that has passed and was not told yet, now. */
  flush(): void {
    if (!this.#codec || this.#held.length === 0 || this.#heldBytes === this.#flushedBytes) return;
    if (this.#stream?.closed) return;
    this.#flushedBytes = this.#heldBytes;
    const inflate = guarded((codec: Codec) => this.#tell(codec.atOnce(Buffer.concat(this.#held)), 0));
    inflate(this.#codec);
  }

  /** Bytes that start at a position of the inflated body; what was told of them before is left out. */
  #tell(bytes: Buffer, position: number): void {
    const end = position + bytes.length;
    if (end <= this.#toldBytes) return;
    const news = bytes.subarray(Math.max(0, this.#toldBytes - position));
    this.#toldBytes = end;
    this.#onBytes(news);
  }

  #startStream(codec: Codec): void {
    this.#stream = codec.stream(this.#held[0] ?? Buffer.alloc(0));
    this.#stream.on(
      'data',
      guarded((bytes: Buffer) => {
        const position = this.#streamedBytes;
        this.#streamedBytes += bytes.length;
        this.#tell(bytes, position);
      }),
    );
    this.#stream.on('error', report);
    for (const piece of this.#held) this.#stream.write(piece);
  }
}
