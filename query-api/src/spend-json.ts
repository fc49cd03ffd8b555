import { measureOf, type MeasureValue, type SpendRow } from '@tokenledger/ledger';
import { formatUsd } from '@tokenledger/model';
import { z } from 'zod';

const cell = z.union([z.string(), z.number(), z.null()]);

/** Dimensions and measures stand side by side under their own names. */
export const spendRowSchema = z
  .object({ time: z.string().optional().describe('start of the bucket, RFC 3339; absent without buckets') })
  .catchall(cell)
  .describe('one key per asked dimension (null: nobody said) and measure (money as decimal text; null: unknown)')
  .meta({ id: 'SpendRow' });

/** Money leaves as exact decimal text, everything else as a number. */
export function toMeasureJson(value: MeasureValue): string | number | null {
  return typeof value === 'bigint' ? formatUsd(value) : value;
}

export function toSpendCells({ dimensions, measures }: SpendRow): Record<string, string | number | null> {
  return { ...dimensions, ...Object.fromEntries(Object.entries(measures).map(([name, value]) => [name, toMeasureJson(value)])) };
}

export const unitsOf = (measures: readonly string[]) => Object.fromEntries(measures.map((name) => [name, measureOf(name).unit]));
