import { type Effects, effectsOf, mainReason, type Spent } from './effects.ts';
import type { Surprise } from './detect.ts';

/** A tuned prompt changes what is used by a little; what changes one thing this much is no tuning. */
const MUCH = 1.5;
/** Of all that was added. */
const MOST_OF_IT = 0.5;

interface Compared {
  readonly now: Spent;
  readonly usual: Spent;
}

/**
 * Requests cost a little more: is it one thing that changed by a lot? Reasoning may double unseen behind a long prompt, and the cache may
 * fail unseen before a long answer. The change of that one rate against its own past says it; the cost alone does not.
 */
export function isOfOneKind({ kind, expectedCost, expectedCalls, calls }: Surprise, { now, usual }: Compared): boolean {
  const effects = effectsOf(now, usual, expectedCalls > 0 ? (expectedCost * calls) / expectedCalls : expectedCost);
  if (!effects) return false;
  const main = mainReason(effects, kind);
  const added = USES.reduce((sum, name) => sum + Math.max(0, effects[name]), 0);
  if (!(effects[main] >= MOST_OF_IT * added)) return false;
  if (main === 'model') return shareOfNewModels({ now, usual }) >= MOST_OF_IT;
  const rateOf = RATES[main];
  return rateOf !== undefined && rateOf(now) >= MUCH * rateOf(usual);
}

const USES = ['input', 'output', 'reasoning', 'other', 'cache', 'model'] as const satisfies readonly (keyof Effects)[];

const perCall = (isMeant: (meter: string) => boolean) => (spent: Spent) =>
  spent.parts.reduce((sum, { meter, quantity }) => sum + (isMeant(meter) ? quantity : 0), 0) / Math.max(spent.calls, 1);

/** Models change places a little all the time; of what was paid so much was for the model before, at least. */
const KNOWN_SHARE = 0.05;

function shareOfNewModels({ now, usual }: Compared): number {
  const paidFor = ({ parts }: Spent, isMeant: (model: string) => boolean) =>
    parts.reduce((sum, { model, cost }) => sum + (isMeant(model) ? cost : 0), 0);
  const isNew = (model: string) => paidFor(usual, (other) => other === model) < KNOWN_SHARE * usual.cost;
  const news = new Set(now.parts.flatMap(({ model }) => (isNew(model) ? [model] : [])));
  return paidFor(now, (model) => news.has(model)) / now.cost;
}

const RATES: Readonly<Partial<Record<keyof Effects, (spent: Spent) => number>>> = {
  input: perCall((meter) => meter.startsWith('input')),
  output: perCall((meter) => meter.startsWith('output')),
  reasoning: perCall((meter) => meter === 'reasoning'),
  cache: perCall((meter) => meter === 'input_uncached' || meter.startsWith('cache_write')),
};
