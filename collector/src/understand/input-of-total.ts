import type { Counts } from './reading.ts';

/** What goes in is all there is. */
const ANSWERS_NO_TOKENS: ReadonlySet<string> = new Set(['embeddings', 'rerank']);

/** The counts, with the total as input where there can be no output. */
export function inputOfTotal(counts: Counts, operation: string): Counts {
  if (!ANSWERS_NO_TOKENS.has(operation)) return counts;
  const { input, inputUncached, output, total } = counts;
  return (input ?? 0) > 0 || inputUncached !== undefined || (output ?? 0) > 0 || total === undefined ? counts : { ...counts, input: total };
}
