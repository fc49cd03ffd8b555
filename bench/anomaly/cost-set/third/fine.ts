import { between, logBetween, pick, type Random } from '../random.ts';
import { HISTORY_DAYS, STEPS_PER_DAY } from '../ordinary.ts';
import type { Hours } from './hours.ts';
import type { ModelName, Shape } from './requests.ts';

export const FINE = [
  'quiet',
  'growth',
  'viral',
  'price_date',
  'migration',
  'new_customer',
  'launch',
  'holiday',
  'month_end',
  'clocks',
  'outage',
  'few',
  'sale',
] as const;
export type FineKind = (typeof FINE)[number];

/** What is not wrong. */
export interface Fine {
  /** Requests of people, of all features alike. */
  readonly people?: (step: number) => number;
  readonly bend?: (shape: Shape, step: number, isMain: boolean) => Shape;
  readonly lateMs?: (step: number) => number;
  /** Nothing was recorded. */
  readonly isDark?: (step: number) => boolean;
  readonly extra?: { readonly name: string; readonly shape: Shape; readonly hours: (atMs: number, step: number) => number };
}

interface Company {
  readonly main: Shape;
  readonly hours: Hours;
  /** The last day of a month, of the history and of the judged week. */
  readonly isMonthEnd: (step: number) => boolean;
}

const HOUR_STEPS = STEPS_PER_DAY / 24;
const rampTo = (step: number, from: number, days: number) => Math.min(1, Math.max(0, (step - from) / (days * STEPS_PER_DAY)));
const within = (step: number, from: number, days: number) => step >= from && step < from + days * STEPS_PER_DAY;
const CHEAPER: Readonly<Record<ModelName, ModelName>> = { tiny: 'tiny', fast: 'tiny', good: 'fast', best: 'good' };

/** `at`: a step of the judged week. */
export function fineOf(kind: FineKind, { main, hours, isMonthEnd }: Company, at: number, random: Random): Fine {
  switch (kind) {
    case 'quiet':
    case 'few':
      return {};
    case 'growth': {
      const factor = between(random, 2, 5);
      return { people: (step) => factor ** (step / STEPS_PER_DAY / (HISTORY_DAYS + 7)) };
    }
    case 'viral': {
      const [factor, days] = [between(random, 1.3, 2.2), between(random, 2, 5)];
      return { people: (step) => factor ** rampTo(step, at, days) };
    }
    case 'price_date': {
      const factor = pick(random, [0.5, 0.7, 1.3, 2]);
      const from = Math.floor(at / STEPS_PER_DAY) * STEPS_PER_DAY;
      return { bend: (shape, step) => (step >= from ? { ...shape, price: factor } : shape) };
    }
    case 'migration': {
      // Every day a share more of the requests goes to the new model, which costs less: one that costs more should be told.
      const days = between(random, 4, 14);
      return {
        bend: (shape, step, isMain) => (isMain ? { ...shape, other: CHEAPER[shape.main], otherShare: rampTo(step, at, days) } : shape),
      };
    }
    case 'new_customer': {
      const [more, days] = [between(random, 0.2, 0.8), between(random, 0.5, 3)];
      return {
        bend: (shape, step, isMain) => (isMain ? { ...shape, perStep: shape.perStep * (1 + more * rampTo(step, at, days)) } : shape),
      };
    }
    case 'launch': {
      const [size, days] = [between(random, 0.2, 1.2), between(random, 0.1, 2)];
      const shape = { ...main, perStep: main.perStep * size, answer: main.answer * logBetween(random, 0.5, 2) };
      return { extra: { name: 'brand-new', shape, hours: (ms, step) => hours(ms) * rampTo(step, at, days) } };
    }
    case 'holiday': {
      const [from, days, left] = [
        at - Math.floor(between(random, 0, 10)) * STEPS_PER_DAY,
        pick(random, [1, 2, 4]),
        between(random, 0.05, 0.4),
      ];
      const start = Math.floor(from / STEPS_PER_DAY) * STEPS_PER_DAY;
      return { people: (step) => (within(step, start, days) ? left : 1) };
    }
    case 'month_end': {
      const [hour, long] = [Math.floor(between(random, 1, 20)), Math.floor(between(random, 2, 5))];
      const isRunning = (step: number) => {
        const hourOfDay = Math.floor((step % STEPS_PER_DAY) / HOUR_STEPS);
        return isMonthEnd(step) && hourOfDay >= hour && hourOfDay < hour + long;
      };
      const shape = { ...main, perStep: main.perStep * between(random, 1, 5) };
      return { extra: { name: 'closing', shape, hours: (_, step) => (isRunning(step) ? 1 : 0) } };
    }
    case 'clocks': {
      const late = pick(random, [-1, 1]) * 3_600_000;
      return { lateMs: (step) => (step >= at ? late : 0) };
    }
    case 'outage': {
      const [days, before] = [between(random, 1, 8) / 24, at - 20 * STEPS_PER_DAY];
      return { isDark: (step) => within(step, at, days) || within(step, before, days) };
    }
    case 'sale': {
      const [factor, days] = [between(random, 1.3, 2.2), between(random, 0.3, 3)];
      return { people: (step) => (within(step, at, days) ? factor : 1) };
    }
  }
}
