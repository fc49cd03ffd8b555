import { type Finding, type Judgement, type Question, type RuleWith, usdOf } from './finding.ts';
import { show } from '../show.ts';
import { isMoney, readSeries, type Series, windowOf } from './series.ts';

/** The measure over the window against a bound. */
export async function findThreshold(rule: RuleWith<'threshold'>, { reader, now }: Question): Promise<readonly Finding[]> {
  const window = windowOf(rule, now);
  const series = await readSeries(reader, rule, window);
  const { above, below } = rule.condition;
  const facts = {
    threshold: above === undefined ? `below ${showBound(rule.measure, below ?? 0)}` : `above ${showBound(rule.measure, above)}`,
  };
  return series.map((each) => ({ labels: each.labels, value: each.value, window, judgement: judgeThreshold(rule, each), facts }));
}

/** Money is compared as integers. */
export function judgeThreshold(rule: RuleWith<'threshold'>, { value, calls }: Pick<Series, 'value' | 'calls'>): Judgement {
  if (value === null) return { verdict: 'hold', reason: `${rule.measure} is unknown` };
  if (calls < rule.min_calls) return { verdict: 'clear', reason: `${calls} calls are fewer than min_calls ${rule.min_calls}` };
  const { condition } = rule;
  const bound = condition.above ?? condition.below ?? 0;
  const side = condition.above === undefined ? 'below' : 'above';
  const calm = side === 'above' ? (condition.resolve_below ?? bound) : (condition.resolve_above ?? bound);
  const said = `${rule.measure} is ${show(rule.measure, value)}`;
  if (isBeyond(rule.measure, value, bound, side))
    return { verdict: 'breach', reason: `${said}, ${side} ${showBound(rule.measure, bound)}` };
  if (isBeyond(rule.measure, value, calm, side))
    return { verdict: 'hold', reason: `${said}, not yet back past ${showBound(rule.measure, calm)}` };
  return { verdict: 'clear', reason: `${said}, not ${side} ${showBound(rule.measure, bound)}` };
}

export const showBound = (measure: string, bound: number | string) =>
  show(measure, isMoney(measure) ? usdOf(String(bound)) : Number(bound));

function isBeyond(measure: string, value: number | bigint, bound: number | string, side: 'above' | 'below'): boolean {
  const limit = isMoney(measure) ? usdOf(String(bound)) : Number(bound);
  return side === 'above' ? value > limit : value < limit;
}
