import type { Meter } from '@tokenledger/model';
import { AMOUNT, namesIn, QUANTITY } from './worked-out.ts';

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

/** Lists of values, and the text that names their meters. */
const LISTED = {
  usage: { meters: 'delta_meters', values: 'delta_quantities' },
  cost: { meters: 'delta_charge_meters', values: 'delta_charge_amounts' },
} as const satisfies Record<Metered, unknown>;

/** Rows of a group must name the same meters: then lists are summed place by place. */
export const SAME_METERS = KINDS.map((of) => LISTED[of].meters);

/** The sums of these columns, numbers before maps, as reconciliation lines them up. Place 0 of a list has nothing. `metersSql` is what names the meters of a group. */
export function sumsByMeter(prefix: string, metersSql: (column: string) => string): string {
  const names = eachOnce('names_of', (of) => namesIn(metersSql(LISTED[of].meters)));
  const sums = eachOnce('sums_of', (of) => `sumForEach(${LISTED[of].values})`);
  const numbers = KINDS.flatMap((of) =>
    COMMON_METERS.map((meter) => `  ${sums(of)}[indexOf(${names(of)}, '${meter}')] AS ${prefix}${meterColumn(of, meter)},\n`),
  );
  const maps = KINDS.map((of) => {
    const others = `mapFilter((meter, value) -> NOT has(${COMMON}, meter), mapFromArrays(${names(of)}, ${sums(of)}))`;
    return `  ${others} AS ${prefix}${meterColumn(of, 'other')},\n`;
  });
  return [...numbers, ...maps].join('');
}

/** Spelled out where it stands first, named from then on: ClickHouse analyses whatever is spelled out, each time. */
function eachOnce(name: string, sqlOf: (of: Metered) => string): (of: Metered) => string {
  const spelled = new Set<Metered>();
  return (of) => {
    if (spelled.has(of)) return `${name}_${of}`;
    spelled.add(of);
    return `(${sqlOf(of)} AS ${name}_${of})`;
  };
}
