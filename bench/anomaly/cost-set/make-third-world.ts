import type { Spent } from '../../../alerts/src/detector/effects.ts';
import { HISTORY_STEPS, type World } from './make-world.ts';
import { JUDGED_DAYS, STEP_MS, STEPS_PER_DAY } from './ordinary.ts';
import { between, logBetween, normal, pick, type Random, randomOf } from './random.ts';
import { FINE, type Fine, type FineKind, fineOf } from './third/fine.ts';
import { anyHours, type Hours, peopleHours } from './third/hours.ts';
import { drawStep, expectedUsd, type ModelName, type Shape } from './third/requests.ts';
import { WRONG, type WrongKind, wrongOf } from './third/wrong.ts';

/**
 * A third kind of worlds, as somebody would make them who wants the detector to fail: ten to a hundred thousand requests an hour, machines
 * and offices and consumers and jobs in one team, long tails, incidents of an hour or of three days in any feature, by night, at weekends, on
 * holidays, while the team grows. The floor is a dollar, or a quarter of what the team spends in an hour on average.
 */
export const THIRD_KINDS = [...WRONG, ...FINE] as const;
export type ThirdKind = (typeof THIRD_KINDS)[number];

const STEPS = HISTORY_STEPS + JUDGED_DAYS * STEPS_PER_DAY;
const DAY_MS = 86_400_000;
const FLOOR_HOURS = 0.25;
/** What may go on beside an incident. */
const BESIDE: readonly FineKind[] = ['growth', 'price_date', 'launch', 'holiday', 'clocks', 'outage', 'new_customer'];
const BESIDE_CHANCE = 0.12;

interface Feature {
  readonly name: string;
  readonly shape: Shape;
  readonly hours: Hours;
  readonly gusts: () => number;
}

export function makeThirdWorld(kind: ThirdKind, seed: number): World {
  const random = randomOf(seed);
  const wrongKind: WrongKind | undefined = WRONG.find((name) => name === kind);
  const at = HISTORY_STEPS + Math.floor(between(random, 0.3, JUDGED_DAYS - 1) * STEPS_PER_DAY);
  const startMs = Date.UTC(2026, 0, 1) + dayOfStart(kind, at, random) * DAY_MS;
  const features = featuresOf(kind, random);
  const [first] = features;
  const chosen = pick(random, [first, first, ...features.slice(1)]);
  const isMonthEnd = (step: number) => new Date(startMs + (Math.floor(step / STEPS_PER_DAY) + 1) * DAY_MS).getUTCDate() === 1;
  const fines = [...FINE.filter((name) => name === kind), ...BESIDE.filter(() => wrongKind && random() < BESIDE_CHANCE)];
  const beside = fines.map((name) => fineOf(name, { main: first.shape, hours: first.hours, isMonthEnd }, fineAt(at, random), random));
  const wrong = wrongKind && wrongOf(wrongKind, chosen.shape.perStep, random);
  const until = Math.min(STEPS, at + Math.max(12, Math.floor((wrong?.hours ?? 0) * 12)));
  let [impact, usd] = [0, 0];
  const excess: number[] = [];
  const steps = Array.from({ length: STEPS }, (_, step): Spent => {
    const now = shapesAt(features, beside, startMs, step);
    const isWrong = wrong !== undefined && step >= at && step < until;
    const drawn = now.map(({ name, shape: usual }) => {
      const shape = isWrong && name === chosen.name ? wrong.apply(usual, (step - at) / 12) : usual;
      if (isWrong) impact += expectedUsd(shape) - expectedUsd(usual);
      else usd += expectedUsd(usual);
      return { name, ...drawStep(name, shape, random) };
    });
    if (isWrong && wrong.stolen > 0) {
      const stolen = { ...chosen.shape, perStep: wrong.stolen };
      impact += expectedUsd(stolen);
      drawn.push({ name: '', ...drawStep('', stolen, random) });
    }
    if (isWrong) excess.push(impact);
    return beside.some(({ isDark }) => isDark?.(step)) ? NOTHING : sum(drawn);
  });
  const floorUsd = Math.max(1, (FLOOR_HOURS * usd * 12) / STEPS);
  return {
    kind,
    startMs,
    steps,
    ordinary: fines,
    floorUsd,
    incidents: wrong ? [{ fromMs: startMs + at * STEP_MS, toMs: startMs + until * STEP_MS, excess, why: wrong.why }] : [],
  };
}

const NOTHING: Spent = { calls: 0, cost: 0, parts: [], callsByFeature: new Map() };
const fineAt = (at: number, random: Random) => Math.max(HISTORY_STEPS, at + Math.floor(between(random, -2, 2) * STEPS_PER_DAY));

/** So that a month ends within the judged week. */
function dayOfStart(kind: ThirdKind, at: number, random: Random): number {
  const day = Math.floor(between(random, 0, 365));
  if (kind !== 'month_end') return day;
  const judged = Math.floor(at / STEPS_PER_DAY);
  for (let own = day; ; own++) if (new Date(Date.UTC(2026, 0, 1) + (own + judged + 1) * DAY_MS).getUTCDate() === 1) return own;
}

function featuresOf(kind: ThirdKind, random: Random): readonly [Feature, ...Feature[]] {
  const isFew = kind === 'few';
  const perHour = isFew ? logBetween(random, 5, 40) : logBetween(random, 10, 100_000);
  const one = (name: string, share: number): Feature => ({
    name,
    shape: shapeOf(kind, (perHour * share) / 12, random),
    hours: (name === 'main' ? peopleHours : anyHours)(random),
    gusts: gustsOf(random),
  });
  const others = Array.from({ length: Math.floor(between(random, 0, 5)) }, (_, index) => one(`side-${index}`, logBetween(random, 0.02, 1)));
  return [one('main', 1), ...others];
}

function shapeOf(kind: ThirdKind, perStep: number, random: Random): Shape {
  const prompt = logBetween(random, 300, 20_000);
  const cachedShare = kind === 'cache_regression' ? between(random, 0.5, 0.9) : between(random, 0, 0.9);
  return {
    perStep,
    fresh: prompt * (1 - cachedShare),
    cached: prompt * cachedShare,
    answer: logBetween(random, 30, 1_500),
    reasoning: kind === 'reasoning_inflation' ? logBetween(random, 100, 3_000) : pick(random, [0, logBetween(random, 50, 3_000)]),
    main: pick<ModelName>(random, kind === 'migration' ? ['fast', 'good'] : ['tiny', 'fast', 'good']),
    other: pick<ModelName>(random, ['tiny', 'fast', 'good']),
    otherShare: pick(random, [0, between(random, 0.05, 0.3)]),
    price: 1,
    tail: between(random, 0.4, 1.5),
  };
}

/** What lasts for hours, what lasts for minutes, and a day that is like no other. */
function gustsOf(random: Random): () => number {
  const [long, short, daily] = [between(random, 0.05, 0.25), between(random, 0.05, 0.3), between(random, 0.02, 0.15)];
  let [step, slow, fast, today] = [0, 0, 0, 0];
  return () => {
    if (step++ % STEPS_PER_DAY === 0) today = daily * normal(random);
    slow = 0.99 * slow + 0.141 * long * normal(random);
    fast = 0.7 * fast + 0.714 * short * normal(random);
    return Math.exp(slow + fast + today);
  };
}

function shapesAt(features: readonly Feature[], beside: readonly Fine[], startMs: number, step: number) {
  const atMs = startMs + step * STEP_MS;
  const people = beside.reduce((factor, each) => factor * (each.people?.(step) ?? 1), 1);
  const lateMs = beside.reduce((late, each) => late + (each.lateMs?.(step) ?? 0), 0);
  const own = features.map(({ name, shape, hours, gusts }) => {
    const usual = { ...shape, perStep: shape.perStep * hours(atMs, lateMs) * gusts() * people };
    return { name, shape: beside.reduce((bent, each) => each.bend?.(bent, step, name === 'main') ?? bent, usual) };
  });
  const price = own[0]?.shape.price ?? 1;
  const extra = beside.flatMap(({ extra: each }) => {
    const busy = each?.hours(atMs, step) ?? 0;
    return each && busy > 0 ? [{ name: each.name, shape: { ...each.shape, price, perStep: each.shape.perStep * busy } }] : [];
  });
  return [...own, ...extra];
}

function sum(drawn: readonly ({ readonly name: string } & Pick<Spent, 'calls' | 'cost' | 'parts'>)[]): Spent {
  return {
    calls: drawn.reduce((total, { calls }) => total + calls, 0),
    cost: drawn.reduce((total, { cost }) => total + cost, 0),
    parts: drawn.flatMap(({ parts }) => parts),
    callsByFeature: new Map(drawn.flatMap(({ name, calls }) => (calls > 0 ? [[name, calls] as const] : []))),
  };
}
