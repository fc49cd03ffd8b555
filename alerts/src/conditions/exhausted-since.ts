import { MAX_ROWS } from '@tokenledger/ledger';
import type { BudgetRule, Outlook } from './budget-outlook.ts';
import type { Question } from './finding.ts';
import { HOUR_MS } from './period.ts';
import { keyOf, readHistory } from './series.ts';

/**
 * Adds to budgets that are used up when that happened: from the ledger's hourly sums, evenly within the hour. Other budgets stay as they are, and so do
 * the cheapest ones where there are more series than one answer can hold.
 */
export async function withExhaustion(
  rule: BudgetRule,
  reader: Question['reader'],
  outlooks: readonly Outlook[],
  at: number,
): Promise<readonly Outlook[]> {
  const amount = Number(rule.condition.amount_usd);
  const usedUp = outlooks.filter(({ state }) => state === 'exhausted');
  const [first] = usedUp;
  if (!first) return outlooks;
  const { from } = first.period;
  // Of some time zones a day begins at half past.
  const startMs = Math.floor(from / HOUR_MS) * HOUR_MS;
  const mostTold = Math.floor(MAX_ROWS / Math.ceil((at - startMs) / HOUR_MS));
  // What is used up is what cost the most.
  const limit = Math.min(usedUp.length, mostTold);
  const hours = await readHistory(reader, rule, { from, to: at, interval: 'hour', limit });
  return outlooks.map((outlook) => {
    if (!usedUp.includes(outlook)) return outlook;
    const atHour = reachedAt(hours.get(keyOf(outlook.labels))?.values ?? [], amount);
    return atHour === undefined ? outlook : { ...outlook, exhaustedMs: Math.max(from, Math.round(startMs + atHour * HOUR_MS)) };
  });
}

/** After how many hours the sum reached the amount for good: what is taken back later can take it below again. */
function reachedAt(hours: readonly number[], amount: number): number | undefined {
  let left = hours.reduce((sum, usd) => sum + usd, 0) - amount;
  if (left < 0) return undefined;
  for (const [index, usd] of [...hours.entries()].toReversed()) {
    if (left < usd) return index + (usd - left) / usd;
    left -= usd;
  }
  return 0;
}
