import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import { DecodeError } from '../decode/decode.ts';
import { CollectorError, type RefusalCode } from '../errors.ts';
import type { Answer } from './answer.ts';
import { encodingOf } from './media-type.ts';
import { CONTENT_TYPE, encodeStatus } from './reply.ts';

/** The stock exporters drop a batch at once when told to wait ten seconds or more; a second they wait. */
const RETRY_AFTER = ['retry-after', '1'];

/** Who else is told of a refusal. */
export interface Told {
  readonly log: Logger;
  readonly refused: (code: RefusalCode) => void;
}

/** The answer in the encoding of the request, as OTLP demands; in JSON where the request did not name one. */
export function refuse(error: unknown, { url, headers }: IncomingMessage, { log, refused }: Told): Answer {
  const refusal = toRefusal(error);
  refused(refusal.code);
  if (refusal.code === 'internal') log.error({ err: error, url }, 'a request failed for a reason nobody foresaw');
  const encoding = encodingOf(headers['content-type']) ?? 'json';
  return {
    status: refusal.status,
    headers: [
      'content-type',
      CONTENT_TYPE[encoding],
      ...(refusal.retryable ? RETRY_AFTER : []),
      ...(refusal.status === 401 ? ['www-authenticate', 'Bearer'] : []),
    ],
    body: encodeStatus(encoding, refusal.grpcCode, `${refusal.code}: ${refusal.message}`),
  };
}

/** What a sender is told of an error; one that nobody foresaw tells nothing of itself. */
export function toRefusal(error: unknown): CollectorError {
  if (error instanceof CollectorError) return error;
  if (error instanceof DecodeError) return new CollectorError('undecodable_body', error.message, { cause: error });
  if (isBrokenConnection(error)) return new CollectorError('bad_request', error.message, { cause: error });
  return new CollectorError('internal', 'the collector failed on this request; its log tells why', { cause: error });
}

/** A connection that ended before its request did. */
function isBrokenConnection(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'ERR_STREAM_PREMATURE_CLOSE');
}
