import { ascending, MAD_TO_SIGMA, median, medianDistance, quantile } from './robust.ts';

/** Expectation of one quantity for the bucket that starts then. */
export interface Rhythm {
  readonly expect: (timeMs: number) => number;
  /** The busiest of the hour and the hours beside it. */
  readonly most: (timeMs: number) => number;
  readonly levelsAt: (timeMs: number) => Levels;
}

/** Logarithms: how far the days before a day are from the season, how far the two weeks before it are, and which of both is expected. */
export interface Levels {
  /** Whole days between the day and the end of what was learned from. */
  readonly age: number;
  readonly days: readonly number[];
  readonly long: number;
  readonly expected: number;
}

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;
const HOURS_OF_WEEK = 168;
/** The level follows the last days, so that growth is no incident; the median of three is not moved by an incident of a day. */
const SHORT_LEVEL_DAYS = 3;
const LONG_LEVEL_DAYS = 14;
/** Until a week is known, neither days of work nor of leisure may be: each hour and each day is expected to be like the busier ones. */
const isShort = (values: number, stepMs: number) => values * stepMs < WEEK_MS;
const BUSIER = 0.8;

/** Season × level of logarithms; `cushion` was added to each value before its logarithm was taken. Days end where the values do. */
export function rhythmOf(logs: readonly number[], startMs: number, stepMs: number, cushion: number): Rhythm {
  const perDay = Math.round(DAY_MS / stepMs);
  const season = seasonOf(withoutTrend(logs, perDay), startMs, stepMs);
  const levels = levelsOf(
    logs.map((log, index) => log - (season[hourOfWeek(startMs + index * stepMs)] ?? 0)),
    perDay,
    isShort(logs.length, stepMs),
  );
  // Jobs and people are early or late, and twice a year by an hour.
  const most = season.map((own, hour) => Math.max(own, neighbour(season, hour - 1), neighbour(season, hour + 1)));
  const firstDayMs = startMs + (logs.length % perDay) * stepMs;
  const levelsAt = (timeMs: number) => levels[Math.min(Math.max(0, Math.floor((timeMs - firstDayMs) / DAY_MS)), levels.length - 1)] ?? FLAT;
  const at = (seasons: Float64Array, timeMs: number) =>
    Math.max(0, Math.exp((seasons[hourOfWeek(timeMs)] ?? 0) + levelsAt(timeMs).expected) - cushion);
  return { expect: (timeMs) => at(season, timeMs), most: (timeMs) => at(most, timeMs), levelsAt };
}

const FLAT: Levels = { age: 0, days: [], long: 0, expected: 0 };
const neighbour = (season: Float64Array, hour: number) => season[(hour + HOURS_OF_WEEK) % HOURS_OF_WEEK] ?? 0;

const DAYS_OF_WEEK = 7;

/**
 * Growth, a new price or a new prompt moves all hours alike. What is left without the median day of the week around each day is the
 * season: else the few weeks of an hour are a draw between the levels of their time.
 */
function withoutTrend(logs: readonly number[], perDay: number): readonly number[] {
  const days = Math.floor(logs.length / perDay);
  const daily = dailyMedians(logs, perDay);
  const trend = daily.map((_, day) => {
    const from = Math.max(0, Math.min(day - (DAYS_OF_WEEK - 1) / 2, days - DAYS_OF_WEEK));
    return median(daily.slice(from, from + DAYS_OF_WEEK));
  });
  const before = logs.length % perDay;
  return logs.map((log, index) => log - (trend[Math.max(0, Math.floor((index - before) / perDay))] ?? 0));
}

function dailyMedians(values: readonly number[], perDay: number): readonly number[] {
  const before = values.length % perDay;
  const from = (day: number) => before + day * perDay;
  return Array.from({ length: Math.floor(values.length / perDay) }, (_, day) => median(values.slice(from(day), from(day + 1))));
}

/**
 * Median of the same hour of all days of work, or of all days of leisure. An hour of the week has an expectation of its own only
 * where its weeks agree that it differs: the median of a few weeks is itself noisy. Until there are two weeks, hours of the day.
 */
function seasonOf(logs: readonly number[], startMs: number, stepMs: number): Float64Array {
  const table = (slotted: (timeMs: number) => number) => Float64Array.from({ length: HOURS_OF_WEEK }, (_, hour) => slotted(hour * HOUR_MS));
  const isWeekly = logs.length * stepMs >= 2 * WEEK_MS;
  const daily = mediansBy(logs, startMs, stepMs, (at) => hourOfDay(at) + (isWeekly && isLeisure(at) ? HOURS_OF_DAY : 0));
  if (!isWeekly) return table(daily);
  const own = mediansBy(logs, startMs, stepMs, hourOfWeek);
  const differences = groupBy(
    logs.map((log, index) => log - daily(startMs + index * stepMs)),
    (index) => hourOfWeek(startMs + index * stepMs),
  );
  const agrees = new Map([...differences].map(([slot, values]) => [slot, differs(values, stepMs)]));
  return table((at) => (agrees.get(hourOfWeek(at)) ? own(at) : daily(at)));
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
  const share = isShort(logs.length, stepMs) ? BUSIER : 0.5;
  const medians = new Map([...groups].map(([slot, values]) => [slot, quantile(ascending(values), share)]));
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
function levelsOf(residuals: readonly number[], perDay: number, isNew: boolean): readonly Levels[] {
  const daily = dailyMedians(residuals, perDay);
  return Array.from({ length: daily.length + 1 }, (_, day) => {
    const days = daily.slice(Math.max(0, day - SHORT_LEVEL_DAYS), day);
    const long = median(daily.slice(Math.max(0, day - LONG_LEVEL_DAYS), day));
    const expected = isNew ? Math.max(...daily) : day < SHORT_LEVEL_DAYS ? (daily[day] ?? 0) : Math.max(median(days), long);
    return { age: daily.length - day, days, long, expected };
  });
}
