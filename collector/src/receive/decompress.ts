import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { CollectorError } from '../errors.ts';
import type { Compression } from '../journal/record.ts';

interface Bounds {
  readonly maxOutputLength: number;
  readonly chunkSize: number;
}
interface Decompressor {
  /** In a thread of its own. */
  readonly aside: (body: Uint8Array, bounds: Bounds) => Promise<Buffer>;
  readonly now: (body: Uint8Array, bounds: Bounds) => Buffer;
}

const DECOMPRESSORS: Readonly<Record<Exclude<Compression, 'identity'>, Decompressor>> = {
  gzip: { aside: promisify<Uint8Array, Bounds, Buffer>(zlib.gunzip), now: zlib.gunzipSync },
  deflate: { aside: promisify<Uint8Array, Bounds, Buffer>(zlib.inflate), now: zlib.inflateSync },
  zstd: { aside: promisify<Uint8Array, Bounds, Buffer>(zlib.zstdDecompress), now: zlib.zstdDecompressSync },
  br: { aside: promisify<Uint8Array, Bounds, Buffer>(zlib.brotliDecompress), now: zlib.brotliDecompressSync },
};
const CHUNK_BYTES = 128 * 1024;
/** What is short, and becomes no longer than this, takes a millisecond at most: less than it takes to have another thread do it. */
const SHORT_BYTES = 64 * 1024;
const SHORT_PLAIN_BYTES = 1024 * 1024;

/**
 * The plain body of at most `limit` bytes; an uncompressed one is returned as it is.
 * @throws CollectorError `body_too_large` or `undecompressable_body`
 */
export async function decompress(body: Buffer, compression: Compression, limit: number): Promise<Buffer> {
  if (compression === 'identity' || body.length === 0) return body;
  const { aside, now } = DECOMPRESSORS[compression];
  try {
    const isShort = body.length <= SHORT_BYTES;
    const plain =
      isShort && unlessTooLarge(() => now(body, { maxOutputLength: Math.min(limit, SHORT_PLAIN_BYTES), chunkSize: CHUNK_BYTES }));
    return plain || (await aside(body, { maxOutputLength: limit, chunkSize: CHUNK_BYTES }));
  } catch (cause) {
    if (isTooLarge(cause))
      throw new CollectorError('body_too_large', `the body is larger than ${limit} bytes when decompressed`, { cause });
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CollectorError('undecompressable_body', `the body is not what its content encoding ${compression} says: ${reason}`, {
      cause,
    });
  }
}

function unlessTooLarge(work: () => Buffer): Buffer | undefined {
  try {
    return work();
  } catch (error) {
    if (isTooLarge(error)) return undefined;
    throw error;
  }
}

const isTooLarge = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
