import type { PicoUsd } from '@tokenledger/model';

/** Priced calls per bucket b, ascending: more than 2^((b-1)/8) and at most 2^(b/8) nano-USD. */
export type CostHistogram = readonly (readonly [bucket: number, calls: number])[];

/** Buckets whose calls were all taken back are gone. */
export const toCostHistogram = (calls: ReadonlyMap<string, bigint> | undefined): CostHistogram =>
  [...(calls ?? [])]
    .map(([bucket, count]) => [Number(bucket), Number(count)] as const)
    .filter(([, count]) => count > 0)
    .sort(([a], [b]) => a - b);

const PICO_PER_NANO = 1000;
const PER_DOUBLING = 8;

/** The middle of a bucket: at most 4.5 % off. The lowest bucket is what costs at most a nano-dollar: as good as nothing. */
export const costOfBucket = (bucket: number): PicoUsd =>
  bucket === 0 ? 0n : BigInt(Math.round(2 ** ((bucket - 0.5) / PER_DOUBLING) * PICO_PER_NANO));

const callsIn = (histogram: CostHistogram) => histogram.reduce((sum, [, calls]) => sum + calls, 0);

export function costQuantile(histogram: CostHistogram, q: number): PicoUsd | null {
  const rank = q * callsIn(histogram);
  let below = 0;
  for (const [bucket, calls] of histogram) {
    below += calls;
    if (below >= rank) return costOfBucket(bucket);
  }
  return null;
}

/** Dearest / cheapest call. `null` where one of them costs nothing. */
export function costRatio(histogram: CostHistogram): number | null {
  const [first, last] = [histogram[0], histogram.at(-1)];
  if (!first || !last || first[0] === 0) return null;
  return 2 ** ((last[0] - first[0]) / PER_DOUBLING);
}

/**
 * Hill's estimate over the dearest ⌈√n⌉ calls of how fast the tail thins out. Below 2 the variance is infinite: the mean is no basis for a
 * budget. `null` where the dearest calls all cost the same.
 */
export function tailIndex(histogram: CostHistogram): number | null {
  const count = callsIn(histogram);
  const top = Math.ceil(Math.sqrt(count));
  if (count <= top) return null;
  const descending = histogram.toReversed();
  const threshold = bucketAt(descending, top);
  let left = top;
  let sum = 0;
  for (const [bucket, calls] of descending) {
    const taken = Math.min(left, calls);
    sum += (taken * (bucket - threshold) * Math.LN2) / PER_DOUBLING;
    left -= taken;
    if (left === 0) break;
  }
  return sum > 0 ? top / sum : null;
}

/** The bucket of the call that so many others precede. */
function bucketAt(histogram: CostHistogram, index: number): number {
  let seen = 0;
  for (const [bucket, calls] of histogram) {
    seen += calls;
    if (seen > index) return bucket;
  }
  return 0;
}
