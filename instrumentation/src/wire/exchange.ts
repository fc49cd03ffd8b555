import { continueEarlierAttempt } from '../attempts.ts';
import { captureAnswer, captureDelta, captureQuestion, captureStream } from '../content.ts';
import type { EndpointMatch } from '../endpoints.ts';
import { promptBytes } from '../estimate.ts';
import { fingerprintPrompt } from '../fingerprint.ts';
import { guarded } from '../guard.ts';
import { object, text } from '../json.ts';
import { billNothing, forgetUsage } from '../providers/reader.ts';
import type { CallError, HeaderReader, ObservedCall } from '../observed-call.ts';
import { attemptOf, brokenExchange, failedAnswer } from './attempt.ts';
import { BodyEdges } from './body-edges.ts';
import { BodyDecoder } from './body-decoder.ts';
import { EventSplitter } from './event-splitter.ts';
import { FrameSplitter } from './frame-splitter.ts';
import { costUsdOf, isFromCache } from './gateway-headers.ts';
import { isModelCall } from './is-model-call.ts';
import { LineSplitter } from './line-splitter.ts';
import { isReadWhole, keepRequestBody, readRequestBody } from './request-body.ts';
import { skimJson } from './skim-json.ts';
import { MAYBE_ERROR, statedError } from './stated-error.ts';
import { answerPiece } from './answer-piece.ts';

export interface ExchangeStart extends EndpointMatch {
  readonly url: URL;
  readonly requestHeader: HeaderReader;
}

/** What an answer's body is; one of another kind (audio, images) is only timed. */
const EVENT_STREAM = /^text\/event-stream/i;
const JSON_LINES = /^application\/(?:x-ndjson|ndjson|jsonl|stream\+json)/i;
const AWS_EVENTS = /^application\/vnd\.amazon\.eventstream/i;
const JSON_BODY = /^application\/(?:[\w.-]+\+)?json/i;
/** Gateways forget to say what they send, or say it is text. */
const UNTYPED = /^(?:text\/plain|application\/octet-stream|$)/i;
const LOOKS_LIKE_EVENTS = /^\uFEFF?(?:data|event|id|retry)?:/;
/** Of a stream so much is copied before it is read, many events in one go. */
const UNREAD_BYTES = 16 * 1024;

/**
 * One HTTP exchange with a model endpoint, followed from the side. Whoever sees the wire reports what passes; of a stream the facts are
 * read as they go by, of a body afterwards. `onOver` is called once when nothing more will pass; `conclude` then gives the call, once.
 */
export class Exchange {
  readonly #start: ExchangeStart;
  readonly #call: ObservedCall;
  readonly #onOver: () => void;
  readonly #startedMs = Date.now();
  readonly #startedAt = performance.now();
  #requestBody: BodyEdges | undefined;
  #responseBody: BodyEdges | undefined;
  #events: { push(bytes: Buffer): void; end(): void } | undefined;
  #decoder: BodyDecoder | undefined;
  #unread: Buffer[] = [];
  #unreadBytes = 0;
  #hasReadEvent = false;
  #isFromCache = false;
  #isOver = false;
  /** The call is told: what comes later changes nothing in it. */
  #isConcluded = false;

  constructor(start: ExchangeStart, onOver: () => void) {
    this.#start = start;
    this.#onOver = onOver;
    this.#requestBody = keepRequestBody(start.requestHeader('content-type'));
    this.#call = {
      operation: start.endpoint.operation,
      provider: start.provider,
      gateway: start.gateway,
      serverAddress: start.serverAddress,
      serverPort: start.serverPort,
      requestModel: start.model,
      jobId: start.jobId,
      finishReasons: [],
      streamed: start.isStreaming,
      usage: {},
      inner: [],
      attributes: start.region ? { 'cloud.region': start.region } : {},
      answerBytes: 0,
      startMs: this.#startedMs,
    };
  }

  requestChunk(chunk: Uint8Array | string): void {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.#requestBody?.push(bytes);
  }

  requestSent(): void {
    this.#beginAttempt(this.#requestBody);
  }

  responseStarted(status: number, header: HeaderReader): void {
    // Early hints and the like: the answer is still to come.
    if (status < 200) return;
    this.#call.status = status;
    if (status >= 400) {
      this.#call.error = failedAnswer(status, header);
      return;
    }
    // Answered: there will be no further try, and nothing of the request is kept.
    this.#call.attempt = undefined;
    this.#start.endpoint.reader.headers?.(header, this.#call);
    this.#isFromCache = isFromCache(header);
    this.#call.reportedCostUsd = costUsdOf(header);
    const contentType = header('content-type') ?? '';
    if (EVENT_STREAM.test(contentType)) this.#events = new EventSplitter((data) => this.#readEvent(data));
    else if (JSON_LINES.test(contentType)) this.#events = new LineSplitter((line) => this.#readEvent(line));
    else if (AWS_EVENTS.test(contentType)) this.#events = new FrameSplitter((payload, wrong) => this.#readFrame(payload, wrong));
    else if (JSON_BODY.test(contentType) || UNTYPED.test(contentType))
      this.#responseBody = new BodyEdges(Object.keys(this.#start.endpoint.reader.marks ?? {}));
    else return;
    if (this.#events) {
      this.#call.streamed = true;
      this.#readRequest();
    }
    const sink = this.#events ?? this.#responseBody;
    this.#decoder = new BodyDecoder(
      header('content-encoding'),
      this.#events !== undefined,
      (bytes) => !this.#isConcluded && sink?.push(bytes),
    );
  }

  /** Only copies, for the chunk's memory belongs to the socket: the app shall have it before we read in it. */
  responseChunk(chunk: Uint8Array): void {
    this.#call.firstChunkMs ??= this.#nowMs() - this.#call.startMs;
    if (!this.#decoder || this.#isConcluded) return;
    const isFirstBeyond = this.#unreadBytes <= UNREAD_BYTES && (this.#unreadBytes += chunk.length) > UNREAD_BYTES;
    this.#unread.push(Buffer.from(chunk));
    if (isFirstBeyond) setImmediate(readChunksOf, this);
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#call.endMs = this.#nowMs();
    if (!this.#decoder) return this.#onOver();
    if (this.#decoder.inflates) readChunksOf(this);
    this.#decoder.end(this.#onOver);
  }

  fail(error: unknown): void {
    if (this.#isOver) return;
    if (!this.#call.attempt && this.#call.status === undefined) this.#beginAttempt();
    this.#breakOff(brokenExchange(error, this.#call.status !== undefined));
    this.end();
  }

  /** Whether anything is known of the answer yet; of a stream, whether it has said something. */
  get hasAnswer(): boolean {
    this.#readSoFar();
    return this.#call.responseId !== undefined && (!this.#call.streamed || this.#call.answerBytes > 0);
  }

  get hasFailed(): boolean {
    return this.#call.error !== undefined;
  }

  /** Ends with what is known now: nobody will be there to take the rest. */
  abandon(type: string): void {
    if (!this.#isOver) {
      this.#breakOff({ type, isAbort: true });
      this.#call.endMs = this.#nowMs();
    }
    this.#isOver = true;
    this.#onOver();
  }

  /** The call, the first time it is asked for; `undefined` later, and if it was no model's after all. */
  conclude(): ObservedCall | undefined {
    if (this.#isConcluded) return undefined;
    this.#readRequest();
    this.#readSoFar();
    this.#events?.end();
    this.#isConcluded = true;
    if (this.#responseBody) this.#readBody(this.#responseBody);
    // A request that was refused costs nothing.
    if (!this.#isAnswered()) forgetUsage(this.#call);
    else if (this.#isFromCache) billNothing(this.#call);
    captureStream(this.#call);
    return isModelCall(this.#start, this.#call) ? this.#call : undefined;
  }

  #readBody(edges: BodyEdges): void {
    const bytes = edges.bytes();
    const body = bytes.toString();
    if (LOOKS_LIKE_EVENTS.test(body)) {
      this.#call.streamed = true;
      const events = new EventSplitter((data) => this.#readEvent(data));
      events.push(bytes);
      return events.end();
    }
    const { reader } = this.#start.endpoint;
    const answer = skimJson(body);
    if (answer) {
      this.#call.error ??= statedError(answer);
      reader.response(answer, this.#call);
      captureAnswer(answer, this.#call);
    }
    // Where tokens are counted, the same words are something else's: arguments for a tool.
    if (this.#call.usage.output_tokens !== undefined) return;
    const marked = edges.behindMarks();
    Object.values(reader.marks ?? {}).forEach((read, index) => {
      const behind = marked[index] ?? [];
      if (behind.length > 0) read(behind, this.#call);
    });
  }

  #isAnswered(): boolean {
    return this.#call.status !== undefined && this.#call.status < 400;
  }

  /** SDKs close a stream once they have read its last event: then nothing is broken. */
  #breakOff(error: CallError): void {
    this.#readSoFar();
    if (!error.isAbort || this.#call.finishReasons.length === 0) this.#call.error ??= error;
  }

  #readSoFar(): void {
    readChunksOf(this);
    this.#decoder?.flush();
  }

  /** Reads what was only copied so far. */
  readChunks(): void {
    if (this.#unread.length === 0) return;
    const bytes = this.#unread.length === 1 ? this.#unread[0] : Buffer.concat(this.#unread);
    this.#unread = [];
    this.#unreadBytes = 0;
    if (bytes) this.#decoder?.push(bytes);
  }

  #readRequest(): void {
    const body = this.#requestBody;
    this.#requestBody = undefined;
    if (body) this.#start.endpoint.reader.requestHeaders?.(this.#start.requestHeader, this.#call);
    const contentType = this.#start.requestHeader('content-type');
    const request = body && readRequestBody(body, contentType);
    if (!request) return;
    this.#start.endpoint.reader.request(request, this.#call);
    const isWhole = isReadWhole(body, contentType);
    if (this.#call.streamed) this.#call.promptBytes = isWhole ? promptBytes(request) : null;
    if (!isWhole) return;
    fingerprintPrompt(request, this.#call);
    captureQuestion(request, this.#call);
  }

  #beginAttempt(body?: BodyEdges): void {
    this.#call.attempt = attemptOf(this.#start.requestHeader, this.#start.url.href, body);
    continueEarlierAttempt(this.#call);
  }

  /** Vendors' own events come wrapped: base64 in a field of the frame's JSON. */
  #readFrame(payload: string, wrong: string | undefined): void {
    if (wrong) {
      this.#call.error ??= { type: wrong, isAbort: false };
      return;
    }
    const wrapped = payload.startsWith('{"bytes":') ? text(object(skimJson(payload))?.['bytes']) : undefined;
    this.#readEvent(wrapped === undefined ? payload : Buffer.from(wrapped, 'base64').toString());
  }

  #readEvent(json: string): void {
    const { reader } = this.#start.endpoint;
    const piece = answerPiece(json, reader.answerKeys);
    this.#call.answerBytes += Buffer.byteLength(piece);
    captureDelta(piece, this.#call);
    if (this.#hasReadEvent && !reader.telling.test(json) && !MAYBE_ERROR.test(json)) return;
    const event = skimJson(json);
    if (!event) return;
    this.#hasReadEvent = true;
    this.#call.error ??= statedError(event);
    reader.response(event, this.#call);
  }

  /** The call may have begun with an earlier try, so that its start is no measure. */
  #nowMs(): number {
    return this.#startedMs + performance.now() - this.#startedAt;
  }
}

const readChunksOf = guarded((exchange: Exchange) => exchange.readChunks());
