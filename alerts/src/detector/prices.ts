import type { Baseline } from './baseline.ts';
import type { Surprise } from './detect.ts';
import { isSamePrice, rateKey, ratesOf, type Spent } from './effects.ts';
import type { Levels } from './rhythm.ts';
import { median } from './robust.ts';

/** What is paid by what the same use would have cost in the ordinary stretch, where both know a price. */
export function priceIndex(now: Spent, usual: Spent): number {
  const rates = ratesOf(usual.parts);
  let [paid, atUsual] = [0, 0];
  for (const { model, meter, quantity, cost } of now.parts) {
    const usualCost = quantity * (rates.get(rateKey(model, meter)) ?? 0);
    if (!(usualCost > 0 && cost > 0)) continue;
    paid += cost;
    atUsual += isSamePrice(cost, usualCost) ? cost : usualCost;
  }
  return atUsual > 0 ? paid / atUsual : 1;
}

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

const FELL_RATIO = 0.85;
const FELL_Z = -3;

/** Requests cost far less than they did: a lower price may hide that they use more. Long windows remember it while they do. */
const isCheaper = (found: readonly Surprise[]): boolean =>
  found.some(({ kind, ratio, z }) => kind === 'intensity' && ratio <= FELL_RATIO && z <= FELL_Z);

/** Worth asking at the prices of the day: something is large, or may be. */
export const isSuspect = (found: readonly Surprise[], large: readonly Surprise[]): boolean => large.length > 0 || isCheaper(found);
