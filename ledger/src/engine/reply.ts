import { randomUUID } from 'node:crypto';
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { EngineResult } from './chdb.ts';
import { toClickHouseError, type ClickHouseError } from './clickhouse-error.ts';
import { contentType } from './formats.ts';
import { ReplyBody } from './reply-body.ts';
import type { Running } from './result-pipe.ts';

/** What every answer says about the engine. */
export interface About {
  readonly version: string;
  readonly timezone: string;
}

/** What an INSERT took in. */
export interface Written {
  readonly rows: number;
  readonly bytes: number;
}

export const NOTHING: Written = { rows: 0, bytes: 0 };

/** One answer in ClickHouse's manner: headers, summary, and errors before or after the first bytes. */
export class Reply {
  readonly #response: ServerResponse;
  readonly #queryId: string;
  readonly #encoding: string | undefined;
  readonly #about: About;
  readonly #startedAt = process.hrtime.bigint();

  constructor(response: ServerResponse, queryId: string, encoding: string | undefined, about: About) {
    this.#response = response;
    this.#queryId = queryId;
    this.#encoding = encoding;
    this.#about = about;
  }

  /** Answers a statement without a result stream; `writtenRows` is what it took in. */
  finish(result: EngineResult | undefined, written: Written): void {
    this.#writeHead(200, { 'content-type': contentType('TabSeparated'), 'x-clickhouse-summary': this.#summary(result, written) });
    this.#response.end(result?.bytes);
  }

  /** Answers a result that is there. */
  async whole(result: EngineResult, format: string, gone: AbortSignal): Promise<void> {
    if (gone.aborted) return;
    const body = this.#open(result, format, result.bytes.length);
    await body.write(result.bytes, gone);
    await body.end();
  }

  /**
   * Streams a result. Up to `holdBytes` are held back: what fits is answered with a correct status and summary; an
   * error later than that follows the data as an exception block (ClickHouse 25.11) and breaks the connection off.
   */
  async stream({ bytes, outcome }: Running, format: string, holdBytes: number, gone: AbortSignal): Promise<void> {
    const tag = randomUUID().replaceAll('-', '').slice(16);
    const held: Buffer[] = [];
    let heldBytes = 0;
    let body: ReplyBody | undefined;
    const open = async (result: EngineResult | undefined): Promise<ReplyBody> => {
      const opened = this.#open(result, format, result && heldBytes, { 'x-clickhouse-exception-tag': tag });
      for (const chunk of held) await opened.write(chunk, gone);
      held.length = 0;
      return opened;
    };

    // After `gone` the rest is read and dropped: an engine blocked in a full pipe would not notice that it was killed.
    for await (const chunk of bytes as AsyncIterable<Buffer>) {
      if (gone.aborted) continue;
      if (body !== undefined) await body.write(chunk, gone);
      else {
        held.push(chunk);
        heldBytes += chunk.length;
        if (heldBytes > holdBytes) body = await open(undefined);
      }
    }
    const ended = await outcome;
    if (gone.aborted) return;
    if ('result' in ended) return (body ?? (await open(ended.result))).end();
    if (body === undefined) throw toClickHouseError(ended.error);
    await body.breakOff(this.#exceptionBlock(toClickHouseError(ended.error), tag));
  }

  /** Answers an error, or breaks off what has begun. */
  async fail(thrown: unknown): Promise<void> {
    if (this.#response.headersSent || this.#response.destroyed) {
      this.#response.destroy();
      return;
    }
    const error = toClickHouseError(thrown);
    this.#writeHead(error.status, { 'content-type': contentType('TabSeparated'), 'x-clickhouse-exception-code': error.code });
    await new ReplyBody(this.#response, this.#encoding).end(this.#message(error));
  }

  /** The head of a result, of so many bytes if that is known. */
  #open(result: EngineResult | undefined, format: string, bytes: number | undefined, more?: OutgoingHttpHeaders): ReplyBody {
    const summary = this.#summary(result, NOTHING);
    const headers = { 'content-type': contentType(format), 'x-clickhouse-format': format, 'x-clickhouse-summary': summary };
    const length = bytes !== undefined && this.#encoding === undefined ? { 'content-length': bytes } : {};
    this.#writeHead(200, { ...headers, ...length, ...more });
    return new ReplyBody(this.#response, this.#encoding);
  }

  #exceptionBlock(error: ClickHouseError, tag: string): string {
    const message = this.#message(error);
    return `\r\n__exception__\r\n${tag}\r\n${message}${Buffer.byteLength(message)} ${tag}\r\n__exception__\r\n`;
  }

  #writeHead(status: number, headers: OutgoingHttpHeaders): void {
    this.#response.writeHead(status, {
      'x-clickhouse-query-id': this.#queryId,
      'x-clickhouse-timezone': this.#about.timezone,
      'x-clickhouse-server-display-name': 'tokenledger-engine',
      ...(this.#encoding === undefined ? {} : { 'content-encoding': this.#encoding }),
      ...headers,
    });
  }

  #message(error: ClickHouseError): string {
    return `${error.message} (version ${this.#about.version})\n`;
  }

  #summary(result: EngineResult | undefined, written: Written): string {
    const numbers = {
      read_rows: result?.rowsRead ?? 0,
      read_bytes: result?.bytesRead ?? 0,
      written_rows: written.rows,
      written_bytes: written.bytes,
      total_rows_to_read: 0,
      result_rows: written.rows,
      result_bytes: written.bytes,
      elapsed_ns: process.hrtime.bigint() - this.#startedAt,
    };
    return JSON.stringify(Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, String(value)])));
  }
}
