import type { Evidence, Observation } from '../understand/observation.ts';

/** What a row of the ledger was judged from: the span's own observation, and what its neighbours had to do with the verdict. */
export interface StoredEvidence {
  readonly span: Observation;
  readonly judged: readonly Evidence[];
}

export const writeEvidence = (evidence: StoredEvidence): string => JSON.stringify(evidence);

/** Evidence is written by us alone; what another version wrote and cannot be read is as if never seen. */
export function readEvidence(text: string): StoredEvidence | undefined {
  try {
    const value = JSON.parse(text) as Partial<StoredEvidence> | null;
    return value?.span?.traceId !== undefined && Array.isArray(value.judged) ? { span: value.span, judged: value.judged } : undefined;
  } catch {
    return undefined;
  }
}
