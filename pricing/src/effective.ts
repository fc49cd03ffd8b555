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
  return item.knownFrom === undefined || instant(item.knownFrom, -Infinity) <= knownOn;
}

export function contains({ from, to }: Interval, at: number): boolean {
  return at >= from && at < to;
}

export function instant(date: string | undefined, otherwise: number): number {
  return date === undefined ? otherwise : Date.parse(date);
}

const DAY_MINUTES = 1_440;

/** Minute of the day in UTC. */
export function minuteOfDay(at: number): number {
  return Math.floor((((at / 60_000) % DAY_MINUTES) + DAY_MINUTES) % DAY_MINUTES);
}

/** `'16:30'` → 990. */
export function windowMinutes({ from, to }: Window): Interval {
  return { from: minutes(from), to: minutes(to) };
}

export function inWindow(window: Window, minute: number): boolean {
  const { from, to } = windowMinutes(window);
  return from <= to ? minute >= from && minute < to : minute >= from || minute < to;
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
