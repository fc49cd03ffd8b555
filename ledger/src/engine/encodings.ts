import { constants, createBrotliCompress, createBrotliDecompress, createDeflate, createGunzip, createGzip, createInflate } from 'node:zlib';
import { createZstdCompress, createZstdDecompress } from 'node:zlib';
import type { Transform } from 'node:stream';

/** Content encodings by preference; levels are chosen for speed, the peer is on the same machine. */
const ENCODINGS: Readonly<Record<string, { readonly compress: () => Transform; readonly decompress: () => Transform }>> = {
  zstd: { compress: () => createZstdCompress(), decompress: () => createZstdDecompress() },
  br: {
    compress: () => createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 3 } }),
    decompress: () => createBrotliDecompress(),
  },
  gzip: { compress: () => createGzip({ level: 3 }), decompress: () => createGunzip() },
  deflate: { compress: () => createDeflate({ level: 3 }), decompress: () => createInflate() },
};

/** The decompressor for a Content-Encoding header; `undefined` for plain, `'unknown'` for one we do not have. */
export function decompressor(contentEncoding: string | undefined): Transform | 'unknown' | undefined {
  if (contentEncoding === undefined || contentEncoding === 'identity') return undefined;
  return ENCODINGS[contentEncoding.replace(/^x-/, '')]?.decompress() ?? 'unknown';
}

/** The encoding to answer in, from an Accept-Encoding header. */
export function chooseEncoding(acceptEncoding: string): string | undefined {
  const accepted = new Set(acceptEncoding.split(',').map((part) => part.trim().split(';')[0]));
  return Object.keys(ENCODINGS).find((name) => accepted.has(name));
}

export function compressor(encoding: string): Transform {
  const found = ENCODINGS[encoding];
  if (found === undefined) throw new TypeError(`no encoding ${encoding}`);
  return found.compress();
}
