import type { BookKeeper } from '../books.ts';
import type { Journal } from '../journal/journal.ts';
import type { Signal } from '../journal/record.ts';
import { stripContent } from '../privacy/strip-content.ts';
import type { Delivery } from './delivery.ts';

export interface Keepers {
  readonly journal: Journal;
  readonly books: BookKeeper;
}

/** How many spans can be read of a delivery, and whether they are all there is. */
export interface Readable {
  readonly count: number;
  readonly isClean: boolean;
}

/** Resolves when a delivery is in the journal. One that holds no span needs no place there. */
export async function keep(
  signal: Signal,
  { tenant, media, body, plain }: Delivery,
  { count, isClean }: Readable,
  { journal, books }: Keepers,
): Promise<void> {
  if (count === 0) return;
  const clean = isClean ? plain : stripContent(plain, signal, media.encoding);
  const kept = clean === plain ? { body, compression: media.compression } : { body: clean, compression: 'identity' as const };
  await journal.append({
    record: { timeMs: Date.now(), tenant, signal, encoding: media.encoding, spans: count, ...kept },
    plainBytes: clean.length,
  });
  books.accept(count);
}
