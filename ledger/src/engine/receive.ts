import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ClickHouseError, refuse } from './clickhouse-error.ts';
import { decompressor } from './encodings.ts';
import { findInInbox } from './inbox.ts';
import type { SpooledData } from './spooled-data.ts';
import { firstKeyword, parseStatement, type Statement } from './statement.ts';

/** SQL is held in memory, data goes to disk. */
const MAX_SQL_BYTES = 2 ** 24;
const MAX_DATA_BYTES = 2 ** 31;

export interface Received {
  readonly statement: Statement;
  /** Of a `load`. */
  readonly data: SpooledData | undefined;
}

/**
 * Tells SQL from data in a request. As in ClickHouse the SQL is the `query` parameter followed by the body; the data of
 * an INSERT goes to a spool file, from where the engine reads it as data only. Fields of a form are added to `params`.
 */
export async function receive(request: IncomingMessage, params: URLSearchParams, spoolDir: string): Promise<Received> {
  const contentType = request.headers['content-type'] ?? '';
  if (contentType.startsWith('multipart/form-data')) {
    await readForm(request, contentType, params);
    return receiveText(asLatin1(params.get('query') ?? ''), request, spoolDir);
  }
  const inUrl = asLatin1(params.get('query') ?? '');
  if (firstKeyword(inUrl) === 'INSERT') {
    const statement = parseStatement(inUrl);
    if (statement.kind === 'load') {
      const head = inUrl.slice(statement.dataAt);
      return { statement, data: await readBody(request, MAX_DATA_BYTES, (body) => spool(spoolDir, head, body)) };
    }
  }
  const body = request.method === 'GET' ? '' : (await readSql(request)).toString('latin1');
  return receiveText(inUrl === '' ? body : `${inUrl}\n${body}`, request, spoolDir);
}

async function receiveText(text: string, { headers }: IncomingMessage, spoolDir: string): Promise<Received> {
  const statement = parseStatement(text);
  if (statement.kind !== 'load') return { statement, data: undefined };
  return { statement, data: (await findInInbox(headers)) ?? (await spool(spoolDir, text.slice(statement.dataAt), Readable.from([]))) };
}

async function readForm(request: IncomingMessage, contentType: string, params: URLSearchParams): Promise<void> {
  const body = await readSql(request);
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData().catch((cause: unknown) => {
    throw refuse('INCORRECT_DATA', `Cannot read the form: ${String(cause)}.`);
  });
  for (const [name, value] of form) {
    const text = typeof value === 'string' ? value : await value.text();
    if (name === 'query') params.set('query', (params.get('query') ?? '') + text);
    else params.append(name, text);
  }
}

function readSql(request: IncomingMessage): Promise<Buffer> {
  return readBody(request, MAX_SQL_BYTES, async (bytes) => {
    const chunks: Buffer[] = [];
    for await (const chunk of bytes) chunks.push(chunk);
    return Buffer.concat(chunks);
  });
}

/** Hands the decompressed body on; fails beyond `limit` bytes, so that a small body cannot become an endless one. */
async function readBody<T>(request: IncomingMessage, limit: number, consume: (bytes: AsyncIterable<Buffer>) => Promise<T>): Promise<T> {
  const inflate = decompressor(request.headers['content-encoding']);
  if (inflate === 'unknown') throw refuse('NOT_IMPLEMENTED', `Content-Encoding ${request.headers['content-encoding']} is not supported.`);
  const consumeLimited = (bytes: AsyncIterable<Buffer>) => consume(limited(bytes, limit));
  try {
    return await (inflate === undefined ? consumeLimited(request) : pipeline(request, inflate, consumeLimited));
  } catch (cause) {
    throw cause instanceof ClickHouseError ? cause : refuse('INCORRECT_DATA', `Cannot read the request body: ${String(cause)}.`);
  }
}

async function* limited(bytes: AsyncIterable<Buffer>, limit: number): AsyncGenerator<Buffer> {
  let seen = 0;
  for await (const chunk of bytes) {
    seen += chunk.length;
    if (seen > limit) throw refuse('QUERY_IS_TOO_LARGE', `The request body is larger than ${limit} bytes.`);
    yield chunk;
  }
}

/** Writes data to a file of the spool directory; nothing is left behind if it fails. */
async function spool(spoolDir: string, head: string, body: AsyncIterable<Buffer>): Promise<SpooledData> {
  const file = `data-${randomUUID()}`;
  const path = join(spoolDir, file);
  const remove = () => rm(path, { force: true });
  let bytes = 0;
  const chunks = async function* (): AsyncGenerator<Buffer> {
    const first = Buffer.from(head, 'latin1');
    if (first.length > 0) yield first;
    bytes = first.length;
    for await (const chunk of body) {
      bytes += chunk.length;
      yield chunk;
    }
  };
  try {
    await writeFile(path, chunks(), { mode: 0o600 });
    return { file, bytes, remove };
  } catch (cause) {
    await remove();
    throw cause;
  }
}

/** Bytes as characters, so that positions in the text are positions in the bytes. */
function asLatin1(text: string): string {
  return Buffer.from(text).toString('latin1');
}
