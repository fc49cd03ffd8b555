import { type Finding, type Question, type RuleWith, usdOf } from './finding.ts';
import { showMoney } from '../show.ts';
import { periodOf } from './period.ts';
import { endOf, readSeries } from './series.ts';

/** What was spent since the calendar period began against a share of the amount. */
export async function findBudget(rule: RuleWith<'budget'>, { reader, now }: Question): Promise<readonly Finding[]> {
  const { amount_usd: amount, period, timezone, share } = rule.condition;
  const to = endOf(rule, now);
  const window = { from: periodOf(period, to, timezone).from, to };
  // An integer comparison: spent ≥ amount × share, the share in millionths.
  const limit = (usdOf(amount) * BigInt(Math.round(share * 1e6))) / 1_000_000n;
  return (await readSeries(reader, rule, window)).map(({ labels, value }) => {
    const spent = typeof value === 'bigint' ? value : 0n;
    const reason = `${showMoney(spent)} of ${showMoney(usdOf(amount))} spent this ${period}`;
    const verdict = value === null ? 'hold' : spent > 0n && spent >= limit ? 'breach' : 'clear';
    return { labels, value, window, judgement: { verdict, reason }, facts: { threshold: `${showMoney(limit)} a ${period}` } };
  });
}
