import { ascending, MAD_TO_SIGMA, median, medianDistance, quantile } from './robust.ts';

/** Sums per bucket, oldest first, without gaps. Statistics are in floats; they decide what is told, never what is owed. */
export interface Buckets {
  readonly startMs: number;
  readonly stepMs: number;
  readonly values: readonly number[];
}

/** How log-ratios to the expectation spread over sums of so many buckets. */
export interface Scale {
  readonly buckets: number;
  readonly center: number;
  readonly sigma: number;
  readonly sorted: Float64Array;
}

/** What is normal for a series, as of the end of its history. */
export interface Baseline {
  readonly history: Buckets;
  /** Expectation per bucket of the history. */
  readonly expected: readonly number[];
  readonly scales: readonly Scale[];
  /** Added to both sides of every ratio, so that little next to nothing is not much. */
  readonly cushion: number;
  /** Expected sum of the bucket that starts then. */
  readonly expect: (startMs: number) => number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const HOURS_OF_WEEK = 168;
/** From here on there is a daily rhythm to compare with. */
export const LEAST_HISTORY_MS = 3 * DAY_MS;
/** The level follows the last days, so that growth is no incident; the median of three is not moved by an incident of a day. */
const SHORT_LEVEL_DAYS = 3;
const LONG_LEVEL_DAYS = 14;
/** One bucket finds what is sudden, a day's worth what is slow. */
const SCALE_BUCKETS = [1, 2, 6, 24];
/** Noise below a tenth is taken as a tenth: a very regular series must not alarm at a few percent. */
const LEAST_SIGMA = 0.1;

/** @returns undefined while there is too little history, or nothing in it, to know what is normal */
export function learn(history: Buckets, cushion: number): Baseline | undefined {
  const { startMs, stepMs, values } = history;
  const first = values.findIndex((value) => value > 0);
  if (first < 0 || (values.length - first) * stepMs < LEAST_HISTORY_MS) return undefined;
  const timeOf = (index: number) => startMs + index * stepMs;
  const lived = values.slice(first);
  const logs = lived.map((value) => Math.log(value + cushion));
  const seasonal = seasonOf(logs, timeOf(first), stepMs);
  const level = levelOf(
    logs.map((log, index) => log - seasonal(timeOf(first + index))),
    Math.round(DAY_MS / stepMs),
  );
  const expectAt = (timeMs: number, day: number) => Math.max(0, Math.exp(seasonal(timeMs) + level(day)) - cushion);
  const dayOf = (index: number) => Math.floor((index * stepMs) / DAY_MS);
  const expected = lived.map((_, index) => expectAt(timeOf(first + index), dayOf(index)));
  // The last day is not among what is compared with: an incident must not make itself usual.
  const known = lived.slice(0, -Math.round(DAY_MS / stepMs));
  const scales = SCALE_BUCKETS.map((buckets) => scaleOf(known, expected, buckets, cushion));
  return {
    history: { startMs: timeOf(first), stepMs, values: lived },
    expected,
    scales,
    cushion,
    expect: (at) => expectAt(at, Math.floor((at - timeOf(first)) / DAY_MS)),
  };
}

/** Median of the same hour of the week; of the same hour of the day until there are two weeks of them. */
function seasonOf(logs: readonly number[], startMs: number, stepMs: number): (timeMs: number) => number {
  const weeks = (logs.length * stepMs) / (7 * DAY_MS);
  const hours = weeks >= 2 ? HOURS_OF_WEEK : 24;
  const slotOf = (timeMs: number) => Math.floor(timeMs / HOUR_MS) % hours;
  const slots = Array.from({ length: hours }, (): number[] => []);
  logs.forEach((log, index) => slots[slotOf(startMs + index * stepMs)]?.push(log));
  const medians = slots.map((slot) => (slot.length > 0 ? median(slot) : undefined));
  const all = median(logs);
  return (timeMs) => medians[slotOf(timeMs)] ?? all;
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

function scaleOf(values: readonly number[], expected: readonly number[], buckets: number, cushion: number): Scale {
  const ratios: number[] = [];
  let [sum, sumExpected] = [0, 0];
  values.forEach((value, index) => {
    sum += value - (values[index - buckets] ?? 0);
    sumExpected += (expected[index] ?? 0) - (expected[index - buckets] ?? 0);
    if (index >= buckets - 1) ratios.push(logRatio(sum, sumExpected, cushion));
  });
  const sorted = ascending(ratios);
  const center = quantile(sorted, 0.5);
  return { buckets, center, sigma: Math.max(MAD_TO_SIGMA * medianDistance(sorted, center), LEAST_SIGMA), sorted };
}

export const logRatio = (value: number, expected: number, cushion: number) =>
  Math.log((Math.max(0, value) + cushion) / (Math.max(0, expected) + cushion));
