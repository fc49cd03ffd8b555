import type { DropReason, Settlement } from '../books.ts';
import type { DeadLetter } from '../journal/dead-letter.ts';
import type { JournalRecord } from '../journal/record.ts';
import { createSegmentReader, type Segment } from '../journal/segment.ts';

/** Spans of a segment that cannot be stored. Their records, named by position, go to the dead letters. */
export interface Loss {
  readonly reason: Exclude<DropReason, 'journal_unwritable'>;
  readonly message: string;
  readonly records: readonly number[];
  readonly spans: number;
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export async function setAside(losses: readonly Loss[], segment: Segment, write: (letter: DeadLetter) => Promise<void>): Promise<void> {
  if (losses.length === 0) return;
  const lost = await recordsAt(new Set(losses.flatMap(({ records }) => records)), segment);
  for (const { reason, message, records } of losses) {
    await write({ from: segment, reason, message, content: records.flatMap((position) => lost.get(position) ?? []) });
  }
}

async function recordsAt(positions: ReadonlySet<number>, segment: Segment): Promise<ReadonlyMap<number, JournalRecord>> {
  const found = new Map<number, JournalRecord>();
  let position = 0;
  for await (const records of createSegmentReader()(segment))
    for (const record of records) if (positions.has(position++)) found.set(position - 1, { ...record, body: Buffer.from(record.body) });
  return found;
}

/** Every span of a segment is stored, was known, or is lost. */
export function settlementOf(spans: number, duplicate: number, losses: readonly Loss[]): Settlement {
  const dropped: Partial<Record<DropReason, number>> = {};
  for (const loss of losses) dropped[loss.reason] = (dropped[loss.reason] ?? 0) + loss.spans;
  const lost = losses.reduce((sum, loss) => sum + loss.spans, 0);
  return { stored: spans - duplicate - lost, duplicate, dropped };
}
