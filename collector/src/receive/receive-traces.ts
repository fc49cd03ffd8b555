import type { BookKeeper } from '../books.ts';
import { checkTraces, decodeTraces } from '../decode/decode.ts';
import type { Journal } from '../journal/journal.ts';
import type { Delivery, Receive } from './delivery.ts';
import { keep, type Readable } from './keep.ts';
import { partialSuccess } from './partial-success.ts';

/** Looks through a request and keeps its good spans without their content. */
export function receiveTraces(journal: Journal, books: BookKeeper): Receive {
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
    return { count, rejected, isClean };
  }
  const { spans, rejected, isClean } = decodeTraces(plain, media.encoding);
  return { count: spans.length, rejected, isClean };
}
