import type { Meter } from '@tokenledger/model';
import { AMOUNT, mapOf, namesIn, QUANTITY } from './worked-out.ts';

/**
 * What calls mostly use has columns of its own in the rollups: of a map ClickHouse reads every text of every row, whatever is asked of it, and to sum
 * it takes twice as long as to sum all of these columns. The rest is in maps, which are mostly empty. There are no columns that put both together: a
 * question analyses all that a table works out, used or not.
 */
export const COMMON_METERS = [
  'input_uncached',
  'cache_read',
  'cache_write',
  'cache_write_5m',
  'cache_write_1h',
  'output_text',
  'reasoning',
] as const satisfies readonly Meter[];

export type CommonMeter = (typeof COMMON_METERS)[number];

/** Quantities and amounts are kept alike. */
const METERED = { usage: QUANTITY, cost: AMOUNT } as const;
export type Metered = keyof typeof METERED;
const KINDS = Object.keys(METERED) as readonly Metered[];

export const meterColumn = (of: Metered, meter: CommonMeter | 'other') => `${of}_${meter}`;

/** Columns that add up as numbers, and as maps. */
export const METER_NUMBERS = KINDS.flatMap((of) => COMMON_METERS.map((meter) => meterColumn(of, meter)));
export const METER_MAPS = KINDS.map((of) => meterColumn(of, 'other'));

export const METER_COLUMNS = KINDS.flatMap((of) => [
  ...COMMON_METERS.map((meter) => `  ${meterColumn(of, meter)} SimpleAggregateFunction(sum, ${METERED[of]})`),
  `  ${meterColumn(of, 'other')} SimpleAggregateFunction(sumMap, Map(String, ${METERED[of]})) COMMENT 'of meters without a column'`,
]).join(',\n');

const COMMON = `[${COMMON_METERS.map((meter) => `'${meter}'`).join(', ')}]`;

/** Lists of values, and the text that names their meters. */
interface Listed {
  readonly meters: string;
  readonly values: string;
}

/** The sums of these columns, numbers before maps, as reconciliation lines them up. Place 0 of a list has nothing. */
export function sumsByMeter(lists: Readonly<Record<Metered, Listed>>): string {
  const numbers = KINDS.flatMap((of) =>
    COMMON_METERS.map((meter) => {
      const { meters, values } = lists[of];
      return `  sum(${values}[indexOf(${namesIn(meters)}, '${meter}')]) AS ${meterColumn(of, meter)},\n`;
    }),
  );
  const maps = KINDS.map((of) => {
    const others = `mapFilter((meter, value) -> NOT has(${COMMON}, meter), ${mapOf(lists[of].meters, lists[of].values)})`;
    return `  sumMap(${others}) AS ${meterColumn(of, 'other')},\n`;
  });
  return [...numbers, ...maps].join('');
}
