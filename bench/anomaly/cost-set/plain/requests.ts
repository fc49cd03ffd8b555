import type { Part, Spent } from '../../../../alerts/src/detector/effects.ts';
import { normal, poisson, type Random } from '../random.ts';

/** USD per million tokens as they were published: input, cached input, output (reasoning too). */
export const RATES = {
  'gpt-4o-mini': { input: 0.15, cached: 0.075, output: 0.6 },
  'gpt-4o': { input: 2.5, cached: 1.25, output: 10 },
  'claude-haiku': { input: 0.8, cached: 0.08, output: 4 },
  'claude-sonnet': { input: 3, cached: 0.3, output: 15 },
  'o4-mini': { input: 1.1, cached: 0.275, output: 4.4 },
} as const;
export type ModelName = keyof typeof RATES;

/** What requests of a feature are like. */
export interface Request {
  readonly model: ModelName;
  readonly input: number;
  readonly cachedShare: number;
  readonly output: number;
  readonly reasoning: number;
  readonly price: number;
  /** How much requests differ; 0: not at all. */
  readonly spread: number;
}

const METERS = [
  ['input_uncached', 'input', ({ input, cachedShare }: Request) => input * (1 - cachedShare)],
  ['cache_read', 'cached', ({ input, cachedShare }: Request) => input * cachedShare],
  ['output_text', 'output', ({ output }: Request) => output],
  ['reasoning', 'output', ({ reasoning }: Request) => reasoning],
] as const;

/** USD that one is expected to cost. */
export const usdOf = (request: Request): number =>
  METERS.reduce((sum, [, rate, tokensOf]) => sum + tokensOf(request) * RATES[request.model][rate] * request.price, 0) / 1e6;

export function drawRequests(feature: string, request: Request, expected: number, random: Random): Pick<Spent, 'calls' | 'cost' | 'parts'> {
  const calls = poisson(random, expected);
  if (calls === 0) return { calls, cost: 0, parts: [] };
  const parts = METERS.flatMap(([meter, rate, tokensOf]): Part[] => {
    const length = Math.max(0.2, 1 + (request.spread / Math.sqrt(calls)) * normal(random));
    const quantity = tokensOf(request) * calls * length;
    const { model, price } = request;
    return quantity > 0 ? [{ feature, model, meter, quantity, cost: (quantity * RATES[model][rate] * price) / 1e6 }] : [];
  });
  return { calls, cost: parts.reduce((sum, { cost }) => sum + cost, 0), parts };
}
