import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib';
import { CollectorError } from '../errors.ts';
import type { Compression } from '../journal/record.ts';

type Inflate = (body: Uint8Array, options: { maxOutputLength: number; chunkSize: number }) => Promise<Buffer>;

const INFLATE: Readonly<Record<Exclude<Compression, 'identity'>, Inflate>> = {
  gzip: promisify<Uint8Array, { maxOutputLength: number }, Buffer>(gunzip),
  deflate: promisify<Uint8Array, { maxOutputLength: number }, Buffer>(inflate),
  zstd: promisify<Uint8Array, { maxOutputLength: number }, Buffer>(zstdDecompress),
  br: promisify<Uint8Array, { maxOutputLength: number }, Buffer>(brotliDecompress),
};
const CHUNK_BYTES = 128 * 1024;

/**
 * The plain body of at most `limit` bytes; an uncompressed one is returned as it is.
 * @throws CollectorError `body_too_large` or `undecompressable_body`
 */
export async function decompress(body: Buffer, compression: Compression, limit: number): Promise<Buffer> {
  if (compression === 'identity' || body.length === 0) return body;
  try {
    return await INFLATE[compression](body, { maxOutputLength: limit, chunkSize: CHUNK_BYTES });
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE') {
      throw new CollectorError('body_too_large', `the body is larger than ${limit} bytes when decompressed`, { cause });
    }
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CollectorError('undecompressable_body', `the body is not what its content encoding ${compression} says: ${reason}`, {
      cause,
    });
  }
}
