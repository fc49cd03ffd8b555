import type { Spent } from '../../../alerts/src/detector/effects.ts';
import { HISTORY_STEPS, type Incident, type World } from './make-world.ts';
import { JUDGED_DAYS, STEP_MS, STEPS_PER_DAY } from './ordinary.ts';
import { type Busy, daysOf, noiseOf } from './plain/days.ts';
import { drawRequests, type ModelName, type Request, usdOf } from './plain/requests.ts';
import { type Load, type Mishap, mishapOf, PLAIN_WRONG, type PlainWrong } from './plain/wrong.ts';
import { between, logBetween, pick, type Random, randomOf } from './random.ts';

/**
 * Worlds as somebody would write them down in an afternoon who knows nothing of the detector: a season or none, one noise, two to six weeks of history
 * or one, one to three features with or without names, round strengths, at the hour or at midnight or at the end of what is known.
 */
const PLAIN_FINE = ['quiet', 'price_change', 'growth', 'holiday', 'busy_day', 'idle_weekends', 'tiny', 'launch'] as const;
export const PLAIN_KINDS = [...PLAIN_WRONG, ...PLAIN_FINE] as const;
export type PlainKind = (typeof PLAIN_KINDS)[number];

const STEPS = HISTORY_STEPS + JUDGED_DAYS * STEPS_PER_DAY;
const DAY_MS = 86_400_000;
const HOUR_STEPS = STEPS_PER_DAY / 24;
const QUARTER_STEPS = HOUR_STEPS / 4;

interface Feature {
  readonly name: string;
  readonly average: number;
  readonly each: Request;
  readonly busy: Busy;
}

export function makePlainWorld(kind: PlainKind, seed: number): World {
  const random = randomOf(seed);
  const startMs = Date.UTC(2026, 0, 1) + Math.floor(between(random, 0, 365)) * DAY_MS;
  const wrongKind: PlainWrong | undefined = PLAIN_WRONG.find((name) => name === kind);
  const mishap = wrongKind && mishapOf(wrongKind, random);
  const historyDays = kind === 'young_runaway' ? pick(random, [4, 5]) : pick(random, [7, 14, 14, 28, 42]);
  const firstStep = HISTORY_STEPS - historyDays * STEPS_PER_DAY;
  const features = featuresOf(kind, random);
  const chosen = pick(random, [features[0], ...features]);
  const times = mishap ? timesOf(kind, mishap, random) : [];
  const change = changeOf(kind, { main: features[0], startMs }, random);
  const incidents = times.map(({ from }) => ({ from, excess: [] as number[] }));
  // Who counts by the quarter of an hour knows no minutes.
  const stride = pick(random, [1, 1, 1, QUARTER_STEPS]);
  let spent = 0;
  const steps = Array.from({ length: STEPS }, (_, step): Spent => {
    if (step < firstStep) return sum([]);
    const beat = step % stride === 0 ? stride : 0;
    const atMs = startMs + step * STEP_MS;
    const of = times.findIndex(({ from, to }) => step >= from && step < to);
    let excess = 0;
    const drawn = [...features, ...(change.extra ?? [])].flatMap((feature) => {
      const requests = feature.average * feature.busy(atMs) * (change.people?.(step) ?? 1) * beat;
      const usual: Load = { requests, each: change.bend?.(feature.each, step) ?? feature.each };
      const average = feature.average * beat;
      const isWrong = mishap !== undefined && of >= 0 && (mishap.isOfAll || feature === chosen);
      const { requests: now, each } = isWrong ? mishap.apply(usual, average) : usual;
      excess += now * usdOf(each) - requests * usdOf(usual.each);
      const own = { name: feature.name, ...drawRequests(feature.name, each, now, random) };
      if (!isWrong || !mishap.stolen) return [own];
      const theirs = { requests: mishap.stolen.times * average, each: mishap.stolen.each(feature.each) };
      excess += theirs.requests * usdOf(theirs.each);
      const name = mishap.stolen.feature === 'none' ? '' : feature.name;
      return [own, { name, ...drawRequests(name, theirs.each, theirs.requests, random) }];
    });
    const incident = incidents[of];
    incident?.excess.push((incident.excess.at(-1) ?? 0) + excess);
    const all = sum(drawn);
    spent += all.cost;
    return all;
  });
  return {
    kind,
    startMs,
    steps,
    ordinary: [],
    floorUsd: pick(random, [0.2, 1, 5, Math.max(0.2, spent / historyDays / 24)]),
    incidents: incidents.map(({ from, excess }): Incident => ({
      fromMs: startMs + from * STEP_MS,
      toMs: startMs + (from + excess.length) * STEP_MS,
      excess,
      why: mishap?.why ?? 'requests',
    })),
  };
}

/** At any moment, at the hour, at midnight or until the end of what is known; once or, with a day between, twice. */
function timesOf(kind: PlainKind, { hours }: Mishap, random: Random): readonly { readonly from: number; readonly to: number }[] {
  const length = Math.floor(between(random, ...hours) * HOUR_STEPS);
  const any = HISTORY_STEPS + Math.floor(between(random, 0, JUDGED_DAYS - 2.5) * STEPS_PER_DAY);
  const from = pick(random, [any, any - (any % HOUR_STEPS), any - (any % STEPS_PER_DAY), STEPS - length]);
  const first = { from, to: from + length };
  if (kind !== 'runaway_again') return [first];
  const second = Math.min(first.to + STEPS_PER_DAY, STEPS - length);
  return second > first.to + HOUR_STEPS * 3 ? [first, { from: second, to: second + length }] : [first];
}

function featuresOf(kind: PlainKind, random: Random): readonly [Feature, ...Feature[]] {
  const count = pick(random, [1, 1, 2, 3]);
  const perHour = kind === 'tiny' ? logBetween(random, 20, 100) / 24 : logBetween(random, 20, 5_000);
  const [days, isNamed] = [daysOf(random, { idleWeekends: kind === 'idle_weekends' }), count > 1 || random() < 0.5];
  const one = (name: string): Feature => {
    const noise = noiseOf(random);
    return {
      name,
      average: (perHour / HOUR_STEPS / count) * between(random, 0.4, 1.6),
      each: requestOf(kind, random),
      busy: (atMs) => days(atMs) * noise(atMs),
    };
  };
  const others = Array.from({ length: count - 1 }, (_, index) => one(`feature-${String(index + 2)}`));
  return [one(isNamed ? 'feature-1' : ''), ...others];
}

const CHEAP = ['gpt-4o-mini', 'claude-haiku', 'gpt-4o', 'o4-mini'] as const satisfies readonly ModelName[];

function requestOf(kind: PlainKind, random: Random): Request {
  const isThinking = kind === 'reasoning_inflation' || random() < 0.3;
  return {
    model: kind === 'reasoning_inflation' ? 'o4-mini' : pick(random, kind === 'model_swap' ? CHEAP : [...CHEAP, 'claude-sonnet']),
    input: logBetween(random, 300, kind === 'reasoning_inflation' ? 3_000 : 6_000) * (kind === 'cache_lost' ? 2 : 1),
    cachedShare: kind === 'cache_lost' ? between(random, 0.5, 0.9) : pick(random, [0, between(random, 0.2, 0.8)]),
    output: logBetween(random, 50, kind === 'cache_lost' ? 400 : 800),
    reasoning: isThinking ? logBetween(random, 300, 2_000) : 0,
    price: 1,
    spread: pick(random, [0, 0.2, 0.5]),
  };
}

interface Change {
  readonly people?: (step: number) => number;
  readonly bend?: (each: Request, step: number) => Request;
  readonly extra?: readonly Feature[];
}

interface Setting {
  readonly main: Feature;
  /** A moment of the judged week, in steps and in milliseconds, and the day that it is in. */
  readonly at: number;
  readonly atMs: number;
  readonly day: number;
}

const within = (step: number, from: number, days: number) => step >= from && step < from + days * STEPS_PER_DAY;

/** What is not wrong, by kind. */
const CHANGES: Readonly<Partial<Record<PlainKind, (setting: Setting, random: Random) => Change>>> = {
  price_change({ at }, random) {
    const price = pick(random, [0.5, 0.8, 1.2, 2]);
    return { bend: (each, step) => (step >= at ? { ...each, price } : each) };
  },
  growth(_, random) {
    const weekly = between(random, 1.03, 1.15);
    return { people: (step) => weekly ** ((step - HISTORY_STEPS) / STEPS_PER_DAY / 7) };
  },
  holiday({ day }, random) {
    const [days, left] = [pick(random, [1, 2, 3]), between(random, 0, 0.4)];
    return { people: (step) => (within(step, day, days) ? left : 1) };
  },
  busy_day({ day }, random) {
    const factor = between(random, 1.2, 1.7);
    return { people: (step) => (within(step, day, 1) ? factor : 1) };
  },
  launch({ main, atMs: fromMs }, random) {
    const busy: Busy = (atMs) => (atMs >= fromMs ? main.busy(atMs) : 0);
    return { extra: [{ name: 'launched', average: main.average * between(random, 0.2, 1), each: requestOf('launch', random), busy }] };
  },
};

function changeOf(kind: PlainKind, { main, startMs }: { readonly main: Feature; readonly startMs: number }, random: Random): Change {
  const at = HISTORY_STEPS + Math.floor(between(random, 0.3, JUDGED_DAYS - 1) * STEPS_PER_DAY);
  const setting = { main, at, atMs: startMs + at * STEP_MS, day: at - (at % STEPS_PER_DAY) };
  return CHANGES[kind]?.(setting, random) ?? {};
}

function sum(drawn: readonly ({ readonly name: string } & Pick<Spent, 'calls' | 'cost' | 'parts'>)[]): Spent {
  const callsByFeature = new Map<string, number>();
  for (const { name, calls } of drawn) if (calls > 0) callsByFeature.set(name, (callsByFeature.get(name) ?? 0) + calls);
  return {
    calls: drawn.reduce((total, { calls }) => total + calls, 0),
    cost: drawn.reduce((total, { cost }) => total + cost, 0),
    parts: drawn.flatMap(({ parts }) => parts),
    callsByFeature,
  };
}
