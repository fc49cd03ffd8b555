import type { Part } from '../../../alerts/src/detector/effects.ts';
import { normal, poisson, type Random } from './random.ts';

/** USD per million tokens: input, cached input, output. Reasoning is billed as output. */
export const MODELS = {
  small: { input: 0.25, cached: 0.025, output: 2 },
  large: { input: 1.25, cached: 0.125, output: 10 },
  huge: { input: 5, cached: 0.5, output: 25 },
} as const;
export type Model = keyof typeof MODELS;

/** What a feature does in a step of five minutes: how many requests are expected, and what one is like. */
export interface Habits {
  readonly requests: number;
  readonly input: number;
  readonly cachedShare: number;
  readonly output: number;
  readonly reasoning: number;
  readonly model: Model;
  readonly priceFactor: number;
  /** How much requests differ in length (sigma of the logarithm). */
  readonly spread: number;
}

export interface FeatureSpent {
  readonly calls: number;
  readonly cost: number;
  readonly parts: readonly Part[];
}

const METERS = [
  ['input_uncached', 'input', ({ input, cachedShare }: Habits) => input * (1 - cachedShare)],
  ['cache_read', 'cached', ({ input, cachedShare }: Habits) => input * cachedShare],
  ['output_text', 'output', ({ output }: Habits) => output],
  ['reasoning', 'output', ({ reasoning }: Habits) => reasoning],
] as const;

/** USD that a request is expected to cost. */
export function priceOf(habits: Habits): number {
  const rates = MODELS[habits.model];
  return METERS.reduce((sum, [, rate, quantityOf]) => sum + quantityOf(habits) * rates[rate] * habits.priceFactor, 0) / 1e6;
}

/** One step of one feature, drawn. */
export function draw(feature: string, habits: Habits, random: Random): FeatureSpent {
  const calls = poisson(random, habits.requests);
  if (calls === 0) return { calls, cost: 0, parts: [] };
  // Requests differ in length, so that a sum of few is less regular than one of many.
  const length = Math.exp((habits.spread / Math.sqrt(calls)) * normal(random));
  const rates = MODELS[habits.model];
  const parts = METERS.map(([meter, rate, quantityOf]): Part => {
    const quantity = quantityOf(habits) * calls * length;
    return { feature, model: habits.model, meter, quantity, cost: (quantity * rates[rate] * habits.priceFactor) / 1e6 };
  });
  return { calls, cost: parts.reduce((sum, { cost }) => sum + cost, 0), parts };
}
