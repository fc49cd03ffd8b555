import { lowerBound } from './robust.ts';

const TAIL_SHARE = 0.95;

/**
 * Conformal rank: the share of what was seen, this value included, that is at least as large. Never 0. `sorted` may be the largest of `size`
 * values; one that is not among them has at most their share.
 */
export function conformalP(sorted: ArrayLike<number>, value: number, size = sorted.length): number {
  return (sorted.length - lowerBound(sorted, value) + 1) / (size + 1);
}

/**
 * As `conformalP` within what was seen. Beyond the largest, where ranks can say no more than 1/(n + 1), the probability goes on
 * falling as the tail did: exponentially, by the mean excess over its 95th percentile (peaks over threshold).
 */
export function tailP(sorted: ArrayLike<number>, value: number, size = sorted.length): number {
  const largest = sorted[sorted.length - 1];
  const rank = conformalP(sorted, value, size);
  if (largest === undefined || value <= largest) return rank;
  const bound = sorted[Math.max(0, Math.floor(TAIL_SHARE * size) - (size - sorted.length))] ?? largest;
  const first = lowerBound(sorted, bound);
  let excess = 0;
  for (let index = first; index < sorted.length; index++) excess += (sorted[index] ?? 0) - bound;
  const scale = Math.max(excess / (sorted.length - first), 1e-3);
  return rank * Math.exp(-(value - largest) / scale);
}

/**
 * Benjamini–Hochberg: which of many simultaneous findings to believe so that at most the share `rate` of them is chance.
 * @returns the largest p-value to believe; 0 when none
 */
export function falseDiscoveryBound(ps: readonly number[], rate: number): number {
  const sorted = ps.toSorted((a, b) => a - b);
  return sorted.findLast((p, index) => p <= (rate * (index + 1)) / sorted.length) ?? 0;
}

/** How likely a normal variable is so many sigmas up, or more (Mills' ratio: at most a fifth off beyond 2). */
export const normalTail = (z: number): number => (z < 1 ? 0.5 : Math.exp((-z * z) / 2) / (z * Math.sqrt(2 * Math.PI)));
