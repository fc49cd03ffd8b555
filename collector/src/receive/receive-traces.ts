import type { TenantId } from '@tokenledger/model';
import type { BookKeeper } from '../books.ts';
import { checkTraces, decodeTraces, type Encoding } from '../decode/decode.ts';
import type { OtlpSpan } from '../decode/otlp.ts';
import type { Journal } from '../journal/journal.ts';
import type { Delivery, Receive } from './delivery.ts';
import { keep, type Readable } from './keep.ts';
import { partialSuccess } from './partial-success.ts';

/** What a record of the journal holds. */
export interface TenantSpans {
  readonly tenant: TenantId;
  readonly receivedMs: number;
  /** How many spans `read` gives. */
  readonly count: number;
  /** Decodes them: spans take several times the room of their bytes, and wait as these. */
  readonly read: () => ReadSpans;
}

export interface ReadSpans {
  readonly spans: readonly OtlpSpan[];
  /** What they were read from, if that was protobuf. */
  readonly wire?: { readonly body: Buffer; readonly bounds: readonly number[] } | undefined;
}

export function readTraces(body: Buffer, encoding: Encoding): ReadSpans {
  const { spans, bounds } = decodeTraces(body, encoding);
  return { spans, wire: bounds && { body, bounds } };
}

/** Looks through a request and keeps its good spans without their content. */
export function receiveTraces(journal: Journal<TenantSpans>, books: BookKeeper): Receive {
  return async (delivery) => {
    const { rejected, ...readable } = lookThrough(delivery);
    await keep('traces', delivery, readable, { journal, books });
    books.reject(rejected.map(({ code }) => code));
    return partialSuccess('rejectedSpans', rejected, readable.count);
  };
}

function lookThrough({ media, plain }: Delivery): Readable & Pick<ReturnType<typeof checkTraces>, 'rejected'> {
  if (media.encoding === 'protobuf') {
    const { spans: count, rejected, isClean } = checkTraces(plain);
    return { count, rejected, isClean, readFrom: (clean) => readTraces(clean, 'protobuf') };
  }
  const { spans, rejected, isClean } = decodeTraces(plain, media.encoding);
  return { count: spans.length, rejected, isClean, readFrom: () => ({ spans }) };
}
