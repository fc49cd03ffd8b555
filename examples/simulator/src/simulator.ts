import { Readable, pipeline } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { constants, createGzip, gzipSync } from 'node:zlib';
import fastify from 'fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { anthropicMessages } from './anthropic-messages.ts';
import type { Answer, Endpoint } from './answer.ts';
import type { BilledCall } from './bill.ts';
import { createDraw } from './draw.ts';
import type { Draw } from './draw.ts';
import { SIMULATE_HEADER, readForcedAnswer } from './forced-answer.ts';
import { openaiChat } from './openai-chat.ts';
import { openaiEmbeddings } from './openai-embeddings.ts';
import { openaiResponses } from './openai-responses.ts';
import { pacedEvents } from './paced-events.ts';
import type { StreamPace } from './paced-events.ts';
import { planAnswer } from './plan.ts';

export interface SimulatorOptions {
  /** 0 takes a free port. */
  readonly port?: number;
  readonly seed?: number;
  /** Mean time to the first byte; 0 answers at once. */
  readonly latencyMs?: number;
  /** Share of requests that fail with 429, 500 or 503 unless `x-simulate` decides. */
  readonly errorRate?: number;
}

export interface Simulator {
  /** Anthropic's base URL; OpenAI's is `${url}/v1`. */
  readonly url: string;
  /** Every request so far, in order of arrival. */
  bill(): readonly BilledCall[];
  /** Forgets the bill and starts the request numbers, and so the draws, again. */
  reset(): void;
  stop(): Promise<void>;
}

const ENDPOINTS: readonly Endpoint[] = [openaiChat, openaiResponses, openaiEmbeddings, anthropicMessages];
const MAX_BODY_BYTES = 64 * 1024 * 1024;
const RETRY_AFTER_S = 1;
/** Between two events of a stream, when the seed decides. */
const CHUNK_SHARE_OF_LATENCY = 1 / 20;

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { port = 0, seed = 1, latencyMs = 0, errorRate = 0 } = options;
  let bill: Mutable<BilledCall>[] = [];
  const app = fastify({ bodyLimit: MAX_BODY_BYTES, forceCloseConnections: true });

  for (const endpoint of ENDPOINTS) {
    app.post(endpoint.path, async (request, reply) => {
      const understood = endpoint.read(request.body);
      if (!understood) return sendError(endpoint, reply, 400, `no request that POST ${endpoint.path} understands`);
      const forced = readForcedAnswer(request.headers[SIMULATE_HEADER]);
      if ('problem' in forced) return sendError(endpoint, reply, 400, forced.problem);

      const { ask } = understood;
      const number = bill.length + 1;
      const draw = createDraw(seed, number);
      const failure = forced.status ?? drawFailure(draw, errorRate);
      const delayMs = forced.delay_ms ?? latencyMs * (0.5 + draw.unit());
      const record: Mutable<BilledCall> = {
        request: number,
        provider: endpoint.provider,
        operation: endpoint.operation,
        requestModel: ask.model,
        model: ask.model,
        status: failure ?? 200,
        streamed: ask.stream,
        usage: {},
        usageOnWire: false,
      };
      bill.push(record);
      reply.header(endpoint.provider === 'openai' ? 'x-request-id' : 'request-id', draw.id('req_'));
      if (failure !== undefined) {
        if (delayMs > 0) await sleep(delayMs);
        return sendError(endpoint, reply, failure, 'simulated failure', forced.retry_after_s);
      }

      const answer = understood.answer(planAnswer(ask, forced, draw, Date.now()));
      Object.assign(record, {
        model: answer.model,
        responseId: answer.responseId,
        serviceTier: answer.serviceTier,
        usage: answer.usage,
      } satisfies Partial<BilledCall>);
      if (delayMs > 0) await sleep(delayMs);
      const chunkDelayMs = forced.chunk_delay_ms ?? latencyMs * CHUNK_SHARE_OF_LATENCY;
      if (ask.stream) return sendStream(request, reply, answer, { chunkDelayMs, abortAfter: forced.abort_after_chunks }, record);
      record.usageOnWire = answer.bodyHasUsage;
      return sendBody(request, reply, answer);
    });
  }

  return {
    url: await listen(app, port),
    bill: () => bill.map((call) => ({ ...call })),
    reset: () => {
      bill = [];
    },
    stop: () => app.close(),
  };
}

async function listen(app: FastifyInstance, port: number): Promise<string> {
  return app.listen({ host: '127.0.0.1', port });
}

function drawFailure(draw: Draw, errorRate: number): number | undefined {
  return draw.chance(errorRate) ? draw.pick([429, 429, 429, 500, 503]) : undefined;
}

function sendError(endpoint: Endpoint, reply: FastifyReply, status: number, message: string, retryAfterS = RETRY_AFTER_S): FastifyReply {
  const { headers, body } = endpoint.error(status, message);
  if (status === 429 || status === 503 || status === 529) reply.header('retry-after', String(retryAfterS));
  return reply.code(status).headers(headers).send(body);
}

function acceptsGzip(request: FastifyRequest): boolean {
  return /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
}

function sendBody(request: FastifyRequest, reply: FastifyReply, answer: Answer): FastifyReply {
  const json = JSON.stringify(answer.body);
  reply.type('application/json');
  return acceptsGzip(request) ? reply.header('content-encoding', 'gzip').send(gzipSync(json)) : reply.send(json);
}

function sendStream(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: Answer,
  pace: Pick<StreamPace, 'chunkDelayMs' | 'abortAfter'>,
  record: Mutable<BilledCall>,
): FastifyReply {
  const abort = () => request.raw.socket.destroy();
  const events = Readable.from(pacedEvents(answer.events, { ...pace, onUsage: () => (record.usageOnWire = true), abort }));
  reply.header('content-type', 'text/event-stream; charset=utf-8').header('cache-control', 'no-cache');
  if (!acceptsGzip(request)) return reply.send(events);
  // Each event is flushed: a compressed stream arrives as it is made.
  const gzip = createGzip({ flush: constants.Z_SYNC_FLUSH });
  pipeline(events, gzip, (error) => error && abort());
  return reply.header('content-encoding', 'gzip').send(gzip);
}
