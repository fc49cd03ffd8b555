import { measureOf, type MeasureValue, type SpendQuery, type SpendRow, type TenantReader } from '@tokenledger/ledger';
import type { Dimension } from '@tokenledger/model';
import type { Rule } from '../rule.ts';

export type Labels = Readonly<Record<string, string>>;

/** Epoch milliseconds; `from` ≤ time < `to`. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** What a rule watches: one value per group. `null` is unknown: it neither fires nor resolves. */
export interface Series {
  readonly labels: Labels;
  readonly value: MeasureValue;
  /** What `min_calls` is asked of: calls, or requests where failed ones are watched. */
  readonly calls: number;
}

const MAX_SERIES = 10_000;

/** The window ends before now, because late spans are waited for. */
export const endOf = (rule: Rule, now: number) => now - rule.evaluation_delay;
export const windowOf = (rule: Rule, now: number): Window => ({ from: endOf(rule, now) - rule.window, to: endOf(rule, now) });

/** What the rule selects, for `spend`. */
export const scopeOf = ({ group_by: groupBy, filters }: Rule) =>
  ({
    groupBy,
    filters: Object.fromEntries(Object.entries(filters).map(([name, value]) => [name, [value].flat()])),
    limit: MAX_SERIES,
  }) satisfies Partial<SpendQuery>;

/** A request that failed is often no call: nothing was billed. */
const volumeOf = ({ measure }: Rule) => (measure === 'errors' || measure === 'error_rate' ? 'requests' : 'calls');

/** @throws LedgerError when the ledger cannot answer: then nothing is known, and no state may change */
export async function readSeries(reader: TenantReader, rule: Rule, window: Window): Promise<readonly Series[]> {
  const volume = volumeOf(rule);
  const { rows } = await reader.spend({ ...window, ...scopeOf(rule), interval: 'none', measures: [rule.measure, volume] });
  return rows.map((row) => ({
    labels: labelsOf(rule.group_by, row.dimensions),
    value: row.measures[rule.measure] ?? null,
    calls: Number(row.measures[volume] ?? 0),
  }));
}

export const labelsOf = (groupBy: readonly Dimension[], dimensions: SpendRow['dimensions']): Labels =>
  Object.fromEntries(groupBy.map((name) => [name, dimensions[name] ?? '']));

/** A key for maps; the labels of one rule always come in the same order. */
export const keyOf = (labels: Labels) => JSON.stringify(labels);

/** What an incident is usually in. */
export const PART = 'feature';

/** Of all features with the same labels otherwise. */
export const parentOf = (labels: Labels): string => keyOf(Object.fromEntries(Object.entries(labels).filter(([name]) => name !== PART)));

/** Series in buckets: for each group its values, oldest first. Unknown is nothing here: statistics need a number. */
export async function readHistory(reader: TenantReader, rule: Rule, query: Window & Pick<SpendQuery, 'interval' | 'limit'>) {
  const { rows } = await reader.spend({ ...scopeOf(rule), ...query, measures: [rule.measure] });
  const series = new Map<string, { readonly labels: Labels; readonly values: number[] }>();
  for (const { dimensions, measures } of rows) {
    const labels = labelsOf(rule.group_by, dimensions);
    const key = keyOf(labels);
    const found = series.get(key) ?? { labels, values: [] };
    found.values.push(toFloat(measures[rule.measure] ?? null));
    series.set(key, found);
  }
  return series;
}

export const isMoney = (measure: string) => measureOf(measure)?.unit === 'usd';

/** Money as USD, for statistics only; what is owed stays an integer. */
export const toFloat = (value: MeasureValue) => (typeof value === 'bigint' ? Number(value) / 1e12 : (value ?? 0));
