import type { IncomingHttpHeaders } from 'node:http';
import { CollectorError } from '../errors.ts';
import { COMPRESSIONS, type Compression, type Encoding } from '../journal/record.ts';

export interface MediaType {
  readonly encoding: Encoding;
  readonly compression: Compression;
}

const ENCODING_OF: ReadonlyMap<string, Encoding> = new Map([
  ['application/x-protobuf', 'protobuf'],
  ['application/json', 'json'],
]);
const COMPRESSION_OF: ReadonlyMap<string, Compression> = new Map([
  ...COMPRESSIONS.map((name) => [name, name] as const),
  ['x-gzip', 'gzip'],
]);

/** The encoding a request's content type names, parameters aside. */
export function encodingOf(contentType: string | undefined): Encoding | undefined {
  if (contentType === undefined) return undefined;
  return ENCODING_OF.get(contentType) ?? ENCODING_OF.get(contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '');
}

/** @throws CollectorError `unsupported_content_type` or `unsupported_content_encoding` */
export function readMediaType(headers: IncomingHttpHeaders): MediaType {
  const encoding = encodingOf(headers['content-type']);
  if (!encoding) {
    const said = headers['content-type'] === undefined ? 'there is none' : `not ${JSON.stringify(headers['content-type'].slice(0, 100))}`;
    throw new CollectorError('unsupported_content_type', `the content type must be application/x-protobuf or application/json; ${said}`);
  }
  const named = headers['content-encoding']?.trim().toLowerCase() ?? '';
  const compression = COMPRESSION_OF.get(named === '' ? 'identity' : named);
  if (!compression) {
    const known = COMPRESSIONS.join(', ');
    throw new CollectorError('unsupported_content_encoding', `the content encoding must be one of ${known}, not ${named.slice(0, 100)}`);
  }
  return { encoding, compression };
}
