import type { Rule } from '../rule.ts';
import type { RuleWith } from './finding.ts';
import { DAY_MS, type Period, periodOf } from './period.ts';
import { readPace } from './pace.ts';
import { predict } from './predict.ts';
import { type Labels, readHistory, readSeries, toFloat, type Window } from './series.ts';
import type { Question } from './finding.ts';
import type { MeasureValue } from '@tokenledger/ledger';

export type BudgetRule = RuleWith<'budget'> | RuleWith<'burn_rate'> | RuleWith<'forecast'>;
export const isBudgetRule = (rule: Rule): rule is BudgetRule => ['budget', 'burn_rate', 'forecast'].includes(rule.condition.kind);

/** Where a budget stands, and where it will end. USD in floats: a forecast is not a sum. */
export interface Outlook {
  readonly labels: Labels;
  readonly period: Window;
  readonly spent: MeasureValue;
  /** Nothing is no budget that is used up, not even where the amount is nothing. */
  readonly state: 'ok' | 'burning' | 'exhausted';
  /** What share of a usual period's spend falls before now. */
  readonly paceShare: number;
  readonly forecastUsd: number;
  readonly intervalUsd?: readonly [low: number, high: number];
  /** How likely the amount is reached within the period; absent with less than six weeks of history. */
  readonly chance?: number;
  /** When the amount will be reached, if the forecast is right; absent: not within the period, or it already is. */
  readonly exhaustedMs?: number;
}

const HISTORY_DAYS = 70;
const MOST_BUDGETS = 1000;

/** Spent so far, and the rest of the period as the same days a week before. */
export async function readOutlooks(rule: BudgetRule, reader: Question['reader'], at: number): Promise<readonly Outlook[]> {
  const period = periodOf(rule.condition.period satisfies Period, at, rule.condition.timezone);
  const amount = Number(rule.condition.amount_usd);
  const today = Math.floor(at / DAY_MS) * DAY_MS;
  const [pace, series, history] = await Promise.all([
    readPace(rule, reader, at, period),
    readSeries(reader, rule, { from: period.from, to: at }),
    readHistory(reader, rule, { from: today - HISTORY_DAYS * DAY_MS, to: today, interval: 'day', limit: MOST_BUDGETS }),
  ]);
  return series.map(({ labels, value }) => {
    const spent = toFloat(value);
    const daily = history.get(JSON.stringify(labels))?.values ?? [];
    const rest = predict(daily, Math.max(1, Math.ceil((period.to - today) / DAY_MS)));
    // What is left of today counts as its share of a day, as does what the period has of its last one.
    const left = rest.days.map((usd, index) => usd * shareOfDay(today + index * DAY_MS, { from: at, to: period.to }));
    const part = rest.usd > 0 ? left.reduce((sum, usd) => sum + usd, 0) / rest.usd : 1;
    const chance = rest.chanceOf?.((amount - spent) / Math.max(part, 1e-12));
    const forecastUsd = spent + rest.usd * part;
    return {
      labels,
      period,
      spent: value,
      state: reaches(spent, amount) ? 'exhausted' : reaches(forecastUsd, amount) ? 'burning' : 'ok',
      paceShare: pace({ from: period.from, to: at }),
      forecastUsd,
      ...(rest.interval && { intervalUsd: [spent + rest.interval[0] * part, spent + rest.interval[1] * part] as const }),
      ...(chance !== undefined && { chance: spent >= amount ? 1 : chance }),
      ...exhaustion(amount - spent, rest.days, { from: at, to: period.to }, today),
    };
  });
}

const reaches = (usd: number, amount: number) => usd > 0 && usd >= amount;

const shareOfDay = (dayMs: number, { from, to }: Window): number =>
  Math.max(0, Math.min(to, dayMs + DAY_MS) - Math.max(from, dayMs)) / DAY_MS;

/** Day by day until nothing is left; within the day evenly. */
function exhaustion(left: number, days: readonly number[], rest: Window, today: number): { readonly exhaustedMs?: number } {
  if (left <= 0) return {};
  let remaining = left;
  for (const [index, usd] of days.entries()) {
    const dayMs = today + index * DAY_MS;
    const spends = usd * shareOfDay(dayMs, rest);
    if (spends >= remaining) return { exhaustedMs: Math.round(Math.max(rest.from, dayMs) + (DAY_MS * remaining) / usd) };
    remaining -= spends;
  }
  return {};
}
