import type { Baseline } from '../detector/baseline.ts';

export type Baselines = ReadonlyMap<string, Baseline | undefined>;

/** What is normal changes once per bucket; it is learned once per bucket, tenant and rule. */
export interface BaselineCache {
  readonly get: (key: string, bucket: number, learn: () => Promise<Baselines>) => Promise<Baselines>;
}

export function createBaselineCache(): BaselineCache {
  const cache = new Map<string, { readonly bucket: number; readonly baselines: Baselines }>();
  return {
    async get(key, bucket, learn) {
      const kept = cache.get(key);
      if (kept?.bucket === bucket) return kept.baselines;
      const baselines = await learn();
      cache.set(key, { bucket, baselines });
      return baselines;
    },
  };
}
