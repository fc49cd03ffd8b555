import { isLarge, type Sensitivity, type Surprise } from './detect.ts';
import { costAtUsualPrices, type Spent } from './effects.ts';
import { allBut, crowdByShares, type Requests, withoutGrowth } from './growth.ts';
import { rescaled } from './rescaled.ts';
import { isOfOneKind } from './one-kind.ts';
import { median } from './robust.ts';

/** Explains a surprise without anything being wrong with the use. */
export type Ordinary = 'mix' | 'launch' | 'growth' | 'adjustment';

/** A new feature may make so many times the requests of all others, and spend so many times as much; more is worth a look, new or not. */
const MOST_LAUNCHED = { calls: 2, cost: 10 };

/** What came of the other features in the window of a surprise, by their own rhythms; `undefined` where those are not known. */
export type OthersOf = (surprise: Surprise) => Requests | undefined;

interface Evidence {
  readonly now: Spent;
  /** Of the recent window; a long one remembers what is over. */
  readonly lately: Spent;
  /** An ordinary stretch, and how long it was. */
  readonly usual: Spent;
  readonly usualMs: number;
  readonly lastDays: readonly Spent[];
  readonly toMs: number;
  readonly othersOf?: OthersOf | undefined;
  /** Averages are not moved by which features are busy. */
  readonly isOneFeature?: boolean;
}

/** Requests that cost so much more are told whatever it is that they use more of. */
const SURELY_DEARER = 1.35;

/**
 * Is it still large without what a feature that nobody used before explains? In logarithms ratios and sigmas add up. `recent` is the
 * newest surprise in the same respect that tells something.
 */
export function ordinaryCause(surprise: Surprise, recent: Surprise, sensitivity: Sensitivity, evidence: Evidence): Ordinary | undefined {
  const without = (explain: (each: Surprise, spent: Spent) => Surprise): Surprise => {
    const own = explain(surprise, evidence.now);
    if (recent.buckets >= surprise.buckets) return { ...own, lastingRatio: own.ratio, recentZ: own.z };
    const { ratio, z: recentZ } = explain(recent, evidence.lately);
    return { ...own, lastingRatio: Math.min(ratio, (surprise.lastingRatio * own.ratio) / surprise.ratio), recentZ };
  };
  const { usual } = evidence;
  if (
    surprise.kind === 'intensity' &&
    !isLarge(
      without((each, now) => atUsualMix(each, now, usual)),
      sensitivity,
    )
  )
    return 'mix';
  const known = without((each, now) => withoutLaunches(each, now, evidence));
  if (!isLarge(known, sensitivity)) return 'launch';
  const others = () => {
    const crowd = crowdByShares(known, evidence.now, usual);
    return allBut(crowd, crowd.busiest);
  };
  if (!isLarge(withoutGrowth(known, evidence.othersOf?.(surprise) ?? others()), sensitivity)) return 'growth';
  if (surprise.kind === 'intensity' && surprise.ratio < SURELY_DEARER && !(evidence.isOneFeature && isOfOneKind(known, evidence)))
    return 'adjustment';
  return undefined;
}

/**
 * While people are away their cheap requests are missing and those of machines remain: each of them costs what it did, only the
 * average does not. Where more is spent than expected it is no excuse: then the dear feature is busier than it was.
 */
function atUsualMix(surprise: Surprise, now: Spent, usual: Spent): Surprise {
  if (surprise.cost > MOST_MIXED * surprise.expectedCost) return surprise;
  const [costs, all] = [costPerCall(usual), usual.cost / usual.calls];
  const asUsual = [...now.callsByFeature].reduce((sum, [feature, calls]) => sum + calls * (costs.get(feature) ?? all), 0);
  const dearer = costAtUsualPrices(now, usual) / asUsual;
  return dearer < surprise.ratio ? rescaled(surprise, Math.max(dearer, 1e-9) / surprise.ratio) : surprise;
}

const MOST_MIXED = 1.35;

function costPerCall({ parts, callsByFeature }: Spent): ReadonlyMap<string, number> {
  const costs = new Map<string, number>();
  for (const { feature, cost } of parts) costs.set(feature, (costs.get(feature) ?? 0) + cost);
  return new Map([...callsByFeature].flatMap(([feature, calls]) => (calls > 0 ? [[feature, (costs.get(feature) ?? 0) / calls]] : [])));
}

/** Without features that are new, if they are modest. */
function withoutLaunches(surprise: Surprise, now: Spent, { usual, usualMs, lastDays, toMs }: Evidence): Surprise {
  const isNew = newFeatures(now, usual, usualMs, lastDays);
  const launched = {
    cost: now.parts.reduce((sum, { feature, cost }) => sum + (isNew.has(feature) ? cost : 0), 0),
    calls: [...now.callsByFeature].reduce((sum, [feature, calls]) => sum + (isNew.has(feature) ? calls : 0), 0),
  };
  const share = (toMs - surprise.startMs) / usualMs;
  const isModest =
    launched.cost <= MOST_LAUNCHED.cost * Math.max(surprise.expectedCost, usual.cost * share) &&
    launched.calls <= MOST_LAUNCHED.calls * Math.max(surprise.expectedCalls, usual.calls * share);
  if (launched.cost === 0 || !isModest) return surprise;
  const cost = Math.max(surprise.cost - launched.cost, 0);
  const calls = Math.max(surprise.calls - launched.calls, 0);
  const change = surprise.kind === 'volume' ? calls / surprise.calls : calls > 0 ? cost / calls / (surprise.cost / surprise.calls) : 0;
  return rescaled({ ...surprise, cost, calls }, change);
}

/** A feature that begins within the ordinary stretch was used in it, but so much less. */
const BEGAN_SHARE = 0.25;

/** Those that did not spend in the ordinary stretch, or only began to. The median of the last days is not moved by an incident of one. */
function newFeatures(now: Spent, usual: Spent, usualMs: number, lastDays: readonly Spent[]): ReadonlySet<string> {
  const spenders = new Set(usual.parts.flatMap(({ feature, cost }) => (cost > 0 ? [feature] : [])));
  const perDay = (feature: string) => ((usual.callsByFeature.get(feature) ?? 0) * DAY_MS) / usualMs;
  const lately = (feature: string) => median(lastDays.map(({ callsByFeature }) => callsByFeature.get(feature) ?? 0));
  const isNew = (feature: string) => !spenders.has(feature) || perDay(feature) < BEGAN_SHARE * lately(feature);
  return new Set([...now.callsByFeature.keys()].filter((feature) => feature !== '' && isNew(feature)));
}

const DAY_MS = 86_400_000;
