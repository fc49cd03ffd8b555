import type { Spent } from '../../../alerts/src/detector/effects.ts';
import { draw, type Habits, priceOf } from './habits.ts';
import { type IncidentKind, incidentOf, INCIDENTS } from './incidents.ts';
import { HISTORY_STEPS, type World } from './make-world.ts';
import { HISTORY_DAYS, JUDGED_DAYS, STEP_MS, STEPS_PER_DAY } from './ordinary.ts';
import { between, logBetween, normal, pick, type Random, randomOf } from './random.ts';

/**
 * Worlds of another shape, so that the detector is not made for one generator: features with people of their own (another time zone,
 * another weekend, another noise), sessions that come in bursts, requests with long tails, few that ask at all, days off in the past, an
 * incident that was there before.
 */
export const OTHER_KINDS = [
  ...INCIDENTS,
  'quiet',
  'price_cut',
  'launch_at_once',
  'doubling_month',
  'sparse',
  'heavy_tails',
  'past_incident',
  'sale',
] as const;
export type OtherKind = (typeof OTHER_KINDS)[number];

const STEPS = HISTORY_STEPS + JUDGED_DAYS * STEPS_PER_DAY;
const DAY_MS = 86_400_000;

interface Feature {
  readonly name: string;
  readonly habits: Habits;
  /** How busy people are at a step. */
  readonly busy: (step: number) => number;
}

export function makeOtherWorld(kind: OtherKind, seed: number): World {
  const random = randomOf(seed);
  const startMs = Date.UTC(2026, 0, 1) + Math.floor(between(random, 0, 365)) * DAY_MS;
  const features = Array.from({ length: kind === 'sparse' ? 2 : Math.floor(between(random, 2, 5)) }, (_, index) =>
    featureOf(kind, index, startMs, random),
  );
  const [main] = features;
  if (!main) throw new Error('a world has features');
  const average = features.reduce((sum, { habits }) => sum + habits.requests, 0);
  const incidentKind: IncidentKind | undefined = INCIDENTS.find((name) => name === kind);
  const what = incidentOf(incidentKind ?? 'runaway', { average, mainShare: main.habits.requests / average }, random);
  const fromStep = HISTORY_STEPS + Math.floor(between(random, 0.5, JUDGED_DAYS - 2.5) * STEPS_PER_DAY);
  const toStep = fromStep + Math.max(24, Math.floor(between(random, ...what.days) * STEPS_PER_DAY));
  const pastStep = Math.floor(between(random, HISTORY_DAYS - 20, HISTORY_DAYS - 5) * STEPS_PER_DAY);
  const daysOff = new Set(Array.from({ length: 3 }, () => Math.floor(between(random, 0, HISTORY_DAYS))));
  const changes = changesOf(kind, main, random);
  let impact = 0;
  const excess: number[] = [];
  const steps = Array.from({ length: STEPS }, (_, step): Spent => {
    const isOff = daysOff.has(Math.floor(step / STEPS_PER_DAY)) ? 0.35 : 1;
    const isWrong = step >= fromStep && step < toStep && incidentKind !== undefined;
    const wasWrong = kind === 'past_incident' && step >= pastStep && step < pastStep + STEPS_PER_DAY / 2;
    const drawn = [...features, ...changes.extra].map((feature) => {
      const usual = changes.bend({ ...feature.habits, requests: feature.habits.requests * feature.busy(step) * isOff }, step);
      const habits = feature === main && (isWrong || wasWrong) ? what.apply(usual) : usual;
      if (isWrong) impact += habits.requests * priceOf(habits) - usual.requests * priceOf(usual);
      return [feature.name, draw(feature.name, habits, random)] as const;
    });
    const stolen = isWrong && what.stolen > 0 ? [['', draw('', { ...main.habits, requests: what.stolen }, random)] as const] : [];
    if (isWrong) excess.push((impact += what.stolen * priceOf(main.habits)));
    const all = [...drawn, ...stolen];
    return {
      calls: all.reduce((sum, [, { calls }]) => sum + calls, 0),
      cost: all.reduce((sum, [, { cost }]) => sum + cost, 0),
      parts: all.flatMap(([, { parts }]) => parts),
      callsByFeature: new Map(all.map(([name, { calls }]) => [name, calls])),
    };
  });
  const at = (step: number) => startMs + step * STEP_MS;
  return {
    kind: incidentKind ?? 'quiet',
    startMs,
    steps,
    ordinary: [],
    incidents: incidentKind ? [{ fromMs: at(fromStep), toMs: at(toStep), excess, why: what.why }] : [],
  };
}

function featureOf(kind: OtherKind, index: number, startMs: number, random: Random): Feature {
  const isMain = index === 0;
  const isSparse = kind === 'sparse';
  const isCached = kind === 'cache_regression' && isMain;
  const habits: Habits = {
    requests: isSparse ? logBetween(random, 0.05, 0.6) : logBetween(random, isMain ? 30 : 2, isMain ? 200 : 60),
    input: between(random, 500, 8_000) * (isCached ? 4 : 1),
    cachedShare: isCached ? between(random, 0.6, 0.9) : between(random, 0, 0.9),
    output: isCached ? 100 : between(random, 50, 900),
    reasoning: kind === 'reasoning_inflation' && isMain ? between(random, 300, 900) : isCached ? 100 : between(random, 0, 600),
    model: pick(random, ['small', 'large']),
    priceFactor: 1,
    spread: kind === 'heavy_tails' ? between(random, 1.2, 1.8) : between(random, 0.3, 0.9),
  };
  return { name: `feature-${index}`, habits, busy: peopleOf(startMs, random) };
}

/** Two humps a day with a pause between, a weekend of its own, noise that lasts, sessions. */
function peopleOf(startMs: number, random: Random): (step: number) => number {
  const [morning, gap, width] = [between(random, 0, 24), between(random, 3, 7), between(random, 1.5, 4)];
  const floor = logBetween(random, 0.05, 0.4);
  const weekendDays = pick<readonly number[]>(random, [[0, 6], [5, 6], [0], []]);
  const weekend = between(random, 0.1, 0.9);
  const [noise, session] = [between(random, 0.1, 0.25), between(random, 0.02, 0.1)];
  let [slow, busy] = [0, 0];
  return (step) => {
    slow = 0.99 * slow + noise * 0.14 * normal(random);
    busy = 0.85 * busy + (random() < session ? between(random, 0.1, 0.5) : 0);
    const atMs = startMs + step * STEP_MS;
    const hour = (atMs % DAY_MS) / 3_600_000;
    const hump = (center: number) =>
      Math.exp(-(Math.min(Math.abs(hour - center), 24 - Math.abs(hour - center)) ** 2) / (2 * width * width));
    const isWeekend = weekendDays.includes(new Date(atMs).getUTCDay());
    return (floor + 1.6 * (hump(morning) + hump((morning + gap) % 24))) * Math.exp(slow) * (0.9 + busy) * (isWeekend ? weekend : 1);
  };
}

interface Changes {
  readonly extra: readonly Feature[];
  readonly bend: (habits: Habits, step: number) => Habits;
}

const NONE: Changes = { extra: [], bend: (habits) => habits };
const busier = (habits: Habits, factor: number) => ({ ...habits, requests: habits.requests * factor });

/** What is not wrong either, by kind; `from` lies in the judged week. */
const CHANGES: Readonly<Partial<Record<OtherKind, (from: number, main: Feature, random: Random) => Changes>>> = {
  price_cut(from, _, random) {
    const factor = between(random, 0.2, 0.7);
    return { ...NONE, bend: (habits, step) => (step >= from ? { ...habits, priceFactor: factor } : habits) };
  },
  launch_at_once(from, { habits, busy }, random) {
    const own = { ...busier(habits, between(random, 0.3, 1)), model: pick(random, ['small', 'large'] as const) };
    return { ...NONE, extra: [{ name: 'launched', habits: own, busy: (step) => (step >= from ? busy(step) : 0) }] };
  },
  doubling_month(_from, _main, random) {
    const monthly = between(random, 1.5, 2.5);
    return { ...NONE, bend: (habits, step) => busier(habits, monthly ** (step / STEPS_PER_DAY / 30)) };
  },
  sale(from, _, random) {
    const [factor, days] = [between(random, 1.3, 1.8), between(random, 0.5, 3)];
    return { ...NONE, bend: (habits, step) => busier(habits, step >= from && step < from + days * STEPS_PER_DAY ? factor : 1) };
  },
};

function changesOf(kind: OtherKind, main: Feature, random: Random): Changes {
  const from = Math.floor((HISTORY_DAYS + between(random, 0.3, 5)) * STEPS_PER_DAY);
  return CHANGES[kind]?.(from, main, random) ?? NONE;
}
