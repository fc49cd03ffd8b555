import { type Noise, noiseOf } from './noise.ts';
import { ascending, MAD_TO_SIGMA, median, medianDistance, quantile } from './robust.ts';

/** Requests and cost per bucket, oldest first, without gaps. Statistics are in floats; they decide what is told, never what is owed. */
export interface History {
  readonly startMs: number;
  readonly stepMs: number;
  readonly calls: readonly number[];
  readonly cost: readonly number[];
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
  readonly startMs: number;
  readonly stepMs: number;
  readonly buckets: number;
  readonly sums: Sums;
  readonly volume: Rhythm;
  readonly intensity: Rhythm;
  readonly noise: ReadonlyMap<number, { readonly volume: Noise; readonly intensity: Noise }>;
}

/** Expectation of one quantity for the bucket that starts then. */
export interface Rhythm {
  readonly expect: (timeMs: number) => number;
  readonly most: (timeMs: number) => number;
}

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;
const HOURS_OF_WEEK = 168;
/** From here on there is a daily rhythm to compare with. */
export const LEAST_HISTORY_MS = 3 * DAY_MS;
/** The level follows the last days, so that growth is no incident; the median of three is not moved by an incident of a day. */
const SHORT_LEVEL_DAYS = 3;
const LONG_LEVEL_DAYS = 14;
/** From half an hour, which finds what is sudden, to two days, which find what is slow (with buckets of 30 minutes). */
export const WINDOW_BUCKETS = [1, 2, 4, 8, 16, 32, 96];
/** Added to both sides of a ratio of requests: one request where none was expected is not infinitely many. */
export const CUSHION_CALLS = 1;
/** So many requests at the usual cost are added to both sides of a ratio of costs: one dear request among few is no change. */
export const CUSHION_COSTS = 3;

/** @returns undefined while there is too little history, or nothing in it, to know what is normal */
export function learn(history: History): Baseline | undefined {
  const { startMs, stepMs } = history;
  const first = history.calls.findIndex((value) => value > 0);
  if (first < 0 || (history.calls.length - first) * stepMs < LEAST_HISTORY_MS) return undefined;
  const from = startMs + first * stepMs;
  const calls = history.calls.slice(first);
  const cost = history.cost.slice(first);
  const volume = rhythmOf(
    calls.map((value) => Math.log(Math.max(0, value) + CUSHION_CALLS)),
    from,
    stepMs,
    CUSHION_CALLS,
  );
  const usualCost = median(calls.flatMap((count, index) => (count > 0 ? [(cost[index] ?? 0) / count] : [])));
  const perCall = calls.map((count, index) =>
    Math.log(Math.max(((cost[index] ?? 0) + CUSHION_COSTS * usualCost) / (count + CUSHION_COSTS), 1e-12)),
  );
  const intensity = rhythmOf(perCall, from, stepMs, 0);
  const sums = sumsOf({ startMs: from, stepMs, calls, cost }, volume, intensity);
  // The last day is not among what is compared with: an incident must not make itself usual.
  const known = calls.length - Math.round(DAY_MS / stepMs);
  const seasons = Math.max(3, Math.floor((calls.length * stepMs) / (2 * DAY_MS)));
  const noise = new Map(WINDOW_BUCKETS.map((buckets) => [buckets, noiseIn(sums, { known, buckets, seasons })]));
  return { startMs: from, stepMs, buckets: calls.length, sums, volume, intensity, noise };
}

/** The same expectation over a newer history: what is normal changes slowly, what was last changes with every bucket. */
export function extend(baseline: Baseline, history: History): Baseline {
  const { startMs, stepMs, calls } = history;
  return { ...baseline, startMs, stepMs, buckets: calls.length, sums: sumsOf(history, baseline.volume, baseline.intensity) };
}

const LEAST_VOLUME_SIGMA = 0.1;
const LEAST_INTENSITY_SIGMA = 0.04;

function noiseIn(sums: Sums, { known, buckets, seasons }: { readonly known: number; readonly buckets: number; readonly seasons: number }) {
  const stride = Math.max(1, buckets >> 2);
  const volume: { readonly weight: number; readonly residual: number }[] = [];
  const intensity: typeof volume = [];
  for (let from = 0; from + buckets <= known; from += stride) {
    const over = (name: keyof Sums) => (sums[name][from + buckets] ?? 0) - (sums[name][from] ?? 0);
    const weight = over('expectedCalls');
    volume.push({ weight, residual: Math.log((over('calls') + CUSHION_CALLS) / (weight + CUSHION_CALLS)) });
    if (over('calls') > 0) intensity.push({ weight, residual: costRatio(over('cost'), over('expectedCost'), over('calls')) });
  }
  // The season was learned from the same weeks: what comes is further from it than they are, the more the fewer they were.
  const widen = Math.sqrt((seasons + 1) / (seasons - 1));
  return {
    volume: noiseOf(volume, { least: LEAST_VOLUME_SIGMA, widen }),
    intensity: noiseOf(intensity, { least: LEAST_INTENSITY_SIGMA, widen }),
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

/** Season × level of logarithms. */
function rhythmOf(logs: readonly number[], startMs: number, stepMs: number, cushion: number): Rhythm {
  const season = seasonOf(logs, startMs, stepMs);
  const level = levelOf(
    logs.map((log, index) => log - season(startMs + index * stepMs)),
    Math.round(DAY_MS / stepMs),
  );
  const levelAt = (timeMs: number) => level(Math.floor((timeMs - startMs) / DAY_MS));
  const from = (log: number) => Math.max(0, Math.exp(log) - cushion);
  return {
    expect: (at) => from(season(at) + levelAt(at)),
    // Jobs and people are early or late, and twice a year by an hour.
    most: (at) => from(Math.max(season(at - HOUR_MS), season(at), season(at + HOUR_MS)) + levelAt(at)),
  };
}

/**
 * Median of the same hour of all days of work, or of all days of leisure. An hour of the week has an expectation of its own only
 * where its weeks agree that it differs: the median of a few weeks is itself noisy. Until there are two weeks, hours of the day.
 */
function seasonOf(logs: readonly number[], startMs: number, stepMs: number): (timeMs: number) => number {
  const isWeekly = logs.length * stepMs >= 2 * WEEK_MS;
  const daily = mediansBy(logs, startMs, stepMs, (at) => hourOfDay(at) + (isWeekly && isLeisure(at) ? HOURS_OF_DAY : 0));
  if (!isWeekly) return daily;
  const own = mediansBy(logs, startMs, stepMs, hourOfWeek);
  const differences = groupBy(
    logs.map((log, index) => log - daily(startMs + index * stepMs)),
    (index) => hourOfWeek(startMs + index * stepMs),
  );
  const agrees = new Map([...differences].map(([slot, values]) => [slot, differs(values, stepMs)]));
  return (at) => (agrees.get(hourOfWeek(at)) ? own(at) : daily(at));
}

const HOURS_OF_DAY = 24;
const hourOfDay = (at: number) => Math.floor(at / HOUR_MS) % HOURS_OF_DAY;
const hourOfWeek = (at: number) => Math.floor(at / HOUR_MS) % HOURS_OF_WEEK;
/** 1970-01-01 was a Thursday. */
const isLeisure = (at: number) => [2, 3].includes(Math.floor(at / DAY_MS) % 7);

function groupBy(values: readonly number[], keyOf: (index: number) => number): ReadonlyMap<number, readonly number[]> {
  const groups = new Map<number, number[]>();
  values.forEach((value, index) => {
    const group = groups.get(keyOf(index));
    if (group) group.push(value);
    else groups.set(keyOf(index), [value]);
  });
  return groups;
}

function mediansBy(
  logs: readonly number[],
  startMs: number,
  stepMs: number,
  slotOf: (timeMs: number) => number,
): (timeMs: number) => number {
  const groups = groupBy(logs, (index) => slotOf(startMs + index * stepMs));
  const medians = new Map([...groups].map(([slot, values]) => [slot, median(values)]));
  const all = median(logs);
  return (at) => medians.get(slotOf(at)) ?? all;
}

/** Further from 0 than two standard errors of a median; buckets of one hour are one observation. */
const SURELY = 2;
function differs(values: readonly number[], stepMs: number): boolean {
  const sorted = ascending(values);
  const middle = quantile(sorted, 0.5);
  const sigma = MAD_TO_SIGMA * medianDistance(sorted, middle);
  const observations = Math.max(1, (values.length * stepMs) / HOUR_MS);
  return Math.abs(middle) > (SURELY * 1.25 * sigma) / Math.sqrt(observations);
}

/**
 * How far a day is from the season, by the days before it: the last few or the last two weeks, whichever is higher. So growth is
 * followed at once, and the usual after a holiday is no incident.
 */
function levelOf(residuals: readonly number[], perDay: number): (day: number) => number {
  const days = Math.floor(residuals.length / perDay);
  const daily = Array.from({ length: days }, (_, day) => median(residuals.slice(day * perDay, (day + 1) * perDay)));
  const levels = Array.from({ length: days + 1 }, (_, day) =>
    day < SHORT_LEVEL_DAYS
      ? (daily[day] ?? 0)
      : Math.max(median(daily.slice(day - SHORT_LEVEL_DAYS, day)), median(daily.slice(Math.max(0, day - LONG_LEVEL_DAYS), day))),
  );
  return (day) => levels[Math.min(day, days)] ?? 0;
}
