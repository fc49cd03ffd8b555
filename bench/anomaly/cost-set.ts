import type { Spent } from '../../alerts/src/detector/effects.ts';

export const STEP_MS = 300_000;
const DAY_MS = 86_400_000;
const STEPS_PER_DAY = DAY_MS / STEP_MS;
const HISTORY_DAYS = 28;
const JUDGED_DAYS = 7;
export const HISTORY_STEPS = HISTORY_DAYS * STEPS_PER_DAY;
/** A Monday. */
const START_MS = Date.UTC(2026, 5, 1);

export const INCIDENTS = ['runaway', 'reasoning_inflation', 'model_swap', 'cache_regression', 'retry_storm', 'key_leak'] as const;
export const ORDINARY = ['quiet', 'price_change', 'traffic_growth', 'launch', 'holiday'] as const;
export type Kind = (typeof INCIDENTS)[number] | (typeof ORDINARY)[number];

/** A month of an application's spend in five-minute steps and a week to be judged, with what is wrong in it. */
export interface LabelledCost {
  readonly kind: Kind;
  readonly startMs: number;
  readonly steps: readonly Spent[];
  /** Absent where nothing is wrong. `impact`: USD beyond what would have been. */
  readonly incident?: { readonly fromMs: number; readonly toMs: number; readonly impact: number };
}

type Random = () => number;

/** mulberry32: small, seeded, good enough to draw traffic. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const normal = (random: Random) => Math.sqrt(-2 * Math.log(random() + 1e-12)) * Math.cos(2 * Math.PI * random());
const between = (random: Random, low: number, high: number) => low + (high - low) * random();
const pick = <Item>(random: Random, items: readonly [Item, ...Item[]]): Item => items[Math.floor(random() * items.length)] ?? items[0];

/** USD per million tokens: input, cached input, output. Reasoning is billed as output. */
const MODELS = {
  small: { input: 0.25, cached: 0.025, output: 2 },
  large: { input: 1.25, cached: 0.125, output: 10 },
  huge: { input: 5, cached: 0.5, output: 25 },
} as const;
type Model = keyof typeof MODELS;

/** What an application does in a step, before noise is added to the number of requests. */
interface Habits {
  readonly requests: number;
  readonly input: number;
  readonly cachedShare: number;
  readonly output: number;
  readonly reasoning: number;
  readonly model: Model;
  readonly priceFactor: number;
}

interface Change {
  readonly apply: (habits: Habits, since: number) => Habits;
  readonly days: readonly [least: number, most: number];
}

const bend = (change: (habits: Habits, factor: number) => Partial<Habits>, factor: number): Change['apply'] => {
  return (habits) => ({ ...habits, ...change(habits, factor) });
};

/** An incident's strength is drawn between two bounds; 5 is what the promise on runaways is measured with. */
function incidentOf(kind: (typeof INCIDENTS)[number], average: number, random: Random): Change {
  switch (kind) {
    case 'runaway':
      return { apply: bend(({ requests }, factor) => ({ requests: requests * factor }), 5), days: [0.1, 1] };
    case 'reasoning_inflation':
      return { apply: bend(({ reasoning }, factor) => ({ reasoning: reasoning * factor }), between(random, 4, 10)), days: [0.5, 2] };
    case 'model_swap':
      return { apply: (habits) => ({ ...habits, model: habits.model === 'small' ? 'large' : 'huge' }), days: [0.5, 2] };
    case 'cache_regression':
      return { apply: (habits) => ({ ...habits, cachedShare: 0 }), days: [0.5, 2] };
    case 'retry_storm':
      return { apply: bend(({ requests }, factor) => ({ requests: requests * factor }), between(random, 2.5, 6)), days: [0.1, 0.5] };
    case 'key_leak': {
      // Somebody else's traffic beside ours, day and night: so many times our average.
      const stolen = between(random, 2, 6);
      return { apply: (habits) => ({ ...habits, requests: habits.requests + stolen * average }), days: [0.2, 2] };
    }
  }
}

export function makeLabelledCost(kind: Kind, seed: number): LabelledCost {
  const random = randomOf(seed);
  const base: Habits = {
    requests: between(random, 10, 60),
    input: between(random, 2_000, 12_000),
    cachedShare: between(random, 0.75, 0.9),
    output: between(random, 100, 500),
    reasoning: between(random, 200, 800),
    model: pick<Model>(random, ['small', 'large']),
    priceFactor: 1,
  };
  const weekend = between(random, 0.3, 0.9);
  const peakHour = between(random, 8, 20);
  const swing = between(random, 0.3, 0.8);
  const noise = between(random, 0.15, 0.35);
  // A cache matters where the prompt dominates.
  const habits = kind === 'cache_regression' ? { ...base, input: base.input * 3, output: 100, reasoning: 100 } : base;
  const change = INCIDENTS.find((name) => name === kind);
  const incident = change && incidentOf(change, base.requests, random);
  const days = incident ? between(random, ...incident.days) : 0;
  const fromStep = HISTORY_STEPS + Math.floor(between(random, 0.5, JUDGED_DAYS - 2.5) * STEPS_PER_DAY);
  const toStep = fromStep + Math.max(12, Math.floor(days * STEPS_PER_DAY));
  const weeklyGrowth = between(random, 1.1, 1.3);
  const launchAt = HISTORY_STEPS + Math.floor(between(random, 0.5, 3) * STEPS_PER_DAY);
  const holidayAt = Math.floor(between(random, 14, 31)) * STEPS_PER_DAY;
  const holidayDays = Math.floor(between(random, 1, 5));
  const priceAt = HISTORY_STEPS + Math.floor(between(random, 0.5, 4) * STEPS_PER_DAY);
  const priceFactor = between(random, 1.5, 3);
  let drift = 0;
  let today = 0;
  let impact = 0;
  const steps: Spent[] = [];
  for (let step = 0; step < HISTORY_STEPS + JUDGED_DAYS * STEPS_PER_DAY; step++) {
    if (step % STEPS_PER_DAY === 0) today = 0.07 * normal(random);
    drift = 0.8 * drift + noise * 0.6 * normal(random);
    const hour = (step % STEPS_PER_DAY) / 12;
    const isWeekend = Math.floor(step / STEPS_PER_DAY) % 7 >= 5;
    const rhythm = (1 + swing * Math.cos(((hour - peakHour) / 12) * Math.PI)) * (isWeekend ? weekend : 1);
    const trend = trendOf(kind, step, { weeklyGrowth, launchAt, holidayAt, holidayDays });
    const usual = {
      ...habits,
      requests: habits.requests * rhythm * trend * Math.exp(today + drift),
      priceFactor: kind === 'price_change' && step >= priceAt ? priceFactor : 1,
    };
    const isWrong = incident !== undefined && step >= fromStep && step < toStep;
    const spent = spend(isWrong ? incident.apply(usual, step - fromStep) : usual, random);
    if (isWrong) impact += spent.cost - (spent.cost * costOf(usual)) / costOf(incident.apply(usual, step - fromStep));
    steps.push(spent);
  }
  return {
    kind,
    startMs: START_MS,
    steps,
    ...(incident && { incident: { fromMs: START_MS + fromStep * STEP_MS, toMs: START_MS + toStep * STEP_MS, impact } }),
  };
}

interface Trend {
  readonly weeklyGrowth: number;
  readonly launchAt: number;
  readonly holidayAt: number;
  readonly holidayDays: number;
}

function trendOf(kind: Kind, step: number, { weeklyGrowth, launchAt, holidayAt, holidayDays }: Trend): number {
  if (kind === 'traffic_growth') return weeklyGrowth ** (step / (7 * STEPS_PER_DAY));
  // New users: 40 % more within three days.
  if (kind === 'launch') return 1 + 0.4 * Math.min(1, Math.max(0, (step - launchAt) / (3 * STEPS_PER_DAY)));
  if (kind === 'holiday') return step >= holidayAt && step < holidayAt + holidayDays * STEPS_PER_DAY ? 0.3 : 1;
  return 1;
}

function quantitiesOf({ input, cachedShare, output, reasoning }: Habits) {
  return { input: input * (1 - cachedShare), cached: input * cachedShare, output: output + reasoning };
}

/** USD per request. */
function priceOf(habits: Habits): number {
  const rates = MODELS[habits.model];
  const quantities = quantitiesOf(habits);
  return (
    ((quantities.input * rates.input + quantities.cached * rates.cached + quantities.output * rates.output) * habits.priceFactor) / 1e6
  );
}
const costOf = (habits: Habits) => habits.requests * priceOf(habits);

function spend(habits: Habits, random: Random): Spent {
  const calls = Math.max(0, Math.round(habits.requests + Math.sqrt(habits.requests) * normal(random)));
  // Requests differ in length, so that a sum of few is less regular than one of many.
  const spread = Math.exp((0.6 / Math.sqrt(Math.max(1, calls))) * normal(random));
  const rates = MODELS[habits.model];
  const parts = Object.entries(quantitiesOf(habits)).map(([meter, perCall]) => {
    const quantity = perCall * calls * spread;
    return { key: `${habits.model} ${meter}`, quantity, cost: (quantity * rates[meter as keyof typeof rates] * habits.priceFactor) / 1e6 };
  });
  return {
    calls,
    tokens: parts.reduce((sum, { quantity }) => sum + quantity, 0),
    cost: parts.reduce((sum, { cost }) => sum + cost, 0),
    parts,
  };
}
