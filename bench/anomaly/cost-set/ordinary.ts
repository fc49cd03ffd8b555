import type { Habits } from './habits.ts';
import { between, logBetween, pick, type Random } from './random.ts';

export const STEP_MS = 300_000;
export const STEPS_PER_DAY = 288;
export const HISTORY_DAYS = 42;
export const JUDGED_DAYS = 7;
const DAYS = HISTORY_DAYS + JUDGED_DAYS;
const STEPS_PER_HOUR = 12;

export const ORDINARY = [
  'quiet',
  'price_change',
  'traffic_growth',
  'campaign',
  'launch',
  'new_team',
  'holiday',
  'month_end_batch',
  'weekly_job',
  'nightly_job',
  'low_volume',
  'deploys',
  'daylight_shift',
] as const;
export type OrdinaryKind = (typeof ORDINARY)[number];
/** What may be in the background of any world. */
export const BACKGROUNDS: readonly OrdinaryKind[] = ['traffic_growth', 'weekly_job', 'nightly_job', 'deploys', 'launch', 'price_change'];

export interface Ordinary {
  /** Requests of people, times this. */
  readonly volume?: (step: number) => number;
  /** Habits of the main feature at a step. */
  readonly bend?: (habits: Habits, step: number) => Habits;
  /** Hours that people are late by. */
  readonly lateHours?: (step: number) => number;
  /** A feature of its own. */
  readonly extra?: {
    readonly name: string;
    readonly habits: Habits;
    readonly active: (step: number) => number;
    readonly isUsedByPeople?: boolean;
  };
}

const dayOf = (step: number) => Math.floor(step / STEPS_PER_DAY);
const ramp = (step: number, from: number, days: number) => Math.min(1, Math.max(0, (step - from) / (days * STEPS_PER_DAY)));
/** A step in the first days of the judged week. */
const judgedStep = (random: Random, latest = 4) => Math.floor((HISTORY_DAYS + between(random, 0.3, latest)) * STEPS_PER_DAY);

/** Nothing of this is wrong. */
export function ordinaryOf(kind: OrdinaryKind, base: Habits, monthEnds: readonly number[], random: Random): Ordinary {
  switch (kind) {
    case 'quiet':
    case 'low_volume':
      return {};
    case 'price_change': {
      const from = judgedStep(random);
      const factor = pick(random, [between(random, 1.3, 3), between(random, 0.3, 0.8)]);
      return { bend: (habits, step) => (step >= from ? { ...habits, priceFactor: habits.priceFactor * factor } : habits) };
    }
    case 'traffic_growth': {
      const weekly = between(random, 1.05, 1.3);
      return { volume: (step) => weekly ** (step / (7 * STEPS_PER_DAY)) };
    }
    case 'campaign': {
      const [from, days, factor] = [judgedStep(random), between(random, 0.3, 2), between(random, 1.2, 1.7)];
      return { volume: (step) => (step >= from && step < from + days * STEPS_PER_DAY ? 1 + (factor - 1) * ramp(step, from, 0.05) : 1) };
    }
    case 'launch': {
      const [from, days] = [judgedStep(random, 3), between(random, 0.5, 3)];
      const habits = like(base, random, between(random, 0.2, 0.8));
      // A feature of people has their hours; one that works through a queue has none.
      return { extra: { name: 'launched', habits, active: (step) => ramp(step, from, days), isUsedByPeople: random() < 0.7 } };
    }
    case 'new_team': {
      const [from, days] = [Math.floor(between(random, HISTORY_DAYS - 10, HISTORY_DAYS + 2) * STEPS_PER_DAY), between(random, 1, 5)];
      return { volume: (step) => (step < from ? 0 : 0.2 + 0.8 * ramp(step, from, days)) };
    }
    case 'holiday': {
      const [from, days, factor] = [
        Math.floor(between(random, HISTORY_DAYS - 14, HISTORY_DAYS + 4)),
        pick(random, [1, 2, 3, 5]),
        between(random, 0.15, 0.5),
      ];
      return { volume: (step) => (dayOf(step) >= from && dayOf(step) < from + days ? factor : 1) };
    }
    case 'month_end_batch': {
      const [hour, hours] = [Math.floor(between(random, 0, 20)), between(random, 2, 6)];
      return {
        extra: {
          name: 'billing-run',
          habits: like(base, random, between(random, 1, 4)),
          active: (step) => hoursOn(step, monthEnds, hour, hours),
        },
      };
    }
    case 'weekly_job': {
      const [day, hour, hours] = [Math.floor(random() * 7), between(random, 0, 20), between(random, 1, 4)];
      const late = Array.from({ length: DAYS }, () => between(random, -0.5, 0.5));
      const days = Array.from({ length: DAYS }, (_, each) => each).filter((each) => each % 7 === day);
      return {
        extra: {
          name: 'weekly-report',
          habits: like(base, random, between(random, 1, 4)),
          active: (step) => hoursOn(step, days, hour + (late[dayOf(step)] ?? 0), hours),
        },
      };
    }
    case 'nightly_job': {
      const [hour, hours] = [between(random, 1, 5), between(random, 0.5, 2)];
      const late = Array.from({ length: DAYS }, () => between(random, -0.4, 0.4));
      const days = Array.from({ length: DAYS }, (_, each) => each);
      return {
        extra: {
          name: 'nightly-index',
          habits: like(base, random, between(random, 0.5, 2)),
          active: (step) => hoursOn(step, days, hour + (late[dayOf(step)] ?? 0), hours),
        },
      };
    }
    case 'deploys': {
      const changes = Array.from({ length: 3 }, (_, index) => ({
        from: index === 2 ? judgedStep(random) : Math.floor(between(random, 10, HISTORY_DAYS) * STEPS_PER_DAY),
        input: logBetween(random, 0.8, 1.25),
        output: logBetween(random, 0.8, 1.25),
      }));
      return {
        bend: (habits, step) =>
          changes.reduce(
            (bent, { from, input, output }) => (step >= from ? { ...bent, input: bent.input * input, output: bent.output * output } : bent),
            habits,
          ),
      };
    }
    case 'daylight_shift': {
      const [from, by] = [judgedStep(random, 3), pick(random, [1, -1])];
      return { lateHours: (step) => (step >= from ? by : 0) };
    }
  }
}

/** A feature of the same company: another prompt, so many times the requests, at times another model. */
function like(base: Habits, random: Random, requests: number): Habits {
  return {
    ...base,
    requests: base.requests * requests,
    input: base.input * logBetween(random, 0.5, 2),
    output: base.output * logBetween(random, 0.5, 2),
    model: random() < 0.25 ? pick(random, ['small', 'large']) : base.model,
  };
}

function hoursOn(step: number, days: readonly number[], hour: number, hours: number): number {
  const at = step / STEPS_PER_HOUR;
  return days.some((day) => at >= day * 24 + hour && at < day * 24 + hour + hours) ? 1 : 0;
}
