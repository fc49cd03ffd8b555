import { type Baseline, costRatio, CUSHION_CALLS, WINDOW_BUCKETS } from './baseline.ts';
import { HOUR_MS } from './rhythm.ts';
import { tailP } from './tail.ts';

/** `volume`: more requests than usual. `intensity`: each request costs more than usual. */
export type Kind = 'volume' | 'intensity';

/** How surprising the end of a series is, in one respect and over one window. */
export interface Surprise {
  readonly kind: Kind;
  readonly buckets: number;
  /** Robust z of the log-ratio to the most that was expected. */
  readonly z: number;
  /** How often normal windows are as far off. */
  readonly p: number;
  readonly startMs: number;
  readonly cost: number;
  readonly calls: number;
  readonly expectedCalls: number;
  readonly expectedCost: number;
  /** How many times the most that was expected: requests, or cost per request. */
  readonly ratio: number;
  /** Both with the dearest bucket in them, which does not count as evidence but says whether it goes on. */
  readonly whole: { readonly z: number; readonly ratio: number };
  /** The least of the shorter windows, down to the recent one; the z of that and of the newest bucket: a long window remembers what is over. */
  readonly lastingRatio: number;
  readonly recentZ: number;
  readonly newestZ: number;
  /** It was normal again in between: what is unusual now is not what the window remembers. */
  readonly isPast: boolean;
  /** So many times as much as usual is needed, where it is not known how the series grows. */
  readonly caution: number;
}

/** The bucket-wide window that ends now; its start need not be aligned. */
export interface Newest {
  readonly startMs: number;
  readonly calls: number;
  readonly cost: number;
}

/** What a few requests cost says more of one of them than of all: their mean has longer tails than the noise of many. */
const FEW_CALLS = 10;

/** Every window that ends now, in both respects. `priceIndex`: what is paid since then by what was expected to be paid for the same use. */
export function surprises(baseline: Baseline, newest: Newest, priceIndex: (sinceMs: number) => number = () => 1): readonly Surprise[] {
  const { startMs, stepMs, buckets: known, sums, caution } = baseline;
  // Closed buckets that end before the newest window starts.
  const closed = Math.max(0, Math.min(known, Math.floor((newest.startMs - startMs) / stepMs)));
  const expected = expectationAt(baseline, newest.startMs);
  const found = WINDOW_BUCKETS.flatMap((buckets): readonly Surprise[] => {
    const noise = baseline.noise.get(buckets);
    if (!noise) return [];
    const from = Math.max(0, closed - (buckets - 1));
    const before = (name: keyof typeof sums) => (sums[name][closed] ?? 0) - (sums[name][from] ?? 0);
    const calls = before('calls') + newest.calls;
    const cost = before('cost') + newest.cost;
    const expectedCalls = before('expectedCalls') + expected.calls;
    const mostCalls = before('mostCalls') + expected.mostCalls;
    const since = buckets === 1 ? newest.startMs : startMs + from * stepMs;
    const index = priceIndex(since);
    const perCall = index * expected.perCall;
    const usualCost = index * before('expectedCost') + newest.calls * perCall;
    const mostCost = index * (before('mostCost') + newest.calls * expected.mostPerCall);
    // One dear request, or one half hour of them, is not what requests are like: the dearest bucket counts as an ordinary one.
    const oneDear = (first: number, perRequest: number) =>
      buckets === 1 ? 0 : Math.max(mostExcess(sums, first, closed, index), newest.cost - newest.calls * perRequest, 0);
    const facts = {
      buckets,
      startMs: since,
      cost,
      calls,
      expectedCalls,
      expectedCost: calls > 0 ? (expectedCalls * usualCost) / calls : expectedCalls * perCall,
    };
    const surprise = (kind: Kind, log: number, wholeLog = log): Surprise => {
      const sigma = noise[kind].sigma(expectedCalls);
      const z = log / sigma;
      return {
        ...facts,
        kind,
        z,
        p: tailP(noise[kind].tail, z, noise[kind].size),
        ratio: Math.exp(log),
        whole: { z: wholeLog / sigma, ratio: Math.exp(wholeLog) },
        lastingRatio: Math.exp(log),
        recentZ: z,
        newestZ: z,
        isPast: false,
        caution,
      };
    };
    return [
      surprise('volume', Math.log((calls + CUSHION_CALLS) / (mostCalls + CUSHION_CALLS))),
      calls > 0
        ? surprise('intensity', costRatio(cost - oneDear(from, mostCost / calls), mostCost, calls), costRatio(cost, mostCost, calls))
        : surprise('intensity', 0),
    ];
  });
  return found.map((each) => {
    const newest = found.find(({ kind, buckets }) => kind === each.kind && buckets === 1);
    const newestZ = newest?.z ?? each.z;
    if (each.buckets <= HOUR_BUCKETS) return { ...each, newestZ };
    const recent = recentOf(each, found);
    const shorter = found.filter(({ kind, buckets }) => kind === each.kind && buckets >= recent.buckets && buckets <= each.buckets);
    const lastingRatio = Math.min(...shorter.map(({ whole }) => whole.ratio));
    return { ...each, newestZ, lastingRatio, recentZ: recent.whole.z, isPast: wasNormal(each, shorter) };
  });
}

/** So many requests say what requests are like. */
const TELLING_CALLS = 20;

/** The same respect over the newest hour, or as many more as say something; with its dearest bucket. */
export function recentOf(surprise: Surprise, found: readonly Surprise[]): Surprise {
  const isTelling = ({ kind, buckets, calls }: Surprise) =>
    kind === surprise.kind && buckets >= HOUR_BUCKETS && buckets < surprise.buckets && (kind === 'volume' || calls >= TELLING_CALLS);
  const recent = found.find(isTelling) ?? surprise;
  return { ...recent, ...recent.whole };
}

/** Of what a window has beyond the expectation, so much must be in each stretch of it, but for the oldest, in which it began. */
const IN_EACH_STRETCH: Readonly<Record<Kind, number>> = { volume: 0.4, intensity: 0.25 };

/** So many times what was expected is not normal, however much more came in the rest of the window. */
const NEVER_NORMAL = 5;

/** Was it normal again between what the window remembers and now? `shorter`: the windows from an hour to its own length, ascending. */
function wasNormal({ ratio, kind }: Surprise, shorter: readonly Surprise[]): boolean {
  const amountOf = (each: Surprise) => (kind === 'volume' ? each.calls : each.cost);
  const between = shorter.slice(0, -1).flatMap((each, index): number[] => {
    const before = shorter[index - 1];
    if (!before) return [each.whole.ratio];
    const expected = amountOf(each) / each.whole.ratio - amountOf(before) / before.whole.ratio;
    return expected > 0 ? [(amountOf(each) - amountOf(before)) / expected] : [];
  });
  return between.some((stretch) => stretch < 1 + IN_EACH_STRETCH[kind] * (Math.min(ratio, NEVER_NORMAL) - 1));
}

/** The most that one bucket cost beyond the most that was expected. */
function mostExcess({ cost, mostCost }: Baseline['sums'], from: number, to: number, index: number): number {
  let most = 0;
  for (let at = from; at < to; at++) {
    const excess = (cost[at + 1] ?? 0) - (cost[at] ?? 0) - index * ((mostCost[at + 1] ?? 0) - (mostCost[at] ?? 0));
    if (excess > most) most = excess;
  }
  return most;
}

/** An unaligned bucket straddles two hours: each counts by its share. */
function expectationAt({ volume, intensity, stepMs }: Baseline, startMs: number) {
  const end = startMs + stepMs;
  const border = Math.min(end, (Math.floor(startMs / HOUR_MS) + 1) * HOUR_MS);
  const share = (border - startMs) / stepMs;
  const mixed = (at: (timeMs: number) => number) => share * at(startMs) + (1 - share) * at(end - 1);
  return {
    calls: mixed(volume.expect),
    mostCalls: mixed(volume.most),
    perCall: mixed(intensity.expect),
    mostPerCall: mixed(intensity.most),
  };
}

export interface Sensitivity {
  readonly z: Readonly<Record<Kind, number>>;
  /** At most this share of the normal windows of the series may be as far off. */
  readonly rank: number;
  /** Cost per request must be so many times the usual. */
  readonly intensityRatio: number;
  /** Least excess over what was expected, in USD. */
  readonly impact: number;
}

/**
 * More requests of the same kind are growth, a campaign or a launch until they are so many times the usual: the shorter the window,
 * the more may be a gust.
 */
const VOLUME_RATIOS: readonly (readonly [buckets: number, ratio: number])[] = [
  [1, 2.5],
  [4, 2.3],
  [Number.POSITIVE_INFINITY, 2],
];
const volumeRatio = (buckets: number) => VOLUME_RATIOS.find(([most]) => buckets <= most)?.[1] ?? 2;

const neededRatio = ({ kind, buckets, caution }: Surprise, { intensityRatio }: Sensitivity) =>
  kind === 'volume' ? volumeRatio(buckets) * caution : intensityRatio;

/** What a bucket is expected to cost, and above what a sudden anomaly of requests begins. */
export function bandAt({ volume, intensity, noise }: Baseline, startMs: number, { z }: Pick<Sensitivity, 'z'>) {
  const [calls, perCall] = [volume.expect(startMs), intensity.expect(startMs)];
  const sigma = noise.get(1)?.volume.sigma(calls) ?? 0;
  const factor = Math.max(Math.exp(z.volume * sigma), volumeRatio(1));
  return { expected: calls * perCall, upper: ((volume.most(startMs) + CUSHION_CALLS) * factor - CUSHION_CALLS) * perCall };
}

/** What it cost beyond the expectation because of what it is surprising in. */
export function impactOf({ kind, cost, calls, expectedCalls, expectedCost }: Surprise): number {
  if (kind === 'volume') return cost - expectedCost;
  return cost - (expectedCalls > 0 ? (calls * expectedCost) / expectedCalls : 0);
}

const neededZ = ({ kind, calls, buckets }: Surprise, { z }: Sensitivity) => {
  if (kind === 'volume') return z.volume;
  if (calls < FEW_CALLS) return Number.POSITIVE_INFINITY;
  return z.intensity * Math.sqrt(1 + FEW_CALLS / calls) * (buckets === 1 ? ONE_BUCKET : 1);
};
/** What only half an hour says must be beyond doubt. */
const ONE_BUCKET = 2.5;

const LASTS_Z = 2;
const RECENT_Z: Readonly<Record<Kind, number>> = { volume: 3, intensity: 2 };
const LASTS_SHARE = 0.6;
const HOUR_BUCKETS = 2;

/** Large enough in every respect: in sigmas, as a ratio and in what it costs; and still going on. */
export function isLarge(surprise: Surprise, sensitivity: Sensitivity): boolean {
  return (
    surprise.z >= neededZ(surprise, sensitivity) &&
    surprise.p <= sensitivity.rank &&
    surprise.newestZ >= LASTS_Z &&
    !surprise.isPast &&
    (surprise.buckets <= HOUR_BUCKETS || surprise.recentZ >= RECENT_Z[surprise.kind]) &&
    Math.log(surprise.lastingRatio) >= LASTS_SHARE * Math.log(surprise.ratio) &&
    surprise.ratio >= neededRatio(surprise, sensitivity) &&
    impactOf(surprise) >= sensitivity.impact
  );
}

/** While the newest bucket is back to normal, what was before it is over. */
const STILL_Z = 2;
export const isStill = (found: readonly Surprise[]): boolean => found.some(({ buckets, z }) => buckets === 1 && z >= STILL_Z);

/** Of one part among many, where one of them is always a little unusual: over the last hour as well, and by a good deal of what is large. */
export const isStillSurely = (found: readonly Surprise[], { intensityRatio }: Sensitivity): boolean =>
  found.some(
    ({ kind, buckets, z, newestZ, ratio }) =>
      buckets === HOUR_BUCKETS &&
      z >= RECENT_Z[kind] &&
      newestZ >= STILL_Z &&
      Math.log(ratio) > LASTS_SHARE * Math.log(kind === 'volume' ? volumeRatio(HOUR_BUCKETS) : intensityRatio),
  );

/** The surprises that are large, the most surprising first. */
export function notable(found: readonly Surprise[], sensitivity: Sensitivity): readonly Surprise[] {
  return found.filter((each) => isLarge(each, sensitivity)).toSorted((a, b) => b.z - a.z);
}
