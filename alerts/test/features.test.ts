import { expect, test } from 'vitest';
import { learn } from '../src/detector/baseline.ts';
import { significantAmong } from '../src/detector/significant.ts';
import { DEFAULT_SENSITIVITY } from '../src/detector/defaults.ts';
import { notable, surprises } from '../src/detector/detect.ts';
import { amongMany, isOfOnePart } from '../src/detector/family.ts';
import { allBut, crowdOf, withoutGrowth } from '../src/detector/growth.ts';
import { isOfOneKind } from '../src/detector/one-kind.ts';
import { recurs } from '../src/detector/recurs.ts';
import { normalTail } from '../src/detector/tail.ts';
import { spent, surprising, USUAL } from './fixtures/spent.ts';

const HOUR_MS = 3_600_000;
const HALF_HOUR_MS = HOUR_MS / 2;
const MONDAY = Date.UTC(2026, 5, 1);
const SENSITIVITY = { ...DEFAULT_SENSITIVITY, impact: 1 };
const volume = (calls: number, expectedCalls: number, buckets = 2) => ({
  ...surprising({ kind: 'volume', ratio: calls / expectedCalls, cost: calls, calls, expectedCalls, expectedCost: expectedCalls }),
  buckets,
});

test('of many features that are watched one must be further off, so that all together are as seldom wrong as one', () => {
  for (const members of [1, 5, 100]) {
    const chance = members * normalTail(amongMany(SENSITIVITY, members).z.volume);
    expect(chance / normalTail(SENSITIVITY.z.volume)).toBeGreaterThan(0.5);
    expect(chance / normalTail(SENSITIVITY.z.volume)).toBeLessThan(2);
  }
});

test('of many series that are looked at together, what one in so many does by chance is not believed', () => {
  const found = (z: number) => [{ ...volume(500, 100), z }];
  const among = (others: number, z: number) => {
    const all = new Map([['it', found(z)], ...Array.from({ length: others }, (_, index) => [`other-${index}`, found(0)] as const)]);
    return significantAmong(all, SENSITIVITY.falseDiscoveryRate)('it', all.get('it') ?? [], SENSITIVITY).length;
  };
  expect([among(0, 4.1), among(1000, 4.1), among(1000, 6)]).toEqual([1, 0, 1]);
});

test('where most of what is more is of one feature that is known, that feature says whether it is unusual', () => {
  expect(isOfOnePart(volume(300, 100), [[volume(220, 60)], [volume(80, 40)]])).toBe(true);
  expect(isOfOnePart(volume(300, 100), [[volume(150, 60)], [volume(80, 40)]])).toBe(false);
  expect(isOfOnePart(volume(300, 100), [[volume(220, 60, 8)]])).toBe(false);
});

test('what all features have more of is growth; what one has more of than the others stays', () => {
  const features = [volume(300, 100), volume(250, 100), volume(110, 100)];
  const crowd = crowdOf(features.map(({ calls, expectedCalls }) => ({ calls, expected: expectedCalls })));
  const others = allBut(crowd, crowd.busiest);
  expect(others).toEqual({ calls: 360, expected: 200 });
  expect(withoutGrowth(volume(300, 100), others).ratio).toBeCloseTo(1);
  expect(withoutGrowth(volume(390, 100), { calls: 260, expected: 200 }).ratio).toBeCloseTo(3);
  expect(withoutGrowth(volume(390, 100), { calls: 210, expected: 200 }).ratio).toBeCloseTo(3.9);
  expect(withoutGrowth(volume(500, 100), others).ratio).toBeCloseTo(5);
});

test('a little more that is one thing changed by a lot is told from a prompt that was tuned', () => {
  const usual = spent(1000, { amounts: { ...USUAL, input_uncached: 3000 } });
  const changed = (amounts: Partial<typeof USUAL>) => {
    const now = spent(100, { amounts: { ...USUAL, input_uncached: 3000, ...amounts } });
    const intensity = {
      kind: 'intensity',
      ratio: 1.25,
      cost: now.cost,
      calls: 100,
      expectedCalls: 100,
      expectedCost: usual.cost / 10,
    } as const;
    return isOfOneKind(surprising(intensity), { now, usual });
  };
  expect(changed({ reasoning: 220 })).toBe(true);
  expect(changed({ input_uncached: 4200 })).toBe(false);
  expect(changed({ input_uncached: 4600 })).toBe(true);
  expect(changed({ output_text: 140, reasoning: 140 })).toBe(false);
});

test('a little more behind which the cache fails is one thing', () => {
  const usual = spent(1000, { amounts: { input_uncached: 200, cache_read: 800, output_text: 300 } });
  const now = spent(100, { amounts: { input_uncached: 1000, cache_read: 0, output_text: 300 } });
  const surprise = surprising({
    kind: 'intensity',
    ratio: 1.27,
    cost: now.cost,
    calls: 100,
    expectedCalls: 100,
    expectedCost: usual.cost / 10,
  });
  expect(isOfOneKind(surprise, { now, usual })).toBe(true);
});

const historyOf = (callsAt: (index: number) => number, priceAt: (index: number) => number, steps = 28 * 48, stepMs = HALF_HOUR_MS) => {
  const calls = Array.from({ length: steps }, (_, index) => callsAt(index));
  return { startMs: MONDAY, stepMs, calls, cost: calls.map((count, index) => count * priceAt(index)) };
};

test.each([
  ['few at a time', () => 3],
  ['a job of half an hour', (index: number) => (index % 48 === 6 ? 400 : 0)],
])('a new price of requests that are %s is followed as it is', (_, callsAt) => {
  const baseline = learn(historyOf(callsAt, (index) => (index < 23 * 48 ? 1 : 2)));
  expect(baseline?.intensity.expect(MONDAY + 28 * 24 * HOUR_MS + 3 * HOUR_MS)).toBeCloseTo(2, 1);
});

test('after a storm that is over, a gust that is none by itself is not its return', () => {
  const noise = (index: number) => Math.exp(0.12 * Math.sin(index * 12.9898) + 0.12 * Math.sin(index * 78.233));
  const agoOf = (index: number) => 28 * 48 - index;
  const storm = (ago: number) => (ago > 3 && ago <= 19 ? 7.5 : ago <= 1 ? 2.3 : 1);
  const after = (factor: (ago: number) => number) => {
    const baseline = learn(
      historyOf(
        (index) => 100 * noise(index) * factor(agoOf(index)),
        () => 1,
      ),
    );
    return baseline ? notable(surprises(baseline, { startMs: MONDAY + 28 * 24 * HOUR_MS, calls: 230, cost: 230 }), SENSITIVITY) : [];
  };
  expect(after(storm)).toEqual([]);
  const lasting = learn(
    historyOf(
      (index) => 100 * noise(index) * (agoOf(index) <= 24 ? 8 : 1),
      () => 1,
    ),
  );
  const still = lasting && notable(surprises(lasting, { startMs: MONDAY + 28 * 24 * HOUR_MS, calls: 800, cost: 800 }), SENSITIVITY);
  expect(Math.max(...(still ?? []).map(({ buckets }) => buckets))).toBeGreaterThan(8);
});

const HOURS = 42 * 24;
const START = Date.UTC(2026, 3, 18); // a Saturday; the last judged day is 30 May
const END = START + HOURS * HOUR_MS;

test('a job that runs some hours earlier than it does is another run of it; one three times as large is not', () => {
  const past = learn({
    ...historyOf(
      (hour) => (hour % 24 === 4 ? 1000 : 0),
      () => 0.01,
      HOURS,
      HOUR_MS,
    ),
    startMs: START,
  });
  if (!past) throw new Error('learned nothing');
  const early = (calls: number) => ({ ...volume(calls, 1), startMs: END + HOUR_MS, cost: calls / 100, expectedCost: 0.01 });
  expect(recurs(early(1100), past, { toMs: END + 2 * HOUR_MS, priceIndex: 1 })).toBe(true);
  const long = { ...early(5000), buckets: 96, startMs: END - 46 * HOUR_MS };
  expect(recurs(long, past, { toMs: END + 2 * HOUR_MS, priceIndex: 1, recent: early(1100) })).toBe(true);
  expect(recurs(long, past, { toMs: END + 2 * HOUR_MS, priceIndex: 1, recent: early(3000) })).toBe(false);
  expect(recurs(early(3000), past, { toMs: END + 2 * HOUR_MS, priceIndex: 1 })).toBe(false);
});

test('what came at the end of last month on a busy day comes again on a quiet one', () => {
  const monthEnd = (Date.UTC(2026, 3, 30, 1) - START) / HOUR_MS;
  const isWeekend = (hour: number) => Math.floor(hour / 24) % 7 < 2;
  const usual = (hour: number) => (isWeekend(hour) ? 100 : 700) * (1 + 0.05 * Math.sin(hour * 7.7));
  const past = learn({
    ...historyOf(
      (hour) => usual(hour) + (hour === monthEnd ? 800 : 0),
      () => 0.01,
      HOURS,
      HOUR_MS,
    ),
    startMs: START,
  });
  if (!past) throw new Error('learned nothing');
  const again = { ...volume(900, 100), startMs: END, cost: 9, expectedCost: 1 };
  expect(recurs(again, past, { toMs: END + HOUR_MS, priceIndex: 1 })).toBe(true);
  expect(recurs({ ...again, calls: 3000, cost: 30, ratio: 30 }, past, { toMs: END + HOUR_MS, priceIndex: 1 })).toBe(false);
});
