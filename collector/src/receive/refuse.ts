import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { DecodeError } from '../decode/decode.ts';
import { CollectorError, type RefusalCode } from '../errors.ts';
import { encodingOf } from './media-type.ts';
import { CONTENT_TYPE, encodeStatus } from './reply.ts';

/** The stock exporters drop a batch at once when told to wait ten seconds or more; a second they wait. */
const RETRY_AFTER_SECONDS = '1';

/** Who else is told of a refusal. */
export interface Told {
  readonly log: Logger;
  readonly refused: (code: RefusalCode) => void;
}

/** Answers in the encoding of the request, as OTLP demands; in JSON where the request did not name one. */
export function refuse(error: unknown, request: FastifyRequest, reply: FastifyReply, { log, refused }: Told): void {
  const refusal = toRefusal(error);
  refused(refusal.code);
  if (refusal.code === 'internal') log.error({ err: error, url: request.url }, 'a request failed for a reason nobody foresaw');
  const encoding = encodingOf(request.headers['content-type']) ?? 'json';
  if (refusal.retryable) reply.header('retry-after', RETRY_AFTER_SECONDS);
  if (refusal.status === 401) reply.header('www-authenticate', 'Bearer');
  reply
    .code(refusal.status)
    .type(CONTENT_TYPE[encoding])
    .send(encodeStatus(encoding, refusal.grpcCode, `${refusal.code}: ${refusal.message}`));
}

/** What a sender is told of an error; one that nobody foresaw tells nothing of itself. */
export function toRefusal(error: unknown): CollectorError {
  if (error instanceof CollectorError) return error;
  if (error instanceof DecodeError) return new CollectorError('undecodable_body', error.message, { cause: error });
  if (isBrokenRequest(error)) return new CollectorError(brokenAs(error), error.message, { cause: error });
  return new CollectorError('internal', 'the collector failed on this request; its log tells why', { cause: error });
}

function brokenAs(error: Error): RefusalCode {
  return 'statusCode' in error && error.statusCode === 415 ? 'unsupported_content_type' : 'bad_request';
}

/** Fastify's own refusals, and connections that ended before their request did. */
function isBrokenRequest(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  if ('statusCode' in error && typeof error.statusCode === 'number') return error.statusCode < 500;
  return 'code' in error && (error.code === 'ECONNRESET' || error.code === 'ERR_STREAM_PREMATURE_CLOSE');
}
