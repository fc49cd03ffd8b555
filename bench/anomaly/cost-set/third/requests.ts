import type { Part, Spent } from '../../../../alerts/src/detector/effects.ts';
import { normal, poisson, type Random } from '../random.ts';

/** USD per million tokens: fresh input, cached input, output (reasoning too). */
export const RATES = {
  tiny: { fresh: 0.1, cached: 0.01, output: 0.4 },
  fast: { fresh: 0.4, cached: 0.1, output: 1.6 },
  good: { fresh: 3, cached: 0.3, output: 15 },
  best: { fresh: 15, cached: 1.5, output: 75 },
} as const;
export type ModelName = keyof typeof RATES;

/** What requests of a feature are like. */
export interface Shape {
  readonly perStep: number;
  readonly fresh: number;
  readonly cached: number;
  readonly answer: number;
  readonly reasoning: number;
  /** The rest goes to `other`. */
  readonly main: ModelName;
  readonly other: ModelName;
  readonly otherShare: number;
  readonly price: number;
  /** Sigma of the logarithm of what one request uses. */
  readonly tail: number;
}

const METERS = [
  ['input_uncached', 'fresh', 'fresh'],
  ['cache_read', 'cached', 'cached'],
  ['output_text', 'answer', 'output'],
  ['reasoning', 'reasoning', 'output'],
] as const;

/** USD that a step is expected to cost. */
export function expectedUsd(shape: Shape): number {
  const perRequest = (model: ModelName) => METERS.reduce((sum, [, uses, rate]) => sum + shape[uses] * RATES[model][rate], 0) / 1e6;
  return shape.perStep * shape.price * ((1 - shape.otherShare) * perRequest(shape.main) + shape.otherShare * perRequest(shape.other));
}

/** Requests came in groups: `perStep` is already the rate of the moment. */
export function drawStep(feature: string, shape: Shape, random: Random): Pick<Spent, 'calls' | 'cost' | 'parts'> {
  const ofOther = poisson(random, shape.perStep * shape.otherShare);
  const ofMain = poisson(random, shape.perStep * (1 - shape.otherShare));
  const parts = [
    ...partsOf(feature, shape, { model: shape.main, calls: ofMain }, random),
    ...partsOf(feature, shape, { model: shape.other, calls: ofOther }, random),
  ];
  return { calls: ofMain + ofOther, cost: parts.reduce((sum, { cost }) => sum + cost, 0), parts };
}

function partsOf(
  feature: string,
  shape: Shape,
  { model, calls }: { readonly model: ModelName; readonly calls: number },
  random: Random,
): readonly Part[] {
  if (calls === 0) return [];
  const [asked, answered] = [meanLength(calls, shape.tail, random), meanLength(calls, shape.tail, random)];
  return METERS.flatMap(([meter, uses, rate]): Part[] => {
    const quantity = shape[uses] * calls * (rate === 'output' ? answered : asked);
    return quantity > 0 ? [{ feature, model, meter, quantity, cost: (quantity * RATES[model][rate] * shape.price) / 1e6 }] : [];
  });
}

const ONE_BY_ONE = 12;

/** The mean of so many log-normal lengths of mean 1: of few, the long ones are seen. */
function meanLength(calls: number, tail: number, random: Random): number {
  if (calls > ONE_BY_ONE) return Math.max(0.2, 1 + Math.sqrt(Math.expm1(tail * tail) / calls) * Math.max(-2, normal(random)));
  let sum = 0;
  for (let call = 0; call < calls; call++) sum += Math.exp(tail * normal(random) - (tail * tail) / 2);
  return sum / calls;
}
