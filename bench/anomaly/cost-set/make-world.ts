import type { Spent } from '../../../alerts/src/detector/effects.ts';
import { draw, type Habits, priceOf } from './habits.ts';
import { type Mishap, type IncidentKind, incidentOf, INCIDENTS } from './incidents.ts';
import { BACKGROUNDS, HISTORY_DAYS, JUDGED_DAYS, ORDINARY, ordinaryOf, type OrdinaryKind, STEP_MS, STEPS_PER_DAY } from './ordinary.ts';
import { between, logBetween, normal, pick, type Random, randomOf } from './random.ts';

/** Raised whenever the same seed would give another world: figures of different versions are not compared. */
export const COST_SET_VERSION = 3;
export const HISTORY_STEPS = HISTORY_DAYS * STEPS_PER_DAY;
const STEPS = HISTORY_STEPS + JUDGED_DAYS * STEPS_PER_DAY;
const DAY_MS = 86_400_000;

export const KINDS = [...INCIDENTS, ...ORDINARY] as const;
export type Kind = (typeof KINDS)[number];

/** Six weeks of a team's spend in five-minute steps and a week to be judged, with what is wrong in it. */
export interface World {
  readonly kind: string;
  readonly startMs: number;
  readonly steps: readonly Spent[];
  /** What else happens in it, by name. */
  readonly ordinary: readonly string[];
  /** What an operator would want to be woken for; default a dollar. */
  readonly floorUsd?: number;
  /** None where nothing is wrong. */
  readonly incidents: readonly Incident[];
}

export interface Incident {
  readonly fromMs: number;
  readonly toMs: number;
  /** USD beyond what would have been, from its begin to the end of each of its steps. */
  readonly excess: readonly number[];
  /** What may be named as the largest reason. */
  readonly why: Mishap['why'] | readonly Mishap['why'][];
}

export function makeWorld(kind: Kind, seed: number): World {
  const random = randomOf(seed);
  const base = baseOf(kind, random);
  const firstDay = Math.floor(between(random, 0, 365));
  const startMs = Date.UTC(2026, 0, 1) + (kind === 'month_end_batch' ? dayBeforeMonthEnd(firstDay, random) : firstDay) * DAY_MS;
  const monthEnds = Array.from({ length: HISTORY_DAYS + JUDGED_DAYS }, (_, day) => day).filter(
    (day) => new Date(startMs + (day + 1) * DAY_MS).getUTCDate() === 1,
  );
  const backgrounds = BACKGROUNDS.filter(() => random() < 0.15);
  const kinds = new Set<OrdinaryKind>([...backgrounds, ...ORDINARY.filter((name) => name === kind)]);
  const ordinary = [...kinds].map((name) => ordinaryOf(name, base, monthEnds, random));
  const incidentKind: IncidentKind | undefined = INCIDENTS.find((name) => name === kind);
  const rhythm = rhythmOf(startMs, random);
  const gusts = gustsOf(random);
  const sideShare = between(random, 0, 0.4);
  const incident = incidentKind && incidentOf(incidentKind, { average: base.requests, mainShare: 1 - sideShare }, random);
  const fromStep = HISTORY_STEPS + Math.floor(between(random, 0.5, JUDGED_DAYS - 2.5) * STEPS_PER_DAY);
  const toStep = fromStep + Math.max(24, Math.floor((incident ? between(random, ...incident.days) : 0) * STEPS_PER_DAY));
  const excess: number[] = [];
  const steps = Array.from({ length: STEPS }, (_, step): Spent => {
    const late = ordinary.reduce((hours, { lateHours }) => hours + (lateHours?.(step) ?? 0), 0);
    const volume = ordinary.reduce((factor, each) => factor * (each.volume?.(step) ?? 1), rhythm(step, late) * gusts(step));
    const isAlive = volume > 0;
    const bent = ordinary.reduce((habits, { bend }) => bend?.(habits, step) ?? habits, base);
    const usual = { ...bent, requests: bent.requests * volume * (1 - sideShare) };
    const isWrong = incident !== undefined && step >= fromStep && step < toStep;
    const main = isWrong ? incident.apply(usual) : usual;
    const stolen = isWrong ? incident.stolen : 0;
    if (isWrong)
      excess.push((excess.at(-1) ?? 0) + main.requests * priceOf(main) - usual.requests * priceOf(usual) + stolen * priceOf(usual));
    return sum([
      ['chat', draw('chat', main, random)],
      ['search', draw('search', { ...bent, requests: bent.requests * volume * sideShare, input: bent.input * 0.7 }, random)],
      ...ordinary.flatMap(({ extra }) => {
        const active = (extra?.active(step) ?? 0) * (extra?.isUsedByPeople ? volume : isAlive ? 1 : 0);
        return extra && active > 0
          ? [
              [
                extra.name,
                draw(extra.name, { ...extra.habits, priceFactor: bent.priceFactor, requests: extra.habits.requests * active }, random),
              ] as const,
            ]
          : [];
      }),
      // Somebody who stole a key does not say what for.
      ...(stolen > 0 ? [['', draw('', { ...usual, requests: stolen }, random)] as const] : []),
    ]);
  });
  const at = (step: number) => startMs + step * STEP_MS;
  return {
    kind,
    startMs,
    steps,
    ordinary: [...kinds],
    incidents: incident ? [{ fromMs: at(fromStep), toMs: at(toStep), excess, why: incident.why }] : [],
  };
}

function baseOf(kind: Kind, random: Random): Habits {
  const habits: Habits = {
    requests: logBetween(random, 20, 300),
    input: between(random, 2_000, 12_000),
    cachedShare: between(random, 0.5, 0.9),
    output: between(random, 100, 500),
    reasoning: between(random, 200, 800),
    model: pick(random, ['small', 'large']),
    priceFactor: 1,
    spread: between(random, 0.4, 1),
  };
  // A cache matters where the prompt dominates, reasoning where it does not.
  if (kind === 'cache_regression') return { ...habits, input: habits.input * 3, output: 100, reasoning: 100 };
  if (kind === 'low_volume') return { ...habits, requests: logBetween(random, 0.1, 2), spread: between(random, 0.8, 1.3) };
  return habits;
}

/** Hours of work or of leisure, weekends, time zones. */
function rhythmOf(startMs: number, random: Random): (step: number, lateHours: number) => number {
  const weekend = between(random, 0.2, 0.9);
  const peakHour = between(random, 0, 24);
  const swing = between(random, 0.3, 0.9);
  const sharpness = between(random, 1, 3);
  return (step, lateHours) => {
    const atMs = startMs + step * STEP_MS - lateHours * 3_600_000;
    const hour = (atMs % DAY_MS) / 3_600_000;
    const isWeekend = [0, 6].includes(new Date(atMs).getUTCDay());
    const wave = Math.tanh(sharpness * Math.cos(((hour - peakHour) / 12) * Math.PI)) / Math.tanh(sharpness);
    return (1 + swing * wave) * (isWeekend ? weekend : 1);
  };
}

/** Days differ, hours drift, minutes gust, and now and then somebody runs a script. */
function gustsOf(random: Random): (step: number) => number {
  const noise = between(random, 0.15, 0.35);
  let [today, slow, fast] = [0, 0, 0];
  return (step) => {
    if (step % STEPS_PER_DAY === 0) today = 0.07 * normal(random);
    slow = 0.98 * slow + 0.02 * normal(random);
    fast = 0.8 * fast + 0.6 * noise * normal(random);
    const burst = random() < 0.005 ? between(random, 1.5, 3) : 1;
    return Math.exp(today + slow + fast) * burst;
  };
}

/** So that the last day of a month is among the judged ones. */
function dayBeforeMonthEnd(firstDay: number, random: Random): number {
  const wanted = HISTORY_DAYS + 1 + Math.floor(random() * 4);
  for (let day = firstDay; ; day++) if (new Date(Date.UTC(2026, 0, 1) + (day + wanted + 1) * DAY_MS).getUTCDate() === 1) return day;
}

function sum(features: readonly (readonly [name: string, spent: ReturnType<typeof draw>])[]): Spent {
  return {
    calls: features.reduce((total, [, { calls }]) => total + calls, 0),
    cost: features.reduce((total, [, { cost }]) => total + cost, 0),
    parts: features.flatMap(([, { parts }]) => parts),
    callsByFeature: new Map(features.map(([name, { calls }]) => [name, calls])),
  };
}
