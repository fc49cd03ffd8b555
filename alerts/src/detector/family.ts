import type { Sensitivity, Surprise } from './detect.ts';

/** Of many that are watched one is always unusual: as unlikely for the family as one series alone would have to be (z² + 2 ln n). */
export function amongMany<Own extends Sensitivity>(sensitivity: Own, members: number): Own {
  const further = (z: number) => Math.sqrt(z * z + 2 * Math.log(Math.max(1, members)));
  return { ...sensitivity, z: { volume: further(sensitivity.z.volume), intensity: further(sensitivity.z.intensity) } };
}

const MOST_OF_IT = 0.5;

/**
 * Are the additional requests of a whole those of one part that has a past of its own? Then that part says whether they are unusual: it knows
 * its hours, and what it did last month, better than the whole does.
 */
export function isOfOnePart(whole: Surprise, parts: readonly (readonly Surprise[])[]): boolean {
  if (whole.kind !== 'volume') return false;
  const gains = parts.flatMap((found) =>
    found.flatMap(({ kind, buckets, calls, expectedCalls }) =>
      kind === 'volume' && buckets === whole.buckets ? [calls - expectedCalls] : [],
    ),
  );
  return Math.max(0, ...gains) >= MOST_OF_IT * (whole.calls - whole.expectedCalls);
}
