import fc from 'fast-check';
import { expect, test } from 'vitest';
import { extend, learn } from '../src/detector/baseline.ts';
import { DEFAULT_SENSITIVITY } from '../src/detector/defaults.ts';
import { type Kind, notable, surprises } from '../src/detector/detect.ts';
import { effectsOf, type Spent } from '../src/detector/effects.ts';
import { ordinaryCause, recurs } from '../src/detector/ordinary.ts';
import { fallen, priceIndex } from '../src/detector/prices.ts';
import { scoreStream } from '../src/detector/stream.ts';
import { falseDiscoveryBound, tailP } from '../src/detector/tail.ts';
import { predict } from '../src/conditions/predict.ts';
import { paceOf } from '../src/conditions/pace.ts';

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

const METERS = ['input_uncached', 'cache_read', 'output_text', 'reasoning'] as const;
type Amounts = Readonly<Partial<Record<(typeof METERS)[number], number>>>;
const USUAL: Amounts = { input_uncached: 200, cache_read: 800, output_text: 100, reasoning: 100 };
const RATES: Amounts = { input_uncached: 1e-6, cache_read: 1e-7, output_text: 8e-6, reasoning: 8e-6 };

function spent(
  count: number,
  {
    amounts = USUAL,
    dearer = 1,
    model = 'gpt-5',
    feature = 'chat',
  }: { amounts?: Amounts; dearer?: number; model?: string; feature?: string } = {},
): Spent {
  const parts = METERS.map((meter) => {
    const quantity = (amounts[meter] ?? 0) * count;
    return { feature, model, meter, quantity, cost: quantity * (RATES[meter] ?? 0) * dearer };
  });
  return { calls: count, cost: parts.reduce((sum, { cost }) => sum + cost, 0), parts, callsByFeature: new Map([[feature, count]]) };
}
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

test('a new price is what costs more for the same use, until the expectation has followed it; another model is no price', () => {
  const dearer = spent(500, { dearer: 3 });
  expect(priceIndex(dearer, usual, [usual, usual, usual])).toBeCloseTo(3, 9);
  expect(priceIndex(dearer, usual, [usual, dearer, dearer])).toBeCloseTo(3, 9);
  expect(priceIndex(dearer, usual, [dearer, dearer, dearer])).toBeCloseTo(1, 9);
  const cheaper = spent(500, { dearer: 0.3 });
  expect(priceIndex(cheaper, usual, [cheaper, cheaper, cheaper])).toBeCloseTo(0.3, 9);
  expect(priceIndex(spent(500, { model: 'gpt-6', dearer: 3 }), usual, [usual, usual, usual])).toBe(1);
});

test('where a price fell, requests that use more are found behind it', () => {
  const baseline = learn(history);
  if (!baseline) throw new Error('learned nothing');
  const newest = { startMs: next, calls: 20, cost: 2 * 0.3 * 2 };
  const found = surprises(baseline, newest);
  expect(notable(found, SENSITIVITY)).toEqual([]);
  expect(fallen(found).length).toBeGreaterThan(0);
  expect(
    notable(
      surprises(baseline, newest, () => 0.3),
      { ...SENSITIVITY, impact: 0.1 },
    ).map(({ kind }) => kind),
  ).toContain('intensity');
});

test('a new feature is ordinary, the same feature with dearer requests is not', () => {
  const surprise = {
    kind: 'intensity' as const,
    buckets: 2,
    z: 12,
    p: 1e-6,
    startMs: 0,
    calls: 1000,
    expectedCalls: 1000,
    expectedCost: usual.cost,
    ratio: 3,
    hourRatio: 3,
    newestZ: 10,
    hourZ: 12,
    isYoung: false,
  };
  const judge = (now: Spent) =>
    ordinaryCause(
      { ...surprise, cost: now.cost, calls: now.calls },
      { ...SENSITIVITY, impact: 0.1 * usual.cost },
      { now, usual, usualMs: 3_600_000, toMs: 3_600_000 },
    );
  expect(judge(spent(1000, { model: 'gpt-6', dearer: 3 }))).toBeUndefined();
  const launched = spent(300, { feature: 'new', model: 'gpt-6', dearer: 3 });
  expect(
    judge({
      calls: 1300,
      cost: usual.cost + launched.cost,
      parts: [...usual.parts, ...launched.parts],
      callsByFeature: new Map([
        ['chat', 1000],
        ['new', 300],
      ]),
    }),
  ).toBe('launch');
  const huge = spent(3000, { feature: 'new', model: 'gpt-6', dearer: 3 });
  expect(
    judge({
      calls: 4000,
      cost: usual.cost + huge.cost,
      parts: [...usual.parts, ...huge.parts],
      callsByFeature: new Map([
        ['chat', 1000],
        ['new', 3000],
      ]),
    }),
  ).toBeUndefined();
});

test('while people are away, what machines cost is the average, and no anomaly', () => {
  const nightly = spent(100, { feature: 'nightly', amounts: { input_uncached: 5000 }, dearer: 2 });
  const both = (people: number): Spent => {
    const chat = spent(people);
    return {
      calls: people + 100,
      cost: chat.cost + nightly.cost,
      parts: [...chat.parts, ...nightly.parts],
      callsByFeature: new Map([
        ['chat', people],
        ['nightly', 100],
      ]),
    };
  };
  const [ordinary, away] = [both(300), both(20)];
  const surprise = (now: Spent, ratio: number) => ({
    kind: 'intensity' as const,
    buckets: 2,
    z: 12,
    p: 1e-6,
    startMs: 0,
    calls: now.calls,
    cost: now.cost,
    expectedCalls: 400,
    expectedCost: ordinary.cost,
    ratio,
    hourRatio: ratio,
    newestZ: 10,
    hourZ: 12,
    isYoung: false,
  });
  const judge = (now: Spent, ratio: number) =>
    ordinaryCause(surprise(now, ratio), { ...SENSITIVITY, impact: 0.01 }, { now, usual: ordinary, usualMs: 3_600_000, toMs: 3_600_000 });
  expect(judge(away, 2.5)).toBe('mix');
  expect(
    judge(
      {
        ...ordinary,
        cost: ordinary.cost * 2,
        parts: ordinary.parts.map((part) => ({ ...part, quantity: part.quantity * 2, cost: part.cost * 2 })),
      },
      2,
    ),
  ).toBeUndefined();
});

test('a job that came back every week, or at the end of last month, recurs; one that came once does not', () => {
  const HOURS = 42 * 24;
  const start = Date.UTC(2026, 3, 18); // a Saturday; the last judged day is 30 May
  const jobs = (hours: readonly number[]) =>
    learn({
      startMs: start,
      stepMs: 3_600_000,
      calls: Array.from({ length: HOURS }, (_, hour) => (hours.includes(hour) ? 500 : 100 + 5 * Math.sin(hour * 7.7))),
      cost: Array.from({ length: HOURS }, (_, hour) => (hours.includes(hour) ? 50 : 10)),
    });
  const at = start + HOURS * 3_600_000;
  const surprise = {
    kind: 'volume' as const,
    buckets: 2,
    z: 12,
    p: 1e-6,
    startMs: at,
    cost: 50,
    calls: 500,
    expectedCalls: 100,
    expectedCost: 10,
    ratio: 5,
    hourRatio: 5,
    newestZ: 10,
    hourZ: 12,
    isYoung: false,
  };
  const recursAfter = (hours: readonly number[]) => {
    const past = jobs(hours);
    return past && recurs(surprise, past, at + 3_600_000);
  };
  expect(recursAfter([])).toBe(false);
  expect(recursAfter([HOURS - 7 * 24])).toBe(false);
  expect(recursAfter([HOURS - 7 * 24 + 2, HOURS - 14 * 24 - 1])).toBe(true);
  const endOfApril = (Date.UTC(2026, 3, 30, 5) - start) / 3_600_000;
  expect(recursAfter([endOfApril])).toBe(true);
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
