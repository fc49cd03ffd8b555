import { continueEarlierAttempt } from '../attempts.ts';
import type { EndpointMatch } from '../endpoints.ts';
import { promptBytes } from '../estimate.ts';
import { parseObject } from '../json.ts';
import type { HeaderReader, ObservedCall } from '../observed-call.ts';
import { attemptOf, brokenExchange, failedAnswer } from './attempt.ts';
import { BodyEdges } from './body-edges.ts';
import { BodyDecoder } from './body-decoder.ts';
import { LineSplitter } from './line-splitter.ts';
import { skimJson } from './skim-json.ts';
import { stringBytesAfter } from './string-bytes.ts';

export interface ExchangeStart extends EndpointMatch {
  readonly url: URL;
  readonly requestHeader: HeaderReader;
}

/** What an answer's body is; one of another kind (audio, images) is only timed. */
const EVENT_STREAM = /^text\/event-stream/i;
const JSON_LINES = /^application\/(?:x-ndjson|ndjson|jsonl|stream\+json)/i;
const JSON_BODY = /^application\/(?:[\w.-]+\+)?json/i;

/**
 * One HTTP exchange with a model endpoint, followed from the side. Whoever sees the wire reports what passes; facts are read
 * as they go by, and the call is handed on exactly once, when the exchange is over; `undefined` if it was no model's after all.
 */
export class Exchange {
  readonly #start: ExchangeStart;
  readonly #call: ObservedCall;
  readonly #onDone: (call: ObservedCall | undefined) => void;
  readonly #startMs = Date.now();
  readonly #startedAt = performance.now();
  #requestBody: BodyEdges | undefined = new BodyEdges();
  #responseBody: BodyEdges | undefined;
  #lines: LineSplitter | undefined;
  #decoder: BodyDecoder | undefined;
  #hasReadEvent = false;
  #isOver = false;
  #isHandedOn = false;

  constructor(start: ExchangeStart, onDone: (call: ObservedCall | undefined) => void) {
    this.#start = start;
    this.#onDone = onDone;
    this.#call = {
      operation: start.endpoint.operation,
      provider: start.provider,
      gateway: start.gateway,
      serverAddress: start.url.hostname,
      serverPort: Number(start.url.port) || (start.url.protocol === 'http:' ? 80 : 443),
      finishReasons: [],
      streamed: false,
      usage: {},
      attributes: {},
      answerBytes: 0,
      startMs: this.#startMs,
    };
  }

  requestChunk(chunk: Uint8Array | string): void {
    this.#requestBody?.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
  }

  requestSent(): void {
    const body = this.#requestBody;
    if (!body) return;
    this.#requestBody = undefined;
    const bytes = body.bytes();
    const request = body.isWhole ? parseObject(bytes.toString()) : skimJson(bytes.toString());
    if (request) this.#start.endpoint.reader.request(request, this.#call);
    if (request && this.#call.streamed) this.#call.promptBytes = promptBytes(request);
    this.#beginAttempt(bytes);
  }

  responseStarted(status: number, header: HeaderReader): void {
    this.#call.status = status;
    if (status >= 400) {
      this.#call.error = failedAnswer(status, header);
      return;
    }
    const contentType = header('content-type') ?? '';
    const isEvents = EVENT_STREAM.test(contentType);
    if (isEvents || JSON_LINES.test(contentType)) {
      this.#call.streamed = true;
      this.#lines = new LineSplitter((line) => this.#readLine(line, isEvents));
    } else if (JSON_BODY.test(contentType)) {
      this.#responseBody = new BodyEdges();
    } else return;
    this.#decoder = new BodyDecoder(header('content-encoding'), this.#lines !== undefined, (bytes) => {
      if (this.#lines) this.#lines.push(textOf(bytes));
      else this.#responseBody?.push(bytes);
    });
  }

  responseChunk(chunk: Uint8Array): void {
    this.#call.firstChunkMs ??= this.#elapsedMs();
    this.#decoder?.push(chunk);
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#call.endMs = this.#startMs + this.#elapsedMs();
    if (this.#decoder) this.#decoder.end(() => this.#finish());
    else this.#finish();
  }

  fail(error: unknown): void {
    if (!this.#call.attempt) this.#beginAttempt();
    const broken = brokenExchange(error, this.#call.status !== undefined);
    // SDKs close a stream once they have read its last event.
    const isComplete = broken.isAbort && this.#call.finishReasons.length > 0;
    if (!isComplete) this.#call.error ??= broken;
    this.end();
  }

  /** Hands the call on with what is known now: nobody will be there to take the rest. */
  abandon(type: string): void {
    this.#isOver = true;
    this.#call.error ??= { type, isAbort: true };
    this.#call.endMs ??= this.#startMs + this.#elapsedMs();
    this.#finish();
  }

  #beginAttempt(body?: Uint8Array): void {
    this.#call.attempt = attemptOf(this.#start.requestHeader, this.#start.url.href, body);
    continueEarlierAttempt(this.#call);
  }

  #readLine(line: string, isEvent: boolean): void {
    const json = isEvent ? (line.startsWith('data:') ? line.slice(5) : '') : line;
    if (json === '') return;
    const { reader } = this.#start.endpoint;
    for (const key of reader.answerKeys) this.#call.answerBytes += stringBytesAfter(json, key);
    if (this.#hasReadEvent && !reader.telling.test(json)) return;
    const event = skimJson(json);
    if (!event) return;
    this.#hasReadEvent = true;
    reader.response(event, this.#call);
  }

  #finish(): void {
    if (this.#isHandedOn) return;
    this.#isHandedOn = true;
    try {
      this.#lines?.end();
      const answer = this.#responseBody && skimJson(this.#responseBody.bytes().toString());
      if (answer) this.#start.endpoint.reader.response(answer, this.#call);
    } finally {
      this.#onDone(this.#isModelCall() ? this.#call : undefined);
    }
  }

  /** An unknown host with a path that others have too: only a named model, or an SDK for models, tells. */
  #isModelCall(): boolean {
    const { gateway, endpoint, requestHeader } = this.#start;
    return !gateway || !endpoint.isCommonPath || this.#call.requestModel !== undefined || requestHeader('x-stainless-lang') !== undefined;
  }

  #elapsedMs(): number {
    return performance.now() - this.#startedAt;
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}
