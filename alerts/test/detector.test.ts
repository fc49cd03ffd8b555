import fc from 'fast-check';
import { expect, test } from 'vitest';
import { learn } from '../src/detector/baseline.ts';
import { notable, surprises } from '../src/detector/detect.ts';
import { effectsOf, ordinaryCause, type Spent } from '../src/detector/effects.ts';
import { scoreStream } from '../src/detector/stream.ts';
import { falseDiscoveryBound, tailP } from '../src/detector/tail.ts';
import { predict } from '../src/conditions/predict.ts';
import { paceOf } from '../src/conditions/pace.ts';

const HALF_HOUR_MS = 1_800_000;
const MONDAY = Date.UTC(2026, 5, 1);
const SENSITIVITY = { z: 5, ratio: 1.3, impact: 1 };
/** Ten dollars a half hour by day, two by night, with a little noise that is the same in every run. */
const rhythm = (index: number) => ((index % 48) / 2 > 8 && (index % 48) / 2 < 20 ? 10 : 2) * (1 + 0.1 * Math.sin(index * 12.9898));
const history = { startMs: MONDAY, stepMs: HALF_HOUR_MS, values: Array.from({ length: 28 * 48 }, (_, index) => rhythm(index)) };
const next = MONDAY + 28 * 48 * HALF_HOUR_MS;

test('five times the usual is found, the usual is not, and by night the usual of the day is', () => {
  const baseline = learn(history, 0.5);
  if (!baseline) throw new Error('learned nothing');
  const at = (value: number) => notable(surprises(baseline, { startMs: next, value }), SENSITIVITY).length > 0;
  expect([at(2), at(2.4), at(10)]).toEqual([false, false, true]);
});

test('with less than three days there is no normal', () => {
  expect(learn({ ...history, values: history.values.slice(0, 100) }, 0.5)).toBeUndefined();
  expect(learn({ ...history, values: history.values.map(() => 0) }, 0.5)).toBeUndefined();
});

const spent = (calls: number, tokensPerCall: number, rate: number): Spent => {
  const tokens = calls * tokensPerCall;
  return { calls, tokens, cost: tokens * rate, parts: [{ key: 'gpt-5 input_uncached', quantity: tokens, cost: tokens * rate }] };
};

test('the effects add up to the excess, whatever happened', () => {
  const positive = fc.double({ min: 0.01, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(positive, positive, positive, positive, (calls, tokens, rate, expected) => {
      const now = spent(calls, tokens, rate);
      const effects = effectsOf(now, spent(100, 1000, 1e-6), expected);
      const sum = effects ? effects.requests + effects.tokensPerRequest + effects.mix + effects.price : Number.NaN;
      return Math.abs(sum - (now.cost - expected)) <= 1e-6 * Math.max(now.cost, expected);
    }),
  );
});

test('a dearer price is no anomaly of use, more tokens per request are', () => {
  const usual = spent(1000, 1000, 1e-6);
  const judge = (now: Spent) => {
    const effects = effectsOf(now, usual, 0.01);
    return effects && ordinaryCause(effects, { value: now.cost, expected: 0.01, buckets: 6, z: 10, neededZ: 5 });
  };
  expect(judge(spent(10, 1000, 4e-6))).toBe('price change');
  expect(judge(spent(10, 4000, 1e-6))).toBeUndefined();
  expect(judge(spent(15, 1000, 1e-6))).toBe('growth');
  expect(judge(spent(50, 1000, 1e-6))).toBeUndefined();
});

test('tail probabilities fall and never reach 0 within what was seen', () => {
  const sorted = Float64Array.from({ length: 1000 }, (_, index) => index / 1000);
  fc.assert(
    fc.property(
      fc.double({ min: -1, max: 3, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (value, more) => tailP(sorted, value + more) <= tailP(sorted, value),
    ),
  );
  expect(tailP(sorted, 0.9995)).toBeGreaterThan(0);
});

test('of many series without an incident hardly any is believed, a real one among them is', () => {
  const ps = Array.from({ length: 1000 }, (_, index) => (index + 1) / 1000);
  expect(falseDiscoveryBound(ps, 0.001)).toBe(0);
  expect(falseDiscoveryBound([...ps, 1e-9], 0.001)).toBe(1e-9);
});

test('a score depends on nothing that comes later', () => {
  const points = Array.from({ length: 400 }, (_, index) => ({
    timeMs: index * 300_000,
    value: Math.sin(index) + (index === 300 ? 20 : 0),
  }));
  const whole = scoreStream(points);
  expect(scoreStream(points.slice(0, 301))).toEqual(whole.slice(0, 301));
  expect(whole.indexOf(Math.max(...whole))).toBe(300);
});

test('a forecast is honest: no interval before six weeks, and a weekly rhythm afterwards', () => {
  const weekly = (days: number) => Array.from({ length: days }, (_, day) => (day % 7 < 5 ? 10 : 2) * (1 + 0.05 * Math.sin(day * 7.7)));
  expect(predict(weekly(41), 7).interval).toBeUndefined();
  const { usd, interval = [0, 0], chanceOf } = predict(weekly(70), 7);
  expect(usd).toBeCloseTo(54, -1);
  expect(interval[0]).toBeLessThan(54);
  expect(interval[1]).toBeGreaterThan(54);
  expect(chanceOf?.(200)).toBeLessThan(0.05);
  expect(chanceOf?.(20)).toBeGreaterThan(0.95);
});

test('the paces of the parts of a period add up to one, with and without a rhythm', () => {
  const period = { from: MONDAY, to: MONDAY + 7 * 86_400_000 };
  for (const hourly of [[], Array.from({ length: 4 * 168 }, (_, hour) => (hour % 24 > 8 ? 5 : 0))]) {
    const pace = paceOf(hourly, MONDAY - hourly.length * 3_600_000, period);
    const middle = MONDAY + 12_345_678;
    expect(pace({ from: period.from, to: middle }) + pace({ from: middle, to: period.to })).toBeCloseTo(1, 9);
  }
});
