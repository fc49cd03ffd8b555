import type { DropReason, Settlement } from '../books.ts';
import type { DeadLetter } from '../journal/dead-letter.ts';
import { readSegment, type Segment } from '../journal/segment.ts';

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
  const records = await readSegment(segment);
  for (const { reason, message, records: positions } of losses) {
    await write({ from: segment, reason, message, content: records.filter((_, position) => positions.includes(position)) });
  }
}

/** Every span of a segment is stored, was known, or is lost. */
export function settlementOf(spans: number, duplicate: number, losses: readonly Loss[]): Settlement {
  const dropped: Partial<Record<DropReason, number>> = {};
  for (const loss of losses) dropped[loss.reason] = (dropped[loss.reason] ?? 0) + loss.spans;
  const lost = losses.reduce((sum, loss) => sum + loss.spans, 0);
  return { stored: spans - duplicate - lost, duplicate, dropped };
}
