import type { Surprise } from './detect.ts';
import { costAtUsualPrices, type Spent } from './effects.ts';

/**
 * What is paid now by what the expectation is made of, for the same use. The level of a series follows a dearer price within three days,
 * somewhere in the midst of them, so a new price counts as followed when all three were dearer; a lower one it follows after weeks.
 */
export function priceIndex(now: Spent, usual: Spent, lastDays: readonly Spent[]): number {
  const paid = (spent: Spent) => (spent.cost > 0 ? spent.cost / costAtUsualPrices(spent, usual) : 1);
  return paid(now) / Math.max(1, Math.min(...lastDays.map(paid)));
}

const FELL_RATIO = 0.8;
const FELL_Z = -3;
const FELL_BUCKETS = 8;

/** Requests cost far less than they did: a lower price may hide that they use more. Windows that say so are short. */
export function fallen(found: readonly Surprise[]): readonly Surprise[] {
  const intensities = found.filter(({ kind, buckets }) => kind === 'intensity' && buckets <= FELL_BUCKETS);
  return intensities.some(({ ratio, z }) => ratio <= FELL_RATIO && z <= FELL_Z) ? intensities : [];
}
