import type { Effects } from '../../../../alerts/src/detector/effects.ts';
import { between, pick, type Random } from '../random.ts';
import type { ModelName, Request } from './requests.ts';

export const PLAIN_WRONG = [
  'runaway',
  'team_runaway',
  'young_runaway',
  'runaway_again',
  'reasoning_inflation',
  'model_swap',
  'cache_lost',
  'retry_storm',
  'key_leak',
] as const;
export type PlainWrong = (typeof PLAIN_WRONG)[number];

/** So many requests a step, each like this. */
export interface Load {
  readonly requests: number;
  readonly each: Request;
}

export interface Mishap {
  /** What becomes of a feature's load; `average`: of its requests in a step. */
  readonly apply: (load: Load, average: number) => Load;
  /** Of all features, or of one. */
  readonly isOfAll?: boolean;
  /** Requests of somebody else, in averages of the feature, and the feature that they say. */
  readonly stolen?: { readonly times: number; readonly feature: 'none' | 'same'; readonly each: (usual: Request) => Request };
  readonly hours: readonly [least: number, most: number];
  readonly why: keyof Effects | readonly (keyof Effects)[];
}

const DEARER: Readonly<Record<ModelName, ModelName>> = {
  'gpt-4o-mini': 'gpt-4o',
  'claude-haiku': 'claude-sonnet',
  'gpt-4o': 'claude-sonnet',
  'o4-mini': 'gpt-4o',
  'claude-sonnet': 'claude-sonnet',
};

export function mishapOf(kind: PlainWrong, random: Random): Mishap {
  const each =
    (change: (usual: Request) => Request) =>
    ({ requests, each: usual }: Load) => ({ requests, each: change(usual) });
  switch (kind) {
    case 'runaway':
    case 'young_runaway':
    case 'runaway_again':
    case 'team_runaway': {
      // Five times what people began, or a loop that does not sleep.
      const isSleepless = random() < 0.5;
      const apply: Mishap['apply'] = (load, average) => ({
        ...load,
        requests: load.requests + 4 * Math.max(load.requests, isSleepless ? average : 0),
      });
      return { apply, isOfAll: kind === 'team_runaway', hours: [1, 12], why: 'requests' };
    }
    case 'reasoning_inflation': {
      const factor = between(random, 2, 4);
      return { apply: each((usual) => ({ ...usual, reasoning: usual.reasoning * factor })), hours: [6, 48], why: 'reasoning' };
    }
    case 'model_swap':
      return { apply: each((usual) => ({ ...usual, model: DEARER[usual.model] })), hours: [6, 48], why: 'model' };
    case 'cache_lost':
      return { apply: each((usual) => ({ ...usual, cachedShare: 0 })), hours: [6, 48], why: 'cache' };
    case 'retry_storm': {
      // A retry that fails again is charged for what was asked, or for all of it.
      const answered = pick(random, [1, 1 / 3]);
      const apply: Mishap['apply'] = ({ requests, each: usual }) => ({
        requests: requests * 3,
        each: { ...usual, output: usual.output * answered, reasoning: usual.reasoning * answered },
      });
      return { apply, hours: [1, 8], why: 'requests' };
    }
    case 'key_leak': {
      const model = pick(random, ['gpt-4o', undefined] as const);
      const stolen: Mishap['stolen'] = {
        times: between(random, 1.5, 5),
        feature: pick(random, ['none', 'same'] as const),
        each: (usual) => ({ ...usual, model: model ?? usual.model }),
      };
      return { apply: (load) => load, stolen, hours: [3, 24], why: model ? ['requests', 'model'] : 'requests' };
    }
  }
}
