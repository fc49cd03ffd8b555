import type { Filters, SpendRow } from '@tokenledger/ledger';
import { z } from 'zod';
import { filtersOf } from '../../parameters.ts';
import { toSpendCells } from '../../spend-json.ts';

/** How a dimension that nobody said is written in Grafana, where an empty variable means "all". */
export const NONE = '(none)';

export const cellSchema = z.union([z.string(), z.number(), z.null()]);

/** Filters as Grafana's variables send them. */
export function grafanaFiltersOf(query: Parameters<typeof filtersOf>[0]): Filters {
  return Object.fromEntries(
    Object.entries(filtersOf(query)).map(([name, values]) => [name, values.map((value) => (value === NONE ? '' : value))]),
  );
}

/** Dimensions and measures of a row side by side. */
export function toGrafanaCells(row: SpendRow): Record<string, string | number | null> {
  const named = Object.fromEntries(Object.entries(row.dimensions).map(([name, value]) => [name, value ?? NONE]));
  return { ...toSpendCells(row), ...named };
}

/** The name of a row's line in a chart. */
export function seriesOf({ dimensions }: SpendRow): string {
  const values = Object.values(dimensions).map((value) => value ?? NONE);
  return values.length === 0 ? 'total' : values.join(' · ');
}
