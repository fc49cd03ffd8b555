import type { Meter } from '@tokenledger/model';
import { AMOUNT, LISTED, mapOf, QUANTITY, sumOfAlike } from './worked-out.ts';

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

/** These columns without what makes them sums: what one view hands to others. */
export const addedMeterColumns = (prefix: string) =>
  KINDS.flatMap((of) => [
    ...COMMON_METERS.map((meter) => `  ${prefix}${meterColumn(of, meter)} ${METERED[of]}`),
    `  ${prefix}${meterColumn(of, 'other')} Map(String, ${METERED[of]})`,
  ]).join(',\n');

/** Rows of a group must name the same meters: then lists are summed place by place. */
export const SAME_METERS = ['delta_meters', 'delta_charge_meters'];
const SUMS_OF_SAME_METERS = {
  usage: mapOf('delta_meters', 'sumForEach(delta_quantities)'),
  cost: mapOf('delta_charge_meters', 'sumForEach(delta_charge_amounts)'),
};
const SUMS_OF_ALIKE = { usage: sumOfAlike(LISTED.usage), cost: sumOfAlike(LISTED.cost) };
/** How the rows of a group are alike: in the meters they name, or in all that is not a number. */
const SUMS = { meters: SUMS_OF_SAME_METERS, all: SUMS_OF_ALIKE } as const satisfies Record<string, Record<Metered, string>>;

/**
 * The sums of these columns, numbers before maps, as reconciliation lines them up. A map is spelled out where it stands first and named from then on:
 * ClickHouse analyses whatever is spelled out, each time.
 */
export function sumsByMeter(prefix: string, alike: keyof typeof SUMS): string {
  const numbers = KINDS.flatMap((of) =>
    COMMON_METERS.map((meter, place) => {
      const map = place === 0 ? `(${SUMS[alike][of]} AS sums_of_${of})` : `sums_of_${of}`;
      return `  ${map}['${meter}'] AS ${prefix}${meterColumn(of, meter)},\n`;
    }),
  );
  const maps = KINDS.map(
    (of) => `  mapFilter((meter, value) -> NOT has(${COMMON}, meter), sums_of_${of}) AS ${prefix}${meterColumn(of, 'other')},\n`,
  );
  return [...numbers, ...maps].join('');
}
