import { measureOf, type MeasureValue, type TenantReader } from '@tokenledger/ledger';
import type { Dimension } from '@tokenledger/model';
import type { Rule } from './rule.ts';

/** What a rule watches: one value per group. `null` is unknown: it neither fires nor resolves. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: MeasureValue;
  readonly calls: number;
}

export interface Window {
  readonly from: number;
  readonly to: number;
}

const MAX_SERIES = 10_000;
const DAY_MS = 86_400_000;

/** A rolling window for a threshold; since the calendar period began (UTC) for a budget. */
export function windowOf(rule: Rule, now: number): Window {
  const to = now - rule.evaluation_delay;
  return { from: rule.condition.kind === 'budget' ? periodStart(rule.condition.period, to) : to - rule.window, to };
}

export function periodStart(period: 'day' | 'week' | 'month', at: number): number {
  const date = new Date(at);
  const day = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate());
  if (period === 'day') return day;
  if (period === 'week') return day - ((date.getUTCDay() + 6) % 7) * DAY_MS;
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
}

/** @throws LedgerError when the ledger cannot answer: then nothing is known, and no state may change */
export async function readSeries(reader: TenantReader, rule: Rule, window: Window): Promise<readonly Series[]> {
  const { rows } = await reader.spend({
    ...window,
    interval: 'none',
    groupBy: rule.group_by,
    measures: [rule.measure, 'calls'],
    filters: Object.fromEntries(Object.entries(rule.filters).map(([name, value]) => [name, [value].flat()])),
    limit: MAX_SERIES,
  });
  return rows.map(({ dimensions, measures }) => ({
    labels: labelsOf(rule.group_by, dimensions),
    value: measures[rule.measure] ?? null,
    calls: Number(measures['calls'] ?? 0),
  }));
}

function labelsOf(groupBy: readonly Dimension[], dimensions: Readonly<Partial<Record<Dimension, string | null>>>) {
  return Object.fromEntries(groupBy.map((name) => [name, dimensions[name] ?? '']));
}

export const isMoney = (measure: string) => measureOf(measure)?.unit === 'usd';
