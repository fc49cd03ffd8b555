import { lowerBound, MAD_TO_SIGMA, medianDistance, quantile } from './robust.ts';
import { conformalP } from './tail.ts';

export interface Point {
  readonly timeMs: number;
  readonly value: number;
}

const HOUR_MS = 3_600_000;
const HOURS = 24;
const SLOT_VALUES = 200;
const ALL_VALUES = 2000;
/** Before so many values nothing is surprising. */
const FIRST_JUDGED = 30;
const FIRST_RANKED = 50;
const SLOT_JUDGED = 4;

/** The last `size` values, in order of size. */
function rolling(size: number) {
  const queue: number[] = [];
  const sorted: number[] = [];
  return {
    sorted,
    push(value: number) {
      queue.push(value);
      sorted.splice(lowerBound(sorted, value), 0, value);
      const oldest = queue.length > size ? queue.shift() : undefined;
      if (oldest !== undefined) sorted.splice(lowerBound(sorted, oldest), 1);
    },
  };
}

/**
 * Scores a stream of values as it comes, each only from those before it, 0 (nothing) to 1: distance from the median of the same hour
 * of day → conformal rank among all distances so far → only a record of the last `refractory` points counts.
 */
export function scoreStream(points: readonly Point[], { refractory = 600 }: { readonly refractory?: number } = {}): Float64Array {
  const all = rolling(ALL_VALUES);
  const slots = Array.from({ length: HOURS }, () => rolling(SLOT_VALUES));
  const distances: number[] = [];
  const scores = Float64Array.from(points, ({ timeMs, value }) => {
    const slot = slots[Math.floor(timeMs / HOUR_MS) % HOURS] ?? all;
    const distance = all.sorted.length < FIRST_JUDGED ? 0 : distanceFrom(slot.sorted, all.sorted, value);
    slot.push(value);
    all.push(value);
    const p = distances.length < FIRST_RANKED ? 1 : conformalP(distances, distance);
    distances.splice(lowerBound(distances, distance), 0, distance);
    const surprise = -Math.log10(p);
    return surprise / (1 + surprise);
  });
  return onlyRecords(scores, refractory);
}

function distanceFrom(slot: readonly number[], all: readonly number[], value: number): number {
  const middle = quantile(all, 0.5);
  const scale = Math.max(
    MAD_TO_SIGMA * medianDistance(all, middle),
    // Where most values are the same, the spread of the outer ones: 10 % to 90 % of a normal distribution are 2.563 σ.
    (quantile(all, 0.9) - quantile(all, 0.1)) / 2.563,
    1e-3 * Math.abs(middle),
    1e-9,
  );
  if (slot.length < SLOT_JUDGED) return Math.abs(value - middle) / scale;
  const expected = quantile(slot, 0.5);
  return Math.abs(value - expected) / Math.max(MAD_TO_SIGMA * medianDistance(slot, expected), 0.3 * scale);
}

/** One incident is one alert: a score counts where none of the `refractory` points before it was as high. */
function onlyRecords(scores: Float64Array, refractory: number): Float64Array {
  const peaks: number[] = [];
  return scores.map((score, index) => {
    while ((peaks[0] ?? index) < index - refractory) peaks.shift();
    const isRecord = score > (peaks[0] === undefined ? -1 : (scores[peaks[0]] ?? 0));
    while (peaks.length > 0 && (scores[peaks[peaks.length - 1] ?? 0] ?? 0) <= score) peaks.pop();
    peaks.push(index);
    return isRecord ? score : 0;
  });
}
