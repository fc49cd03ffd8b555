import type { Effective, Window } from './rate-card.ts';

/** `[from, to)` in epoch milliseconds, open ends as infinities. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

export function validity(item: Effective): Interval {
  return { from: instant(item.validFrom, -Infinity), to: instant(item.validTo, Infinity) };
}

export function isKnown(item: Effective, knownOn: number): boolean {
  if (knownOn === Infinity) return item.knownTo === undefined;
  return instant(item.knownFrom, -Infinity) <= knownOn && (item.knownTo === undefined || knownOn < Date.parse(item.knownTo));
}

export function contains({ from, to }: Interval, at: number): boolean {
  return at >= from && at < to;
}

export function instant(date: string | undefined, otherwise: number): number {
  return date === undefined ? otherwise : Date.parse(date);
}

const DAY_MINUTES = 1_440;
const WEEK_MINUTES = 7 * DAY_MINUTES;
/** 1970-01-01 was a Thursday; weeks begin on Sunday. */
const EPOCH_MINUTE_OF_WEEK = 4 * DAY_MINUTES;

/** Minute of the week in UTC, 0 at the beginning of Sunday. */
export function minuteOfWeek(at: number): number {
  const minute = (Math.floor(at / 60_000) + EPOCH_MINUTE_OF_WEEK) % WEEK_MINUTES;
  return minute < 0 ? minute + WEEK_MINUTES : minute;
}

/** `days` name the day on which the window opens. */
export function inWindow(window: Window, minute: number): boolean {
  return openings(window).some(({ from, to }) => contains({ from, to }, minute) || contains({ from, to }, minute + WEEK_MINUTES));
}

/** The minutes of the week at which a window opens or closes. */
export function windowBoundaries(window: Window): readonly number[] {
  return openings(window).flatMap(({ from, to }) => [from, to % WEEK_MINUTES]);
}

function openings({ from, to, days = [0, 1, 2, 3, 4, 5, 6] }: Window): Interval[] {
  const opens = minutes(from);
  const closes = minutes(to) + (minutes(to) <= opens ? DAY_MINUTES : 0);
  return days.map((day) => ({ from: day * DAY_MINUTES + opens, to: day * DAY_MINUTES + closes }));
}

function minutes(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
}

/** The largest interval around `at` in which none of the boundaries lies. */
export function intervalAround(at: number, boundaries: Iterable<number>): Interval {
  let [from, to] = [-Infinity, Infinity];
  for (const boundary of boundaries) {
    if (boundary <= at) from = Math.max(from, boundary);
    else to = Math.min(to, boundary);
  }
  return { from, to };
}
