import fc from 'fast-check';
import { expect, test } from 'vitest';
import { extend, learn } from '../src/detector/baseline.ts';
import { DEFAULT_SENSITIVITY } from '../src/detector/defaults.ts';
import { type Kind, notable, surprises } from '../src/detector/detect.ts';
import { effectsOf, type Spent } from '../src/detector/effects.ts';
import { rhythmOf } from '../src/detector/rhythm.ts';
import { scoreStream } from '../src/detector/stream.ts';
import { falseDiscoveryBound, tailP } from '../src/detector/tail.ts';
import { predict } from '../src/conditions/predict.ts';
import { paceOf } from '../src/conditions/pace.ts';
import { spent, USUAL } from './fixtures/spent.ts';

const HALF_HOUR_MS = 1_800_000;
const MONDAY = Date.UTC(2026, 5, 1);
const SENSITIVITY = { ...DEFAULT_SENSITIVITY, impact: 1 };
/** Ten requests a half hour by day, two by night, a dollar each, with a little noise that is the same in every run. */
const rhythm = (index: number) => ((index % 48) / 2 > 8 && (index % 48) / 2 < 20 ? 100 : 20) * (1 + 0.1 * Math.sin(index * 12.9898));
const calls = Array.from({ length: 28 * 48 }, (_, index) => rhythm(index));
const history = { startMs: MONDAY, stepMs: HALF_HOUR_MS, calls, cost: calls.map((count) => count / 10) };
const next = MONDAY + 28 * 48 * HALF_HOUR_MS;
function kindsOf(newest: { readonly calls: number; readonly cost: number }): readonly Kind[] {
  const baseline = learn(history);
  if (!baseline) throw new Error('learned nothing');
  return [...new Set(notable(surprises(baseline, { startMs: next, ...newest }), SENSITIVITY).map(({ kind }) => kind))];
}

test('five times the requests are found, the usual is not, and by night the usual of the day is', () => {
  expect(kindsOf({ calls: 20, cost: 2 })).toEqual([]);
  expect(kindsOf({ calls: 24, cost: 2.4 })).toEqual([]);
  expect(kindsOf({ calls: 100, cost: 10 })).toEqual(['volume']);
});

/** As many as ever but for what is given of so many half hours ago. */
const surprisesAfter = (cost: (count: number, ago: number) => number, more: (ago: number) => number = () => 1) => {
  const counts = calls.map((count, index) => count * more(calls.length - index));
  const baseline = learn({ ...history, calls: counts, cost: counts.map((count, index) => cost(count, calls.length - index)) });
  return (newest: { readonly calls: number; readonly cost: number }) =>
    baseline ? notable(surprises(baseline, { startMs: next, ...newest }), SENSITIVITY) : [];
};

test('a day in which requests cost three times as much does not make the next one ordinary', () => {
  const after = surprisesAfter((count, ago) => (count / 10) * (ago > 240 && ago <= 288 ? 3 : 1));
  expect(after({ calls: 20, cost: 2 })).toEqual([]);
  expect(after({ calls: 20, cost: 5 }).map(({ kind }) => kind)).toContain('intensity');
});

test('a long window remembers what is over: a gust hours afterwards is not its return', () => {
  const storm = (ago: number) => (ago > 16 && ago <= 28 ? 6 : ago <= 1 ? 2.15 : 1);
  expect(surprisesAfter((count) => count / 10, storm)({ calls: 43, cost: 4.3 })).toEqual([]);
});

test('what moves all hours alike is no rhythm of the week', () => {
  const deploys = [8.4, 12.6, 19.3].map((day) => day * 48);
  const logs = calls.map((_, index) => Math.log(1.35 ** deploys.filter((from) => index >= from).length));
  const { expect: expected } = rhythmOf(logs, MONDAY, HALF_HOUR_MS, 0);
  const week = Array.from({ length: 7 * 24 }, (_, hour) => expected(next + hour * 2 * HALF_HOUR_MS));
  expect(Math.max(...week) / Math.min(...week)).toBeLessThan(1.1);
});

test('one dear request among few is not what they are like, many are', () => {
  const few = { ...history, calls: calls.map((count) => count / 10), cost: calls.map((count) => count / 10) };
  const of = (costs: readonly number[]) => {
    const cost = few.cost.map((usd, index) => usd + (costs[few.cost.length - index] ?? 0));
    const baseline = learn({ ...few, cost });
    return baseline ? notable(surprises(baseline, { startMs: next, calls: 2, cost: 2 + (costs[0] ?? 0) }), SENSITIVITY) : [];
  };
  const spread = Array.from({ length: 48 }, () => 8);
  expect(of(spread).map(({ kind }) => kind)).toContain('intensity');
  expect(of([4, 300])).toEqual([]);
});

test('requests as many as ever that cost more are found as that', () => {
  expect(kindsOf({ calls: 20, cost: 5 })).toEqual(['intensity']);
});

test('with less than three days there is no normal', () => {
  expect(learn({ ...history, calls: calls.slice(0, 100) })).toBeUndefined();
  expect(learn({ ...history, calls: calls.map(() => 0) })).toBeUndefined();
});

test('what is normal can be carried over to a newer history', () => {
  const old = learn(history);
  if (!old) throw new Error('learned nothing');
  const moved = {
    ...history,
    startMs: MONDAY + HALF_HOUR_MS,
    calls: [...calls.slice(1), 20],
    cost: [...calls.slice(1), 20].map((count) => count / 10),
  };
  const newest = { startMs: next + HALF_HOUR_MS, calls: 100, cost: 10 };
  const [carried, anew] = [extend(old, moved), learn(moved)].map((baseline) => baseline && surprises(baseline, newest)[0]);
  expect(carried?.z).toBeCloseTo(anew?.z ?? Number.NaN, 0);
});

const usual = spent(1000);
const effectOf = (now: Spent) => effectsOf(now, usual, usual.cost) ?? {};

test('the effects add up to the excess, whatever happened', () => {
  const positive = fc.double({ min: 0.01, max: 1e4, noNaN: true });
  const some = fc.double({ min: 0, max: 1e4, noNaN: true });
  fc.assert(
    fc.property(
      positive,
      positive,
      some,
      some,
      positive,
      fc.constantFrom('gpt-5', 'gpt-6'),
      positive,
      (count, input, cached, output, dearer, model, expected) => {
        const now = spent(count, { amounts: { input_uncached: input, cache_read: cached, output_text: output }, dearer, model });
        const effects = effectsOf(now, usual, expected);
        const sum = Object.values(effects ?? { none: Number.NaN }).reduce((total, effect) => total + effect, 0);
        return Math.abs(sum - (now.cost - expected)) <= 1e-6 * Math.max(now.cost, expected);
      },
    ),
  );
});

test.each([
  ['requests', spent(5000)],
  ['reasoning', spent(1000, { amounts: { ...USUAL, reasoning: 600 } })],
  ['output', spent(1000, { amounts: { ...USUAL, output_text: 600 } })],
  ['input', spent(1000, { amounts: { ...USUAL, input_uncached: 1200, cache_read: 4800 } })],
  ['cache', spent(1000, { amounts: { ...USUAL, input_uncached: 1000, cache_read: 0 } })],
  ['model', spent(1000, { model: 'gpt-6', dearer: 4 })],
  ['price', spent(1000, { dearer: 3 })],
] as const)('the reason is %s, and nothing else is a tenth of it', (name, now) => {
  const effects: Readonly<Record<string, number>> = effectOf(now);
  const largest = effects[name] ?? 0;
  expect(largest).toBeGreaterThan(0);
  expect(Object.entries(effects).filter(([other, effect]) => other !== name && Math.abs(effect) > 0.1 * largest)).toEqual([]);
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

/** The last so many days are all that is known. */
const youngest = (days: number, countOf: (index: number) => number = rhythm) => {
  const counts = calls.map((_, index) => (index < calls.length - days * 48 ? 0 : countOf(index)));
  return learn({ ...history, calls: counts, cost: counts.map((count) => count / 10) });
};
const toldOf = (baseline: ReturnType<typeof learn>, count: number) =>
  baseline ? notable(surprises(baseline, { startMs: next, calls: count, cost: count / 10 }), SENSITIVITY).length > 0 : undefined;

test('four days are enough to know a runaway, in the first week of manifold more than is told later', () => {
  expect(youngest(3)).toBeUndefined();
  expect(toldOf(youngest(5), 60)).toBe(false);
  expect(toldOf(youngest(5), 150)).toBe(true);
  expect(toldOf(youngest(8), 60)).toBe(true);
});

test('a team that still grows in its second week is not told for what one that has settled is', () => {
  const growing = youngest(10, (index) => rhythm(index) * (index > calls.length - 3 * 48 ? 1 : 0.6));
  expect(toldOf(growing, 72)).toBe(false);
  expect(toldOf(growing, 120)).toBe(true);
  expect(toldOf(youngest(10), 72)).toBe(true);
});

test('a week in which few requests came as regularly as clockwork does not make chance an incident', () => {
  const regular = learn({ ...history, calls: calls.map(() => 2), cost: calls.map(() => 2) });
  if (!regular) throw new Error('learned nothing');
  const of = (count: number) => notable(surprises(regular, { startMs: next, calls: count, cost: count }), SENSITIVITY);
  expect(of(7)).toEqual([]);
  expect(of(40).map(({ kind }) => kind)).toContain('volume');
});
