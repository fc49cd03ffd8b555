import type { Encoding } from '../journal/record.ts';
import { encodeVarint } from '../varint.ts';
import type { Answer } from './answer.ts';

/** What goes back to a sender, in the encoding it used: https://opentelemetry.io/docs/specs/otlp/#otlphttp-response */
export const CONTENT_TYPE: Readonly<Record<Encoding, string>> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};

/** Names of the counter in `Export…PartialSuccess`, which has field number 1 for every signal. */
export type RejectedCounter = 'rejectedSpans' | 'rejectedLogRecords';

export interface PartialSuccess {
  readonly counter: RejectedCounter;
  readonly rejected: number;
  readonly message: string;
}

/** Nearly every answer. */
const ALL_ACCEPTED: Readonly<Record<Encoding, Answer>> = {
  protobuf: { status: 200, headers: ['content-type', CONTENT_TYPE.protobuf], body: '' },
  json: { status: 200, headers: ['content-type', CONTENT_TYPE.json], body: '{}' },
};

/** The answer to a request that was taken, in part or whole. */
export function responseTo(encoding: Encoding, partial: PartialSuccess | undefined): Answer {
  const accepted = ALL_ACCEPTED[encoding];
  return partial ? { ...accepted, body: encodeResponse(encoding, partial) } : accepted;
}

/** `Export…ServiceResponse`; without a partial success it is empty. */
export function encodeResponse(encoding: Encoding, partial: PartialSuccess | undefined): Buffer {
  if (encoding === 'json') {
    const partialSuccess = partial && { [partial.counter]: String(partial.rejected), errorMessage: partial.message };
    return Buffer.from(JSON.stringify(partialSuccess ? { partialSuccess } : {}));
  }
  if (!partial) return Buffer.alloc(0);
  return bytesField(1, Buffer.concat([numberField(1, partial.rejected), bytesField(2, Buffer.from(partial.message))]));
}

/** `google.rpc.Status` */
export function encodeStatus(encoding: Encoding, code: number, message: string): Buffer {
  if (encoding === 'json') return Buffer.from(JSON.stringify({ code, message }));
  return Buffer.concat([numberField(1, code), bytesField(2, Buffer.from(message))]);
}

export function numberField(field: number, value: number): Buffer {
  return Buffer.concat([encodeVarint(field * 8), encodeVarint(value)]);
}

export function bytesField(field: number, bytes: Buffer): Buffer {
  return Buffer.concat([encodeVarint(field * 8 + 2), encodeVarint(bytes.length), bytes]);
}
