import type { Surprise } from './detect.ts';
import { costAtUsualPrices, type Spent } from './effects.ts';
import { median } from './robust.ts';

/**
 * What is paid now by what the expectation is made of, for the same use. As the level of a series does, it follows the last three days,
 * or what was usual where that is more.
 */
export function priceIndex(now: Spent, usual: Spent, lastDays: readonly Spent[]): number {
  const paid = (spent: Spent) => (spent.cost > 0 ? spent.cost / costAtUsualPrices(spent, usual) : 1);
  return paid(now) / Math.max(1, median(lastDays.map(paid)));
}

const FELL_RATIO = 0.8;
const FELL_Z = -3;
const FELL_BUCKETS = 8;

/** Requests cost far less than they did: a lower price may hide that they use more. Windows that say so are short. */
export function fallen(found: readonly Surprise[]): readonly Surprise[] {
  const intensities = found.filter(({ kind, buckets }) => kind === 'intensity' && buckets <= FELL_BUCKETS);
  return intensities.some(({ ratio, z }) => ratio <= FELL_RATIO && z <= FELL_Z) ? intensities : [];
}
