import type { TenantId } from '@tokenledger/model';
import type { BookKeeper } from '../books.ts';
import { decodeTraces } from '../decode/decode.ts';
import type { OtlpSpan } from '../decode/otlp.ts';
import type { Journal } from '../journal/journal.ts';
import { stripContent } from '../privacy/strip-content.ts';
import type { Receive } from './delivery.ts';
import { partialSuccess } from './partial-success.ts';

/** What a record of the journal was decoded to. */
export interface TenantSpans {
  readonly tenant: TenantId;
  readonly receivedMs: number;
  readonly spans: readonly OtlpSpan[];
}

/** Decodes a request and keeps its good spans without their content. */
export function receiveTraces(journal: Journal<TenantSpans>, books: BookKeeper): Receive {
  return async ({ tenant, media, body, plain }) => {
    const receivedMs = Date.now();
    const { spans, rejected } = decodeTraces(plain, media.encoding);
    if (spans.length > 0) {
      const clean = stripContent(plain, 'traces', media.encoding);
      const kept = clean === plain ? { body, compression: media.compression } : { body: clean, compression: 'identity' as const };
      await journal.append({
        record: { timeMs: receivedMs, tenant, signal: 'traces', encoding: media.encoding, spans: spans.length, ...kept },
        kept: { tenant, receivedMs, spans },
        plainBytes: plain.length,
      });
      books.accept(spans.length);
    }
    books.reject(rejected.map(({ code }) => code));
    return partialSuccess('rejectedSpans', rejected, spans.length);
  };
}
