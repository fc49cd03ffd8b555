import type { Surprise } from './detect.ts';
import type { Spent } from './effects.ts';
import { rescaled } from './rescaled.ts';

/** How many came in a stretch of time, and how many were expected. */
export interface Requests {
  readonly calls: number;
  readonly expected: number;
}

/** All features together, and the one that grew most. */
export interface Crowd extends Requests {
  readonly busiest: Requests;
}

/** So many times the requests are no growth, whoever makes them. */
const NEVER_GROWTH = 4;
/** Unless it is a gust. */
const GUST_BUCKETS = 1;
/** Fewer expected requests of the others are too few to compare with; of few, more than chance must have come. */
const LEAST_OTHERS = 5;
const SURELY = 3;
/** In logarithms: others that grew so much of what it did grew alike. */
const ALIKE = 0.5;

/**
 * More people use everything more; a loop, a retry or a thief is one thing. What is left of a surprise without the growth that the
 * other features have in common.
 */
export function withoutGrowth(surprise: Surprise, { calls, expected }: Requests): Surprise {
  const mayBeGrowth = surprise.ratio < NEVER_GROWTH || surprise.buckets <= GUST_BUCKETS;
  if (surprise.kind !== 'volume' || !mayBeGrowth) return surprise;
  const isSure = expected >= LEAST_OTHERS && calls >= expected + SURELY * Math.sqrt(expected);
  if (!isSure) return surprise;
  const growth = calls / expected;
  return rescaled(surprise, Math.log(growth) >= ALIKE * Math.log(surprise.ratio) ? 1 / surprise.ratio : 1 / growth);
}

const NOBODY: Requests = { calls: 0, expected: 0 };
const gainOf = ({ calls, expected }: Requests) => calls - expected;

export const crowdOf = (all: readonly Requests[]): Crowd =>
  all.reduce<Crowd>(
    (sum, each) => ({
      calls: sum.calls + each.calls,
      expected: sum.expected + each.expected,
      busiest: gainOf(each) > gainOf(sum.busiest) ? each : sum.busiest,
    }),
    { ...NOBODY, busiest: NOBODY },
  );

export const allBut = (crowd: Requests, one: Requests): Requests => ({
  calls: crowd.calls - one.calls,
  expected: crowd.expected - one.expected,
});

/** What features are like by their own rhythms, for each length of window. */
export function crowdsOf(features: readonly (readonly Surprise[])[]): ReadonlyMap<number, Crowd> {
  const volumes = features.flat().filter(({ kind }) => kind === 'volume');
  const byLength = Map.groupBy(volumes, ({ buckets }) => buckets);
  return new Map([...byLength].map(([buckets, own]) => [buckets, crowdOf(own.map(requestsIn))]));
}

export const requestsIn = ({ calls, expectedCalls }: Surprise): Requests => ({ calls, expected: expectedCalls });

/** By their share of what is expected of the whole, where their rhythms are not known. */
export function crowdByShares({ expectedCalls }: Surprise, now: Spent, usual: Spent): Crowd {
  return crowdOf(
    [...now.callsByFeature].flatMap(([feature, calls]) => {
      const expected = (expectedCalls * (usual.callsByFeature.get(feature) ?? 0)) / usual.calls;
      return expected > 0 ? [{ calls, expected }] : [];
    }),
  );
}
