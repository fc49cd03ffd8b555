import type { Rule } from '../rule.ts';
import type { Question } from './finding.ts';
import { HOUR_MS, WEEK_MS } from './period.ts';
import { readHistory, type Window } from './series.ts';

const HISTORY_MS = 4 * WEEK_MS;

/** What share of a period's spend usually falls into a window. */
export type Pace = (window: Window) => number;

/**
 * From hourly spend of whole weeks, oldest first: each hour of the week by its mean. Fewer than two weeks say nothing about a
 * rhythm: then spend is paced evenly.
 */
export function paceOf(hourly: readonly number[], startMs: number, period: Window): Pace {
  const slots = Array.from({ length: 168 }, () => 0);
  hourly.forEach((usd, hour) => {
    const slot = slotOf(startMs + hour * HOUR_MS);
    slots[slot] = (slots[slot] ?? 0) + usd;
  });
  const total = slots.reduce((sum, usd) => sum + usd, 0);
  const firstSpent = hourly.findIndex((usd) => usd > 0);
  const isKnown = firstSpent >= 0 && (hourly.length - firstSpent) * HOUR_MS >= 2 * WEEK_MS;
  // A tenth evenly, so that an hour in which nobody ever spent can still be paced.
  const weightOf = (at: number) => (isKnown && total > 0 ? 0.9 * (((slots[slotOf(at)] ?? 0) * 168) / total) + 0.1 : 1);
  const sumOver = ({ from, to }: Window) => {
    let sum = 0;
    for (let at = from; at < to;) {
      const next = Math.min(to, (Math.floor(at / HOUR_MS) + 1) * HOUR_MS);
      sum += weightOf(at) * (next - at);
      at = next;
    }
    return sum;
  };
  const whole = sumOver(period);
  return (window) => sumOver(window) / whole;
}

const slotOf = (at: number) => Math.floor(at / HOUR_MS) % 168;

/** One rhythm for all series of a rule: that of everything it selects. */
export async function readPace(rule: Rule, reader: Question['reader'], to: number, period: Window): Promise<Pace> {
  // The last week is left out: what burns now must not make itself usual.
  const until = Math.floor(to / HOUR_MS) * HOUR_MS - WEEK_MS;
  const history = await readHistory(reader, { ...rule, group_by: [] }, { from: until - HISTORY_MS, to: until, interval: 'hour' });
  return paceOf([...history.values()][0]?.values ?? [], until - HISTORY_MS, period);
}
