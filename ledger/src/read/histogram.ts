/** Calls per bucket of durations, ascending: bucket b is more than 2^((b-1)/8) and at most 2^(b/8) ms, 0 at most 1 ms. */
export type Histogram = ReadonlyMap<number, number>;

/** As ClickHouse writes it; buckets whose calls were all taken back are gone. */
export function decodeHistogram(map: unknown): Histogram {
  const entries = Object.entries(map ?? {}).map(([bucket, calls]) => [Number(bucket), Number(calls)] as const);
  return new Map(entries.filter(([, calls]) => calls > 0).sort(([a], [b]) => a - b));
}

/** Within the bucket that holds the quantile, the calls are taken as evenly spread. Milliseconds, to a thousandth. */
export function quantile(histogram: Histogram, q: number): number | null {
  const total = [...histogram.values()].reduce((sum, calls) => sum + calls, 0);
  let below = 0;
  for (const [bucket, calls] of histogram) {
    if (below + calls >= q * total) {
      const lower = bucket === 0 ? 0 : 2 ** ((bucket - 1) / 8);
      const upper = 2 ** (bucket / 8);
      return Math.round((lower + ((upper - lower) * (q * total - below)) / calls) * 1000) / 1000;
    }
    below += calls;
  }
  return null;
}

/** The bucket that holds the quantile. */
export function quantileBucket(histogram: Histogram, q: number): number | null {
  const total = [...histogram.values()].reduce((sum, calls) => sum + calls, 0);
  let below = 0;
  for (const [bucket, calls] of histogram) {
    below += calls;
    if (below >= q * total) return bucket;
  }
  return null;
}

/** All calls together, each taken as the middle of its bucket. */
export const secondsOf = (histogram: Histogram) =>
  [...histogram].reduce((sum, [bucket, calls]) => sum + calls * 2 ** ((bucket - 0.5) / 8), 0) / 1000;
