import type { Baseline } from '../detector/baseline.ts';

export type Baselines = ReadonlyMap<string, Baseline | undefined>;

interface Age {
  /** Its history ends here. */
  readonly bucket: number;
  /** What is normal was learned here. */
  readonly learning: number;
}

/** A history is read once per bucket, whoever of several rules asks first; what is normal is learned from it less often. */
export interface BaselineCache {
  readonly get: (key: string, age: Age, read: (known: Baselines | undefined) => Promise<Baselines>) => Promise<Baselines>;
}

const MOST_KEPT = 1000;

export function createBaselineCache(): BaselineCache {
  const cache = new Map<string, Age & { readonly baselines: Promise<Baselines> }>();
  return {
    get(key, age, read) {
      const kept = cache.get(key);
      if (kept?.bucket === age.bucket) return kept.baselines;
      const baselines = (async () => read(kept?.learning === age.learning ? await kept.baselines : undefined))();
      cache.delete(key);
      cache.set(key, { ...age, baselines });
      // What could not be read is asked for again.
      baselines.catch(() => cache.get(key)?.baselines === baselines && cache.delete(key));
      const [oldest] = cache.keys();
      if (cache.size > MOST_KEPT && oldest !== undefined) cache.delete(oldest);
      return baselines;
    },
  };
}
