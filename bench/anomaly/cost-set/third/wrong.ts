import type { Effects } from '../../../../alerts/src/detector/effects.ts';
import { between, logBetween, pick, type Random } from '../random.ts';
import type { ModelName, Shape } from './requests.ts';

export const WRONG = [
  'runaway',
  'creeping_loop',
  'long_prompts',
  'reasoning_inflation',
  'model_swap',
  'cache_regression',
  'retry_storm',
  'key_leak',
] as const;
export type WrongKind = (typeof WRONG)[number];

/** What becomes of one feature. */
export interface Wrong {
  readonly apply: (shape: Shape, hoursIn: number) => Shape;
  /** Requests of somebody else per step. */
  readonly stolen: number;
  readonly hours: number;
  readonly why: keyof Effects;
}

const DEARER: Readonly<Record<ModelName, ModelName>> = { tiny: 'fast', fast: 'good', good: 'best', best: 'best' };
const times = (shape: Shape, factor: number): Shape => ({ ...shape, perStep: shape.perStep * factor });

export function wrongOf(kind: WrongKind, average: number, random: Random): Wrong {
  const hours = logBetween(random, 1, 72);
  const none = { stolen: 0, hours };
  switch (kind) {
    case 'runaway': {
      // A loop in what people began, or one that does not sleep.
      const most = random() < 0.5 ? 0 : average;
      return { ...none, apply: (shape) => ({ ...shape, perStep: shape.perStep + 4 * Math.max(shape.perStep, most) }), why: 'requests' };
    }
    case 'creeping_loop': {
      const [factor, ramp] = [between(random, 4, 8), between(random, 1, 6)];
      const own = Math.max(hours, 2 * ramp);
      return { ...none, hours: own, apply: (shape, at) => times(shape, 1 + (factor - 1) * Math.min(1, at / ramp)), why: 'requests' };
    }
    case 'long_prompts': {
      const factor = between(random, 3, 6);
      return { ...none, apply: (shape) => ({ ...shape, fresh: shape.fresh * factor }), why: 'input' };
    }
    case 'reasoning_inflation': {
      const factor = between(random, 2.5, 8);
      return { ...none, apply: (shape) => ({ ...shape, reasoning: shape.reasoning * factor }), why: 'reasoning' };
    }
    case 'model_swap': {
      const share = between(random, 0.4, 1);
      return { ...none, apply: (shape) => ({ ...shape, other: DEARER[shape.main], otherShare: share }), why: 'model' };
    }
    case 'cache_regression': {
      const left = between(random, 0, 0.1);
      return {
        ...none,
        apply: (shape) => ({ ...shape, fresh: shape.fresh + (1 - left) * shape.cached, cached: left * shape.cached }),
        why: 'cache',
      };
    }
    case 'retry_storm': {
      const factor = pick(random, [3, 4, 6, 9]);
      return { ...none, hours: logBetween(random, 1, 10), apply: (shape) => times(shape, factor), why: 'requests' };
    }
    case 'key_leak':
      return { ...none, apply: (shape) => shape, stolen: between(random, 1.5, 8) * average, why: 'requests' };
  }
}
