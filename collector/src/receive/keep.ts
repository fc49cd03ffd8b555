import type { BookKeeper } from '../books.ts';
import type { Journal } from '../journal/journal.ts';
import type { Signal } from '../journal/record.ts';
import { stripContent } from '../privacy/strip-content.ts';
import type { Delivery } from './delivery.ts';
import type { ReadSpans, TenantSpans } from './tenant-spans.ts';

export interface Keepers {
  readonly journal: Journal<TenantSpans>;
  readonly books: BookKeeper;
}

/** What can be read of a delivery, and whether that is all there is. */
export interface Readable {
  readonly count: number;
  /** The spans, from the bytes that are kept. */
  readonly readFrom: (kept: Buffer) => ReadSpans;
  readonly isClean: boolean;
}

/** Resolves when a delivery is in the journal. One that holds no span needs no place there. */
export async function keep(
  signal: Signal,
  { tenant, media, body, plain }: Delivery,
  { count, readFrom, isClean }: Readable,
  { journal, books }: Keepers,
): Promise<void> {
  if (count === 0) return;
  const receivedMs = Date.now();
  const clean = isClean ? plain : stripContent(plain, signal, media.encoding);
  const kept = clean === plain ? { body, compression: media.compression } : { body: clean, compression: 'identity' as const };
  await journal.append({
    record: { timeMs: receivedMs, tenant, signal, encoding: media.encoding, spans: count, ...kept },
    kept: { tenant, receivedMs, count, read: () => readFrom(clean) },
    plainBytes: clean.length,
  });
  books.accept(count);
}
