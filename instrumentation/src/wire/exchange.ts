import type { EndpointMatch } from '../endpoints.ts';
import { parseObject } from '../json.ts';
import type { ObservedCall } from '../observed-call.ts';
import { BodyDecoder } from './decode.ts';
import { BodyEdges } from './body.ts';
import { LineSplitter } from './lines.ts';
import { skimJson } from './skim.ts';

export interface ServerAddress {
  readonly hostname: string;
  readonly port: number;
}

/** Where the answer's body goes, by what it is. A body of another kind (audio, images) is only timed. */
const EVENT_STREAM = /^text\/event-stream/i;
const JSON_LINES = /^application\/(?:x-ndjson|ndjson|jsonl|stream\+json)/i;
const JSON_BODY = /^application\/(?:[\w.-]+\+)?json/i;

/**
 * One HTTP exchange with a model endpoint, followed from the side. Whoever sees the wire reports what passes; facts are read
 * as they go by, and the call is handed on exactly once, when the exchange is over.
 */
export class Exchange {
  readonly call: ObservedCall;
  readonly #match: EndpointMatch;
  readonly #onDone: (call: ObservedCall) => void;
  readonly #startedAt = performance.now();
  readonly #requestBody = new BodyEdges();
  #responseBody: BodyEdges | undefined;
  #lines: LineSplitter | undefined;
  #decoder: BodyDecoder | undefined;
  #hasReadEvent = false;
  #isOver = false;

  constructor(match: EndpointMatch, server: ServerAddress, onDone: (call: ObservedCall) => void) {
    this.#match = match;
    this.#onDone = onDone;
    this.call = {
      operation: match.endpoint.operation,
      provider: match.provider,
      gateway: match.gateway,
      serverAddress: server.hostname,
      serverPort: server.port,
      finishReasons: [],
      streamed: false,
      usage: {},
      usageStated: false,
      attributes: {},
      startMs: Date.now(),
    };
  }

  requestChunk(chunk: Uint8Array | string): void {
    this.#requestBody.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
  }

  requestSent(): void {
    const json = this.#requestBody.bytes().toString();
    const body = this.#requestBody.isWhole ? parseObject(json) : skimJson(json);
    if (body) this.#match.endpoint.reader.request(body, this.call);
  }

  responseStarted(status: number, contentType: string, contentEncoding: string | undefined): void {
    this.call.status = status;
    if (status >= 400) this.call.error = { type: String(status), aborted: false };
    const isEvents = EVENT_STREAM.test(contentType);
    if (isEvents || JSON_LINES.test(contentType)) {
      this.call.streamed = true;
      this.#lines = new LineSplitter((line) => this.#readLine(line, isEvents));
    } else if (JSON_BODY.test(contentType)) {
      this.#responseBody = new BodyEdges();
    } else return;
    this.#decoder = new BodyDecoder(contentEncoding, this.#lines !== undefined, (bytes) => {
      if (this.#lines) this.#lines.push(textOf(bytes));
      else this.#responseBody?.push(bytes);
    });
  }

  responseChunk(chunk: Uint8Array): void {
    this.call.firstChunkMs ??= performance.now() - this.#startedAt;
    this.#decoder?.push(chunk);
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.call.endMs = this.call.startMs + (performance.now() - this.#startedAt);
    if (this.#decoder) this.#decoder.end(() => this.#finish());
    else this.#finish();
  }

  fail(error: unknown): void {
    this.call.error ??= errorOf(error);
    this.end();
  }

  #readLine(line: string, isEvent: boolean): void {
    const json = isEvent ? (line.startsWith('data:') ? line.slice(5) : '') : line;
    if (json === '' || (this.#hasReadEvent && !this.#match.endpoint.reader.telling.test(json))) return;
    const event = skimJson(json);
    if (!event) return;
    this.#hasReadEvent = true;
    this.#match.endpoint.reader.response(event, this.call);
  }

  #finish(): void {
    try {
      this.#lines?.end();
      const answer = this.#responseBody && this.#responseBody.totalBytes > 0 ? skimJson(this.#responseBody.bytes().toString()) : undefined;
      if (answer && (this.call.status ?? 0) < 400) this.#match.endpoint.reader.response(answer, this.call);
    } finally {
      const isModelCall = !this.#match.gateway || !this.#match.endpoint.isCommonPath || this.call.requestModel !== undefined;
      if (isModelCall) this.#onDone(this.call);
    }
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}

function errorOf(error: unknown): { readonly type: string; readonly aborted: boolean } {
  const { name, code } = (typeof error === 'object' && error !== null ? error : {}) as { readonly name?: unknown; readonly code?: unknown };
  const aborted = name === 'AbortError';
  return { type: aborted ? 'AbortError' : typeof code === 'string' ? code : typeof name === 'string' ? name : 'Error', aborted };
}
