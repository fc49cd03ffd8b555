import type { TenantId } from '@tokenledger/model';
import type { BookKeeper } from '../books.ts';
import { decodeTraces } from '../decode/decode.ts';
import type { OtlpSpan } from '../decode/otlp.ts';
import type { Journal } from '../journal/journal.ts';
import type { Receive } from './delivery.ts';
import { keep } from './keep.ts';
import { partialSuccess } from './partial-success.ts';

/** What a record of the journal was decoded to. */
export interface TenantSpans {
  readonly tenant: TenantId;
  readonly receivedMs: number;
  readonly spans: readonly OtlpSpan[];
}

/** Decodes a request and keeps its good spans without their content. */
export function receiveTraces(journal: Journal<TenantSpans>, books: BookKeeper): Receive {
  return async (delivery) => {
    const decoded = decodeTraces(delivery.plain, delivery.media.encoding);
    const { spans, rejected } = decoded;
    await keep('traces', delivery, decoded, { journal, books });
    books.reject(rejected.map(({ code }) => code));
    return partialSuccess('rejectedSpans', rejected, spans.length);
  };
}
