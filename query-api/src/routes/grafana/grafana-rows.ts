import { measureOf, type Filters, type MeasureValue, type SpendRow } from '@tokenledger/ledger';
import { divideRounded, formatUsd, fromDimensionName, NONE, toDimensionName, type PicoUsd } from '@tokenledger/model';
import { z } from 'zod';
import { filtersOf } from '../../parameters.ts';
import { toSpendCells } from '../../spend-json.ts';

export const cellSchema = z.union([z.string(), z.number(), z.null()]);

/** Filters as Grafana's variables send them. */
export function grafanaFiltersOf(query: Parameters<typeof filtersOf>[0]): Filters {
  return Object.fromEntries(Object.entries(filtersOf(query)).map(([name, values]) => [name, values.map(fromDimensionName)]));
}

/** Dimensions and measures of a row side by side. */
export function toGrafanaCells(row: SpendRow): Record<string, string | number | null> {
  const named = Object.fromEntries(Object.entries(row.dimensions).map(([name, value]) => [name, toDimensionName(value)]));
  return { ...toSpendCells(row), ...named };
}

/** The name of a row's line in a chart. */
export function seriesOf({ dimensions }: Pick<SpendRow, 'dimensions'>): string {
  const values = Object.values(dimensions).map(toDimensionName);
  return values.length === 0 ? 'total' : values.join(' · ');
}

/** Money as exact decimal text; unknown stays unknown. */
export const usd = (amount: PicoUsd | null) => (amount === null ? null : formatUsd(amount));
export const usdCell = z.string().nullable().describe('USD, exact decimal');

/** For labels that are no dimension's value. */
export const orNone = (text: string | undefined) => (text === undefined || text === '' ? NONE : text);

export const ratio = (part: number, whole: number) => (whole === 0 ? null : part / whole);

export const RATES = { second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;
export type Rate = keyof typeof RATES;

/** Sums become rates per second, minute …; quotients and percentiles stay as they are. */
export function perTime(measures: SpendRow['measures'], rate: Rate, spanMs: number): Record<string, MeasureValue> {
  return Object.fromEntries(
    Object.entries(measures).map(([name, value]) => [name, addsUp(name) ? scale(value, RATES[rate], spanMs) : value]),
  );
}

const addsUp = (name: string) => !['ratio', 'ms', 'tokens_per_second'].includes(measureOf(name).unit) && name !== 'cost_per_call';

function scale(value: MeasureValue, by: number, of: number): MeasureValue {
  if (value === null) return null;
  return typeof value === 'bigint' ? divideRounded(value * BigInt(by), BigInt(of)) : (value * by) / of;
}
