import { expect, test } from 'vitest';
import { learn } from '../src/detector/baseline.ts';
import { DEFAULT_SENSITIVITY } from '../src/detector/defaults.ts';
import { notable, surprises } from '../src/detector/detect.ts';
import { atUsualPrices, isSuspect, PRICED_DAYS, priceIndex } from '../src/detector/prices.ts';
import { spent, together } from './fixtures/spent.ts';

const HALF_HOUR_MS = 1_800_000;
const PER_DAY = 48;
const BUCKETS = 28 * PER_DAY;
const MONDAY = Date.UTC(2026, 5, 1);
const NEXT = MONDAY + BUCKETS * HALF_HOUR_MS;
const SENSITIVITY = { ...DEFAULT_SENSITIVITY, impact: 1 };
const usual = spent(1000);
const callsAt = (index: number) => 100 + 10 * Math.sin(index * 12.9898);

/** A hundred requests a half hour, a dime each; `costAt`: so many times as dear. */
function learned(costAt: (daysAgo: number) => number) {
  const daysAgo = (index: number) => (BUCKETS - index) / PER_DAY;
  const calls = Array.from({ length: BUCKETS }, (_, index) => callsAt(index));
  const cost = calls.map((count, index) => (count / 10) * costAt(daysAgo(index)) * (1 + 0.05 * Math.sin(index * 7.7)));
  const baseline = learn({ startMs: MONDAY, stepMs: HALF_HOUR_MS, calls, cost });
  if (!baseline) throw new Error('learned nothing');
  return baseline;
}
const newest = (costPerCall: number) => ({ startMs: NEXT, calls: 100, cost: 10 * costPerCall });

test('a new price is what costs more for the same use, where both sides know one; another model is no price', () => {
  expect(priceIndex(spent(500, { dearer: 3 }), usual)).toBeCloseTo(3, 9);
  expect(priceIndex(spent(500, { model: 'gpt-6', dearer: 3 }), usual)).toBe(1);
  const both = together(spent(500, { dearer: 2 }), spent(500, { feature: 'new', model: 'gpt-6', dearer: 40 }));
  expect(priceIndex(both, usual)).toBeCloseTo(2, 9);
});

/** What was used in each of the last days when a price changed so many days ago. */
function lastDays(daysAgo: number, factor: number) {
  const old = (day: number) => Math.min(1, Math.max(0, day - daysAgo));
  return Array.from({ length: PRICED_DAYS }, (_, index) => {
    const share = old(PRICED_DAYS - index);
    return together(spent(4800 * share), spent(4800 * (1 - share), { dearer: factor }));
  });
}

test.each([0.01, 0.3, 0.6, 1, 1.4, 2, 2.6, 3.5, 4.5, 9])(
  'a price that changed %d days ago is no anomaly of use, and hides none',
  (daysAgo) => {
    for (const factor of [0.4, 3]) {
      /** So many times the use since an hour. */
      const priced = (use: number) => {
        const baseline = learned((day) => (day <= daysAgo ? factor : 1) * (day <= 1 / 24 ? use : 1));
        return atUsualPrices(baseline, usual, lastDays(daysAgo, factor));
      };
      // A window that began before the change was paid at both prices.
      const index = (since: number) => {
        const days = (NEXT - since) / (PER_DAY * HALF_HOUR_MS);
        return 1 + (factor - 1) * Math.min(1, daysAgo / Math.max(days, 1e-9));
      };
      const found = (use: number) => notable(surprises(priced(use), newest(factor * use), index), SENSITIVITY);
      expect(found(1)).toEqual([]);
      expect(found(2).map(({ kind }) => kind)).toContain('intensity');
    }
  },
);

test('a new prompt that costs more is followed although the price fell at the same time', () => {
  const baseline = learned((day) => (day <= 6 ? 1.5 : 1) * (day <= 2.5 ? 0.4 : 1));
  const priced = atUsualPrices(baseline, usual, lastDays(2.5, 0.4));
  expect(
    notable(
      surprises(priced, newest(1.5 * 0.4), () => 0.4),
      SENSITIVITY,
    ),
  ).toEqual([]);
});

test('where a price fell a day ago, requests that use twice as much since an hour are found behind it', () => {
  const baseline = learned((day) => (day <= 1 / 24 ? 1.1 : day <= 1 ? 0.55 : 1));
  const found = surprises(baseline, newest(1.1));
  expect(notable(found, SENSITIVITY)).toEqual([]);
  expect(isSuspect(found, [])).toBe(true);
  const priced = atUsualPrices(baseline, usual, lastDays(1, 0.55));
  expect(
    notable(
      surprises(priced, newest(1.1), () => 0.55),
      SENSITIVITY,
    ).map(({ kind }) => kind),
  ).toContain('intensity');
  expect(
    isSuspect(
      surprises(
        learned(() => 1),
        newest(1),
      ),
      [],
    ),
  ).toBe(false);
});
