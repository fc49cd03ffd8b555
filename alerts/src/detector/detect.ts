import { type Baseline, logRatio } from './baseline.ts';
import { tailP } from './tail.ts';

/** How surprising the end of a series is: its most surprising scale. */
export interface Surprise {
  /** Over how many buckets it was looked for. */
  readonly buckets: number;
  /** Robust z of the log-ratio to what was expected. */
  readonly z: number;
  /** How often normal hours are as far off. */
  readonly p: number;
  readonly startMs: number;
  readonly value: number;
  readonly expected: number;
}

/** The sum of the bucket-wide window that ends now; its start need not be aligned. */
export interface Newest {
  readonly startMs: number;
  readonly value: number;
}

export interface Sensitivity {
  readonly z: number;
  readonly ratio: number;
  /** Least excess over what was expected, in the unit of the series. */
  readonly impact: number;
}

/** From the sudden (the newest window alone) to the slow (it and the closed buckets before it). */
export function surprises(baseline: Baseline, newest: Newest): readonly Surprise[] {
  const { history, expected, scales, cushion } = baseline;
  const { startMs, stepMs, values } = history;
  // Closed buckets that end before the newest window starts.
  const closed = Math.min(values.length, Math.floor((newest.startMs - startMs) / stepMs));
  const newestExpected = baseline.expect(newest.startMs);
  return scales.map(({ buckets, center, sigma, sorted }) => {
    const from = Math.max(0, closed - (buckets - 1));
    const value = newest.value + total(values, from, closed);
    const normal = newestExpected + total(expected, from, closed);
    const ratio = logRatio(value, normal, cushion);
    return {
      buckets,
      z: (ratio - center) / sigma,
      p: tailP(sorted, ratio),
      startMs: buckets === 1 ? newest.startMs : startMs + from * stepMs,
      value,
      expected: normal * Math.exp(center),
    };
  });
}

/** A single bucket may be a gust: it must be so much more surprising. */
const SUDDEN = 1.3;
export const neededZ = ({ buckets }: Pick<Surprise, 'buckets'>, z: number): number => (buckets === 1 ? SUDDEN * z : z);

/** While the newest bucket is back to normal, what was before it is over. */
const STILL_Z = 2;
export const isStill = (found: readonly Surprise[]): boolean => (found[0]?.z ?? 0) >= STILL_Z;

/**
 * The surprises that are large enough in every respect and still going on: in sigmas, as a ratio and in what they cost. The least
 * likely comes first.
 */
export function notable(found: readonly Surprise[], { z, ratio, impact }: Sensitivity): readonly Surprise[] {
  if (!isStill(found)) return [];
  return found
    .filter((each) => lasts(each, found))
    .filter((each) => each.z >= neededZ(each, z) && each.value >= each.expected * ratio && each.value - each.expected >= impact)
    .toSorted((a, b) => a.p - b.p);
}

const LASTS_Z = 3;
const deviation = ({ value, expected }: Surprise) => Math.log(Math.max(value, 1e-12) / Math.max(expected, 1e-12));

/** A long window remembers what is over: the last hour must say at least half of what it says. */
function lasts(surprise: Surprise, found: readonly Surprise[]): boolean {
  const hour = found.find(({ buckets }) => buckets === 2);
  if (!hour || surprise.buckets <= hour.buckets) return true;
  return hour.z >= LASTS_Z && deviation(hour) >= 0.5 * deviation(surprise);
}

function total(values: readonly number[], from: number, to: number): number {
  let sum = 0;
  for (let index = from; index < to; index++) sum += values[index] ?? 0;
  return sum;
}
