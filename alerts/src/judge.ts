import type { MeasureValue } from '@tokenledger/ledger';
import { formatUsd, parseUsd } from '@tokenledger/model';
import type { Rule } from './rule.ts';
import { isMoney, type Series } from './series.ts';

/** `hold`: inside the hysteresis, or nothing is known: whatever was, stays. */
export type Judgement = { readonly verdict: 'breach' | 'clear' | 'hold'; readonly reason: string };

/** Is the condition of the rule true of this series now? Pure. Money is compared as integers. */
export function judge(rule: Rule, { value, calls }: Series): Judgement {
  if (value === null) return { verdict: 'hold', reason: `${rule.measure} is unknown` };
  if (calls < rule.min_calls) return { verdict: 'clear', reason: `${calls} calls are fewer than min_calls ${rule.min_calls}` };
  const { condition } = rule;
  switch (condition.kind) {
    case 'threshold': {
      const bound = condition.above ?? condition.below ?? 0;
      const side = condition.above === undefined ? 'below' : 'above';
      const calm = side === 'above' ? (condition.resolve_below ?? bound) : (condition.resolve_above ?? bound);
      const said = `${rule.measure} is ${show(rule.measure, value)}`;
      if (isBeyond(rule.measure, value, bound, side)) return { verdict: 'breach', reason: `${said}, ${side} ${String(bound)}` };
      if (isBeyond(rule.measure, value, calm, side)) return { verdict: 'hold', reason: `${said}, not yet back past ${String(calm)}` };
      return { verdict: 'clear', reason: `${said}, not ${side} ${String(bound)}` };
    }
    case 'budget': {
      // An integer comparison: spent ≥ amount × share, the share in millionths.
      const limit = ((parseUsd(condition.amount_usd) ?? 0n) * BigInt(Math.round(condition.share * 1e6))) / 1_000_000n;
      const spent = typeof value === 'bigint' ? value : 0n;
      const said = `${formatUsd(spent)} USD of ${condition.amount_usd} spent this ${condition.period}`;
      return spent >= limit ? { verdict: 'breach', reason: said } : { verdict: 'clear', reason: said };
    }
  }
}

/** For people and payloads: money as decimal text, other measures as JavaScript writes them. */
export function show(measure: string, value: MeasureValue): string {
  if (value === null) return 'unknown';
  return typeof value === 'bigint' ? `${formatUsd(value)}${isMoney(measure) ? ' USD' : ''}` : String(value);
}

function isBeyond(measure: string, value: number | bigint, bound: number | string, side: 'above' | 'below'): boolean {
  const limit = isMoney(measure) ? (parseUsd(String(bound)) ?? 0n) : Number(bound);
  return side === 'above' ? value > limit : value < limit;
}
