import type { Baseline } from './baseline.ts';
import { impactOf, isLarge, type Sensitivity, type Surprise } from './detect.ts';
import { costAtUsualPrices, type Spent } from './effects.ts';
import { median } from './robust.ts';

/** Explains a surprise without anything being wrong with the use. */
export type Ordinary = 'mix' | 'launch' | 'growth';

/** A new feature may make so many times the requests of all others, and spend so many times as much; more is worth a look, new or not. */
const MOST_LAUNCHED = { calls: 2, cost: 10 };

interface Evidence {
  readonly now: Spent;
  /** Of the newest hour; a long window remembers what is over. */
  readonly lastHour: Spent;
  /** An ordinary stretch, and how long it was. */
  readonly usual: Spent;
  readonly usualMs: number;
  readonly lastDays: readonly Spent[];
  readonly toMs: number;
}

/**
 * Is it still large without what a feature that nobody used before explains? In logarithms ratios and sigmas add up. `hour` is the
 * surprise of the newest hour in the same respect.
 */
export function ordinaryCause(
  surprise: Surprise,
  hour: Surprise | undefined,
  sensitivity: Sensitivity,
  evidence: Evidence,
): Ordinary | undefined {
  const without = (explain: (each: Surprise, spent: Spent) => Surprise): Surprise => {
    const own = explain(surprise, evidence.now);
    if (!hour || hour.buckets >= surprise.buckets) return { ...own, lastingRatio: own.ratio, hourZ: own.z };
    const { ratio, z: hourZ } = explain(hour, evidence.lastHour);
    return { ...own, lastingRatio: Math.min(ratio, (surprise.lastingRatio * own.ratio) / surprise.ratio), hourZ };
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
  const mayBeGrowth = known.ratio < NEVER_GROWTH || known.buckets <= GUST_BUCKETS;
  if (known.kind === 'volume' && mayBeGrowth && othersGrew(known, evidence.now, usual)) return 'growth';
  return undefined;
}

/** So many times the requests are no growth, whoever makes them. */
const NEVER_GROWTH = 4;
/** Unless it is a gust. */
const GUST_BUCKETS = 1;
/** Fewer expected requests of the others are too few to compare with; of few, more than chance must have come. */
const LEAST_OTHERS = 5;
const SURELY = 3;

/** More people use everything more; a loop, a retry or a thief is one thing. Did the features beside the one that grew most grow too? */
function othersGrew({ expectedCalls, ratio }: Surprise, now: Spent, usual: Spent): boolean {
  const expectedOf = (feature: string) => (expectedCalls * (usual.callsByFeature.get(feature) ?? 0)) / usual.calls;
  const known = [...now.callsByFeature].filter(([feature]) => expectedOf(feature) > 0);
  const gains = known.map(([feature, calls]) => ({ feature, calls, gain: calls - expectedOf(feature) }));
  const most = gains.reduce((best, each) => (each.gain > best.gain ? each : best), { feature: '', calls: 0, gain: 0 });
  const others = gains.filter(({ feature }) => feature !== most.feature);
  const expected = others.reduce((sum, { feature }) => sum + expectedOf(feature), 0);
  const calls = others.reduce((sum, each) => sum + each.calls, 0);
  const isSure = expected >= LEAST_OTHERS && calls >= expected + SURELY * Math.sqrt(expected);
  return isSure && Math.log(calls / expected) >= 0.5 * Math.log(ratio);
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

function rescaled(surprise: Surprise, factor: number): Surprise {
  const ratio = surprise.ratio * factor;
  const z = ratio > 0 && surprise.ratio > 1 ? (surprise.z * Math.log(ratio)) / Math.log(surprise.ratio) : 0;
  return { ...surprise, ratio, z };
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
const HOUR_MS = 3_600_000;
const DAYS = [1, 2, 3];
const WEEKS = [1, 2, 3, 4];
const JITTER_MS = 3 * HOUR_MS;
/** A past window counts as the same job when it stood out about half as far, and cost half as much beyond its own expectation, at today's prices. */
const STOOD_OUT_Z = 3;
const ALIKE = 0.5;

/** Did the same happen on each of the last days or in most weeks before, about this hour, or on the same day of the month before? */
export function recurs(
  surprise: Surprise,
  past: Baseline,
  { toMs, priceIndex }: { readonly toMs: number; readonly priceIndex: number },
): boolean {
  const wanted = { cost: (ALIKE * impactOf(surprise)) / priceIndex, ratio: surprise.ratio ** ALIKE };
  const lengthMs = Math.max(toMs - surprise.startMs, past.stepMs);
  const stoodOut = (fromMs: number, untilMs: number) => {
    for (let at = fromMs; at <= untilMs; at += past.stepMs) if (excessOver(past, at, lengthMs, wanted.ratio) >= wanted.cost) return true;
    return false;
  };
  const weeks = WEEKS.filter((week) => {
    const at = surprise.startMs - week * 7 * DAY_MS;
    return stoodOut(at - JITTER_MS, at + JITTER_MS);
  });
  if (DAYS.every((day) => stoodOut(surprise.startMs - day * DAY_MS - HOUR_MS, surprise.startMs - day * DAY_MS + HOUR_MS))) return true;
  if (
    surprise.kind === 'volume' &&
    WEEKS.filter((week) => callsOver(past, surprise.startMs - week * 7 * DAY_MS, lengthMs) * AS_MANY >= surprise.calls).length >= 2
  )
    return true;
  // Who has only been here for one or two weeks cannot have done it more often.
  const lived = Math.floor((surprise.startMs - past.firstMs) / (7 * DAY_MS));
  if (weeks.length >= Math.max(1, Math.min(2, lived - 1))) return true;
  return sameDaysOfLastMonth(surprise.startMs).some((day) => stoodOut(day - DAY_MS, day + 2 * DAY_MS));
}

/** What was there twice in four weeks at the same hour is no more than usual, whatever their median says: a day off is none of work. */
const AS_MANY = 1.6;

function callsOver({ sums: { calls }, startMs, stepMs, buckets }: Baseline, fromMs: number, lengthMs: number): number {
  const from = Math.floor((fromMs - startMs) / stepMs);
  const to = Math.ceil((fromMs + lengthMs - startMs) / stepMs);
  if (from < 0 || to > buckets) return 0;
  return (((calls[to] ?? 0) - (calls[from] ?? 0)) * lengthMs) / ((to - from) * stepMs);
}

/** USD beyond the expectation in a window of the past that stood out; 0 when it did not. */
function excessOver(past: Baseline, fromMs: number, lengthMs: number, leastRatio: number): number {
  const { sums, startMs, stepMs, buckets } = past;
  const from = Math.floor((fromMs - startMs) / stepMs);
  const to = from + Math.max(1, Math.round(lengthMs / stepMs));
  if (from < 0 || to > buckets) return 0;
  const over = (name: keyof typeof sums) => (sums[name][to] ?? 0) - (sums[name][from] ?? 0);
  const usual = over('calls') > 0 ? (over('expectedCost') * over('expectedCalls')) / over('calls') : 0;
  const noise = nearest(past, to - from);
  const more = Math.log((over('calls') + 1) / (over('expectedCalls') + 1));
  const z = noise ? more / noise.volume.sigma(over('expectedCalls')) : 0;
  return z >= STOOD_OUT_Z && more >= Math.log(leastRatio) ? over('cost') - usual : 0;
}

function nearest({ noise }: Baseline, buckets: number) {
  const sizes = [...noise.keys()];
  return noise.get(sizes.findLast((size) => size <= buckets) ?? sizes[0] ?? 1);
}

/** The day of the same number, and the day as far from the end of its month: jobs run on the first, on the last, or on the 15th. */
function sameDaysOfLastMonth(atMs: number): readonly number[] {
  const at = new Date(atMs);
  const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()];
  const left = new Date(Date.UTC(year, month + 1, 0)).getUTCDate() - day;
  const lastOfBefore = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return [Date.UTC(year, month - 1, Math.min(day, lastOfBefore)), Date.UTC(year, month - 1, Math.max(1, lastOfBefore - left))];
}
