import type { Baseline } from './baseline.ts';
import type { Surprise } from './detect.ts';
import { costAtUsualPrices, type Spent } from './effects.ts';
import type { Levels } from './rhythm.ts';
import { median } from './robust.ts';

/** What is paid by what the same use would have cost in the ordinary stretch. */
export const priceIndex = (spent: Spent, usual: Spent): number => (spent.cost > 0 ? spent.cost / costAtUsualPrices(spent, usual) : 1);

/** Of so many last days the prices are asked: the level of the oldest bucket that is looked at is that of the days before it. */
export const PRICED_DAYS = 5;

/**
 * The same expectation as if the prices of the ordinary stretch had been paid all the time. `lastDays`: the last `PRICED_DAYS`, oldest first.
 */
export function atUsualPrices(baseline: Baseline, usual: Spent, lastDays: readonly Spent[]): Baseline {
  const { intensity, sums, startMs, stepMs } = baseline;
  const paid = lastDays.map((spent) => Math.log(priceIndex(spent, usual)));
  const factorAt = (timeMs: number) => {
    const levels = intensity.levelsAt(timeMs);
    return Math.exp(levelAtUsualPrices(levels, paid) - levels.expected);
  };
  const rescaled = (running: Float64Array) => {
    const own = new Float64Array(running.length);
    for (let index = 1; index < own.length; index++) {
      const value = (running[index] ?? 0) - (running[index - 1] ?? 0);
      own[index] = (own[index - 1] ?? 0) + value * factorAt(startMs + (index - 1) * stepMs);
    }
    return own;
  };
  return {
    ...baseline,
    sums: { ...sums, expectedCost: rescaled(sums.expectedCost), mostCost: rescaled(sums.mostCost) },
    intensity: {
      ...intensity,
      expect: (timeMs) => intensity.expect(timeMs) * factorAt(timeMs),
      most: (timeMs) => intensity.most(timeMs) * factorAt(timeMs),
    },
  };
}

/**
 * Each of the last days at its own prices. The level of two weeks follows a dearer price somewhere in the midst of them, so that counts
 * as followed when all of the last days were dearer; a lower one it follows after weeks.
 */
function levelAtUsualPrices({ age, days, long }: Levels, paid: readonly number[]): number {
  const until = Math.max(days.length, paid.length - age);
  const prices = paid.slice(Math.max(0, until - days.length), until);
  const short = median(days.map((level, index) => level - (prices[index] ?? 0)));
  return Math.max(short, long - Math.max(0, Math.min(...prices)));
}

const FELL_RATIO = 0.8;
const FELL_Z = -3;
const FELL_BUCKETS = 8;

/** Requests cost far less than they did: a lower price may hide that they use more. Windows that say so are short. */
function fallen(found: readonly Surprise[]): readonly Surprise[] {
  const intensities = found.filter(({ kind, buckets }) => kind === 'intensity' && buckets <= FELL_BUCKETS);
  return intensities.some(({ ratio, z }) => ratio <= FELL_RATIO && z <= FELL_Z) ? intensities : [];
}

/** Whether something large still goes on is asked of the newest windows, at their prices too. */
const NEWEST_BUCKETS = 2;

/** The windows whose prices decide: those that are large or may be so at a lower price, and the newest. None where none is. */
export function toPrice(found: readonly Surprise[], large: readonly Surprise[]): readonly Surprise[] {
  const suspects = [...large, ...fallen(found)];
  return suspects.length === 0 ? [] : [...suspects, ...found.filter(({ buckets }) => buckets <= NEWEST_BUCKETS)];
}
