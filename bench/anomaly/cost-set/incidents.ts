import type { Effects } from '../../../alerts/src/detector/effects.ts';
import type { Habits } from './habits.ts';
import { between, logBetween, type Random } from './random.ts';

export const INCIDENTS = ['runaway', 'reasoning_inflation', 'model_swap', 'cache_regression', 'retry_storm', 'key_leak'] as const;
export type IncidentKind = (typeof INCIDENTS)[number];

export interface Mishap {
  /** What becomes of the main feature's habits. */
  readonly apply: (habits: Habits) => Habits;
  /** Requests of somebody else per step, who says no feature. */
  readonly stolen: number;
  readonly days: readonly [least: number, most: number];
  /** What the alert must name as the largest reason. */
  readonly why: keyof Effects;
}

interface Series {
  readonly average: number;
  /** What share of the requests the feature has that goes wrong. */
  readonly mainShare: number;
}

/** Strengths are drawn; a runaway that makes five times the requests of the whole series is what the promise of 35 minutes is about. */
export function incidentOf(kind: IncidentKind, { average, mainShare }: Series, random: Random): Mishap {
  const none = { stolen: 0 };
  /** So that the series has so many times its requests. */
  const times = (habits: Habits, factor: number) => ({ ...habits, requests: habits.requests * (1 + (factor - 1) / mainShare) });
  switch (kind) {
    case 'runaway':
      return { ...none, apply: (habits) => times(habits, 5), days: [0.1, 1], why: 'requests' };
    case 'reasoning_inflation': {
      const factor = logBetween(random, 3, 10);
      return { ...none, apply: (habits) => ({ ...habits, reasoning: habits.reasoning * factor }), days: [0.5, 2], why: 'reasoning' };
    }
    case 'model_swap':
      return {
        ...none,
        apply: (habits) => ({ ...habits, model: habits.model === 'small' ? 'large' : 'huge' }),
        days: [0.5, 2],
        why: 'model',
      };
    case 'cache_regression':
      return { ...none, apply: (habits) => ({ ...habits, cachedShare: 0 }), days: [0.5, 2], why: 'cache' };
    case 'retry_storm': {
      // A failing call is tried three times by an SDK, and nine times where a framework retries the SDK.
      const factor = logBetween(random, 3, 9);
      return { ...none, apply: (habits) => times(habits, factor), days: [0.1, 0.5], why: 'requests' };
    }
    case 'key_leak':
      // Beside ours, day and night: so many times our average.
      return { apply: (habits) => habits, stolen: between(random, 2, 6) * average, days: [0.2, 2], why: 'requests' };
  }
}
