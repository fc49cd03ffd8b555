import type { BudgetRule, Outlook } from './budget-outlook.ts';
import type { Question } from './finding.ts';
import { keyOf, readHistory, scopeOf, toFloat } from './series.ts';

const HOUR_MS = 3_600_000;

/** Budgets that are used up with when they were, as the ledger has it by the hour: within it, evenly. The others stay as they are. */
export async function withExhaustion(
  rule: BudgetRule,
  reader: Question['reader'],
  outlooks: readonly Outlook[],
  at: number,
): Promise<readonly Outlook[]> {
  const amount = Number(rule.condition.amount_usd);
  const usedUp = outlooks.filter(({ spent }) => toFloat(spent) >= amount);
  const [first] = usedUp;
  if (!first) return outlooks;
  const only = Object.fromEntries(rule.group_by.map((name) => [name, [...new Set(usedUp.map(({ labels }) => labels[name] ?? ''))]]));
  const { from } = first.period;
  const hours = await readHistory(
    reader,
    { ...rule, filters: { ...rule.filters, ...only } },
    { from, to: at, interval: 'hour', limit: scopeOf(rule).limit },
  );
  return outlooks.map((outlook) => {
    if (!usedUp.includes(outlook)) return outlook;
    const atHour = reachedAt(hours.get(keyOf(outlook.labels))?.values ?? [], amount);
    return atHour === undefined ? outlook : { ...outlook, exhaustedMs: Math.round(from + atHour * HOUR_MS) };
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
