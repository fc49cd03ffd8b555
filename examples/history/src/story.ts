import { DAY_MS, HOUR_MS, MINUTE_MS } from './time.ts';

/**
 * What happened in these weeks beside everyday work. Offsets are back from the end, so that each shows in the ranges people look at.
 * A time of day is rounded to the hour.
 */
export interface Story {
  /** Team search moves `answers` to a larger model: dearer by the call, for good. */
  readonly modelSwapMs: number;
  /** A deploy of `code-review` changes the beginning of its prompt: nothing is read from the cache until it is mended. */
  readonly cacheRegression: Period;
  /** The contract with Anthropic begins: 15 % off. Not an anomaly of use. */
  readonly priceChangeMs: number;
  /** A research agent finds no end. */
  readonly runaway: Period;
  /** A provider is overloaded: errors, retries. */
  readonly outage: Period;
  /** Another run that finds no end, and is not over yet. */
  readonly runawayNow: Period;
}

interface Period {
  readonly fromMs: number;
  readonly toMs: number;
}

export function storyUntil(endMs: number): Story {
  const hour = Math.floor(endMs / HOUR_MS) * HOUR_MS;
  const period = (daysBack: number, hourOfDay: number, lengthMs: number): Period => {
    const fromMs = Math.floor((endMs - daysBack * DAY_MS) / DAY_MS) * DAY_MS + hourOfDay * HOUR_MS;
    return { fromMs, toMs: fromMs + lengthMs };
  };
  return {
    modelSwapMs: hour - 17 * DAY_MS,
    cacheRegression: period(6, 9, 26 * HOUR_MS),
    priceChangeMs: Math.floor((endMs - 10 * DAY_MS) / DAY_MS) * DAY_MS,
    runaway: period(3, 13, 3 * HOUR_MS),
    outage: period(2, 15, 50 * MINUTE_MS),
    runawayNow: { fromMs: endMs - 40 * MINUTE_MS, toMs: endMs },
  };
}

export const isWithin = ({ fromMs, toMs }: Period, timeMs: number): boolean => timeMs >= fromMs && timeMs < toMs;
