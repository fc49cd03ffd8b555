import { expect, test } from 'vitest';
import { learn } from '../src/detector/baseline.ts';
import { DEFAULT_SENSITIVITY } from '../src/detector/defaults.ts';
import type { Surprise } from '../src/detector/detect.ts';
import type { Spent } from '../src/detector/effects.ts';
import { ordinaryCause } from '../src/detector/ordinary.ts';
import { recurs } from '../src/detector/recurs.ts';
import { spent, surprising, together } from './fixtures/spent.ts';

const SENSITIVITY = { ...DEFAULT_SENSITIVITY, impact: 0.01 };
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

interface Case {
  readonly surprise: Surprise;
  readonly now: Spent;
  readonly usual: Spent;
  readonly usualMs?: number;
  readonly lastDays?: readonly Spent[];
  /** Default as the surprise itself. */
  readonly hour?: { readonly surprise: Surprise; readonly now: Spent };
}

const judge = ({ surprise, now, usual, usualMs = HOUR_MS, lastDays = [], hour = { surprise, now } }: Case) =>
  ordinaryCause(surprise, hour.surprise, SENSITIVITY, { now, lately: hour.now, usual, usualMs, lastDays, toMs: HOUR_MS });

const usual = spent(1000);
/** Requests three times as dear, as many as ever. */
const dear = (now: Spent, ratio = 3) =>
  surprising({ kind: 'intensity', ratio, cost: now.cost, calls: now.calls, expectedCalls: 1000, expectedCost: usual.cost });
const many = (now: Spent, expected: number) =>
  surprising({
    kind: 'volume',
    ratio: now.calls / expected,
    cost: now.cost,
    calls: now.calls,
    expectedCalls: expected,
    expectedCost: (usual.cost * expected) / 1000,
  });
const launched = (calls: number) => spent(calls, { feature: 'new', model: 'gpt-6', dearer: 3 });

test('a new feature is ordinary, the same feature with dearer requests is not', () => {
  const same = spent(1000, { model: 'gpt-6', dearer: 3 });
  expect(judge({ surprise: dear(same), now: same, usual })).toBeUndefined();
  const both = together(usual, launched(300));
  expect(judge({ surprise: dear(both), now: both, usual })).toBe('launch');
  const flood = together(usual, launched(3000));
  expect(judge({ surprise: dear(flood), now: flood, usual })).toBeUndefined();
});

test('a new feature that works through the night, when there are few others, is a launch', () => {
  const now = together(spent(100), launched(700));
  expect(judge({ surprise: many(now, 100), now, usual })).toBe('launch');
});

test('a feature that only began within the ordinary stretch is new as well; one that is five times busier today is not', () => {
  const now = together(spent(1000), launched(1600));
  const began = { now, usual: together(spent(10_000), launched(20)), usualMs: 10 * DAY_MS, surprise: many(now, 1000) };
  const day = (calls: number) => together(spent(1000), launched(calls));
  expect(judge({ ...began, usualMs: 10 * HOUR_MS, lastDays: [0, 0, 1500, 1600, 1600].map(day) })).toBe('launch');
  const busy = spent(5000);
  expect(
    judge({ surprise: many(busy, 1000), now: busy, usual, lastDays: [24, 24, 24, 24, 60].map((hours) => spent(1000 * hours)) }),
  ).toBeUndefined();
});

test('what is over does not become an incident by what is ordinary now', () => {
  const now = together(spent(10_000, { dearer: 3, model: 'gpt-6' }), launched(100));
  const lastHour = together(spent(500), launched(300));
  const surprise = { ...dear(now), buckets: 96 };
  expect(judge({ surprise, now, usual, hour: { surprise: dear(lastHour, 2.2), now: lastHour } })).toBe('launch');
});

test('everything alike is growth, up to four times, and a gust of half an hour may be more; one thing alone is none', () => {
  const base = together(spent(700), spent(300, { feature: 'search' }));
  const grown = (chat: number, search: number) => together(spent(700 * chat), spent(300 * search, { feature: 'search' }));
  const of = (now: Spent, buckets: number) => judge({ surprise: { ...many(now, 1000), buckets }, now, usual: base });
  expect(of(grown(3, 3), 2)).toBe('growth');
  expect(of(grown(5, 5), 1)).toBe('growth');
  expect(of(grown(5, 5), 2)).toBeUndefined();
  expect(of(grown(4, 1), 2)).toBeUndefined();
});

test('while people are away, what machines cost is the average, and no anomaly', () => {
  const nightly = spent(100, { feature: 'nightly', amounts: { input_uncached: 5000 }, dearer: 2 });
  const ordinary = together(spent(300), nightly);
  const away = together(spent(20), nightly);
  const surprise = (now: Spent, ratio: number) =>
    surprising({ kind: 'intensity', ratio, cost: now.cost, calls: now.calls, expectedCalls: 400, expectedCost: ordinary.cost });
  expect(judge({ surprise: surprise(away, 2.5), now: away, usual: ordinary })).toBe('mix');
  const parts = ordinary.parts.map((part) => ({ ...part, quantity: part.quantity * 2, cost: part.cost * 2 }));
  const twice = { ...ordinary, cost: ordinary.cost * 2, parts };
  expect(judge({ surprise: surprise(twice, 2), now: twice, usual: ordinary })).toBeUndefined();
});

const HOURS = 42 * 24;
const START = Date.UTC(2026, 3, 18); // a Saturday; the last judged day is 30 May
const END = START + HOURS * HOUR_MS;
const jobs = (hours: readonly number[], { calls = 500, usd = 50 } = {}) =>
  learn({
    startMs: START,
    stepMs: HOUR_MS,
    calls: Array.from({ length: HOURS }, (_, hour) => (hours.includes(hour) ? calls : 100 + 5 * Math.sin(hour * 7.7))),
    cost: Array.from({ length: HOURS }, (_, hour) => (hours.includes(hour) ? usd : 10)),
  });
const job = { ...surprising({ kind: 'volume', ratio: 5, cost: 50, calls: 500, expectedCalls: 100, expectedCost: 10 }), startMs: END };
const recursAfter = (hours: readonly number[], { priceIndex = 1, ...what }: { priceIndex?: number; calls?: number; usd?: number } = {}) => {
  const past = jobs(hours, what);
  return past && recurs(job, past, { toMs: END + HOUR_MS, priceIndex });
};

test('a job that came back every week, on each of the last days, or at the end of last month, recurs; one that came once does not', () => {
  expect(recursAfter([])).toBe(false);
  expect(recursAfter([HOURS - 7 * 24])).toBe(false);
  expect(recursAfter([HOURS - 7 * 24 + 2, HOURS - 14 * 24 - 1])).toBe(true);
  expect(recursAfter([HOURS - 24, HOURS - 48])).toBe(false);
  expect(recursAfter([HOURS - 24, HOURS - 48, HOURS - 72])).toBe(true);
  const endOfApril = (Date.UTC(2026, 3, 30, 5) - START) / HOUR_MS;
  expect(recursAfter([endOfApril])).toBe(true);
});

test('a job recurs although prices rose since; a gust of the same cost that was twice as much and not five times is no such job', () => {
  const weeks = [HOURS - 7 * 24 + 2, HOURS - 14 * 24 - 1];
  expect(recursAfter(weeks, { usd: 25 })).toBe(false);
  expect(recursAfter(weeks, { usd: 25, priceIndex: 2 })).toBe(true);
  expect(recursAfter(weeks, { calls: 200 })).toBe(false);
});

test('as many as twice in four weeks at the same hour are no more than usual, although those weeks stood out in nothing', () => {
  const half = (week: number) => HOURS - week * 7 * 24;
  expect(recursAfter([half(1)], { calls: 400, usd: 10 })).toBe(false);
  expect(recursAfter([half(1), half(3)], { calls: 400, usd: 10 })).toBe(true);
  expect(recursAfter([half(1), half(3)], { calls: 250, usd: 10 })).toBe(false);
});
