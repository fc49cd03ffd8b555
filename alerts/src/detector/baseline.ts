import { type Noise, noiseOf } from './noise.ts';
import { DAY_MS, type Rhythm, rhythmOf } from './rhythm.ts';
import { median } from './robust.ts';

/** Requests and cost per bucket, oldest first, without gaps. Statistics are in floats; they decide what is told, never what is owed. */
export interface History {
  readonly startMs: number;
  readonly stepMs: number;
  readonly calls: ArrayLike<number>;
  readonly cost: ArrayLike<number>;
}

/** Sums over consecutive buckets of a history, each in one subtraction. */
export interface Sums {
  readonly calls: Float64Array;
  readonly cost: Float64Array;
  /** Requests expected, and at most expected: the busiest of the hour and the hours beside it. */
  readonly expectedCalls: Float64Array;
  readonly mostCalls: Float64Array;
  /** What the requests that came should have cost, likewise. */
  readonly expectedCost: Float64Array;
  readonly mostCost: Float64Array;
}

/** What is normal for a series, as of the end of its history. */
export interface Baseline {
  /** The first request that is known of. */
  readonly firstMs: number;
  /** What is new may still grow: so many times as many requests as of others are no incident. */
  readonly caution: number;
  /** Start of the first bucket in `sums`. */
  readonly startMs: number;
  readonly stepMs: number;
  readonly buckets: number;
  readonly sums: Sums;
  readonly volume: Rhythm;
  readonly intensity: Rhythm;
  readonly noise: ReadonlyMap<number, { readonly volume: Noise; readonly intensity: Noise }>;
}

/** From here on a whole day of work was seen, on whichever day it began. */
const LEAST_HISTORY_MS = 4 * DAY_MS;
/** From half an hour, which finds what is sudden, to two days, which find what is slow (with buckets of 30 minutes). */
export const WINDOW_BUCKETS = [1, 2, 4, 8, 16, 32, 96];
/** Added to both sides of a ratio of requests: one request where none was expected is not infinitely many. */
export const CUSHION_CALLS = 1;
/** So many requests at the usual cost are added to both sides of a ratio of costs: one dear request among few is no change. */
export const CUSHION_COSTS = 3;

/**
 * `knowsNothing`: that there was nothing is what is known, not that nothing is known.
 * @returns undefined while there is too little history, or nothing in it, to know what is normal
 */
export function learn(history: History, { knowsNothing = false } = {}): Baseline | undefined {
  const { startMs, stepMs } = history;
  const [allCalls, allCost] = [Array.from(history.calls), Array.from(history.cost)];
  const first = knowsNothing ? 0 : allCalls.findIndex((value) => value > 0);
  if (first < 0 || (allCalls.length - first) * stepMs < LEAST_HISTORY_MS) return undefined;
  const from = startMs + first * stepMs;
  const calls = allCalls.slice(first);
  const cost = allCost.slice(first);
  const volume = rhythmOf(
    calls.map((value) => Math.log(Math.max(0, value) + CUSHION_CALLS)),
    from,
    stepMs,
    CUSHION_CALLS,
  );
  const usualCosts = usualCostsOf(calls, cost, Math.round(DAY_MS / stepMs));
  const perCall = calls.map((count, index) =>
    Math.log(Math.max(((cost[index] ?? 0) + CUSHION_COSTS * (usualCosts[index] ?? 0)) / (count + CUSHION_COSTS), 1e-12)),
  );
  const intensity = rhythmOf(perCall, from, stepMs, 0);
  const sums = sumsOf({ startMs: from, stepMs, calls, cost }, volume, intensity);
  // The last day is not among what is compared with: an incident must not make itself usual.
  const perDay = Math.round(DAY_MS / stepMs);
  const known = calls.length - perDay;
  const seasons = Math.max(3, Math.floor((calls.length * stepMs) / (2 * DAY_MS)));
  const noise = new Map(WINDOW_BUCKETS.map((buckets) => [buckets, noiseIn(sums, { known, buckets, seasons, perDay })]));
  return { firstMs: from, caution: cautionOf(calls, perDay), startMs: from, stepMs, buckets: calls.length, sums, volume, intensity, noise };
}

const YOUNG_DAYS = 14;
const WEEK_DAYS = 7;
const LAST_DAYS = 3;
/** The busiest of the last days by the busiest before them. */
const GREW = 1.5;

const CAUTION = { firstWeek: 2, growing: 1.6, none: 1 };

/** In the first week; in the second while the last days are far busier than those before. */
function cautionOf(calls: readonly number[], perDay: number): number {
  const days = Math.floor(calls.length / perDay);
  if (days >= YOUNG_DAYS) return CAUTION.none;
  if (days < WEEK_DAYS) return CAUTION.firstWeek;
  const before = calls.length % perDay;
  const daily = Array.from({ length: days }, (_, day) => sum(calls.slice(before + day * perDay, before + (day + 1) * perDay)));
  return Math.max(...daily.slice(-LAST_DAYS)) > GREW * Math.max(...daily.slice(0, -LAST_DAYS)) ? CAUTION.growing : CAUTION.none;
}

/** So many buckets with requests in them say what is usual on a day, or else so many requests. */
const TELLING = { buckets: 8, calls: 10 };

/**
 * What a request usually costs on the day of each bucket: a new price or prompt is not pulled back to what was before it, and the hours in
 * which a job rests are not either.
 */
function usualCostsOf(calls: readonly number[], cost: readonly number[], perDay: number): readonly number[] {
  const costsIn = (from: number, to: number) =>
    calls.slice(from, to).flatMap((count, index) => (count > 0 ? [(cost[from + index] ?? 0) / count] : []));
  let usual = median(costsIn(0, calls.length));
  const before = calls.length % perDay;
  return calls.map((_, index) => {
    if ((index - before) % perDay === 0) {
      const today = costsIn(index, index + perDay);
      const count = sum(calls.slice(index, index + perDay));
      if (today.length >= TELLING.buckets) usual = median(today);
      else if (count >= TELLING.calls) usual = sum(cost.slice(index, index + perDay)) / count;
    }
    return usual;
  });
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** So many buckets of the end of a history are looked at after it was learned from. */
export const TAIL_BUCKETS = Math.max(...WINDOW_BUCKETS);

/** The same expectation for newer buckets, at least the last `TAIL_BUCKETS`: what is normal changes slowly, what was last with every bucket. */
export function extend(baseline: Baseline, tail: History): Baseline {
  const { startMs, stepMs, calls } = tail;
  return { ...baseline, startMs, stepMs, buckets: calls.length, sums: sumsOf(tail, baseline.volume, baseline.intensity) };
}

const LEAST_VOLUME_SIGMA = 0.1;
/** What few requests cost says little of what requests cost, however alike those of some weeks were. */
const leastIntensitySigma = (expected: number) => Math.hypot(0.02, 0.15 / Math.sqrt(expected + CUSHION_CALLS));
/** Requests that know nothing of each other are no more regular than chance, however regular a few weeks of them looked. */
const chanceSigma = (expected: number) => 1 / Math.sqrt(expected + CUSHION_CALLS);

interface Extent {
  readonly known: number;
  readonly buckets: number;
  readonly seasons: number;
  readonly perDay: number;
}

function noiseIn(sums: Sums, { known, buckets, seasons, perDay }: Extent) {
  const stride = Math.max(1, buckets >> 2);
  const volume: { readonly weight: number; readonly residual: number; readonly day: number }[] = [];
  const intensity: typeof volume = [];
  for (let from = 0; from + buckets <= known; from += stride) {
    const over = (name: keyof Sums) => (sums[name][from + buckets] ?? 0) - (sums[name][from] ?? 0);
    const weight = over('expectedCalls');
    const day = Math.floor(from / perDay);
    volume.push({ weight, day, residual: Math.log((over('calls') + CUSHION_CALLS) / (weight + CUSHION_CALLS)) });
    if (over('calls') > 0) intensity.push({ weight, day, residual: costRatio(over('cost'), over('expectedCost'), over('calls')) });
  }
  // The season was learned from the same weeks: what comes is further from it than they are, the more the fewer they were.
  const widen = Math.sqrt((seasons + 1) / (seasons - 1));
  return {
    volume: noiseOf(volume, { leastAt: (weight) => Math.max(LEAST_VOLUME_SIGMA, chanceSigma(weight)), widen }),
    intensity: noiseOf(intensity, { leastAt: leastIntensitySigma, widen }),
  };
}

/** Logarithm of what requests cost by what they should have cost. */
export function costRatio(cost: number, expected: number, calls: number): number {
  const cushion = (CUSHION_COSTS * expected) / Math.max(calls, 1e-9);
  return Math.log(Math.max(cost + cushion, 1e-12) / Math.max(expected + cushion, 1e-12));
}

function sumsOf({ startMs, stepMs, calls, cost }: History, volume: Rhythm, intensity: Rhythm): Sums {
  const running = (valueOf: (index: number, timeMs: number) => number) => {
    const sums = new Float64Array(calls.length + 1);
    for (let index = 0; index < calls.length; index++) sums[index + 1] = (sums[index] ?? 0) + valueOf(index, startMs + index * stepMs);
    return sums;
  };
  return {
    calls: running((index) => calls[index] ?? 0),
    cost: running((index) => cost[index] ?? 0),
    expectedCalls: running((_, at) => volume.expect(at)),
    mostCalls: running((_, at) => volume.most(at)),
    expectedCost: running((index, at) => (calls[index] ?? 0) * intensity.expect(at)),
    mostCost: running((index, at) => (calls[index] ?? 0) * intensity.most(at)),
  };
}
