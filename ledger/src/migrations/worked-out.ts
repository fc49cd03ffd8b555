export const namesIn = (column: string) => `extractAll(${column}, '[^,]+')`;
export const mapOf = (meters: string, values: string) => `mapFromArrays(${namesIn(meters)}, ${values})`;

export const QUANTITY = 'Decimal(38, 6)';
export const AMOUNT = 'Decimal(38, 12)';

/** Columns of `calls` that say what an entry adds: the whole, the whole taken back, or what it says by itself. */
export const LISTED = {
  usage: { times: 'delta_usage_times', meters: 'usage_meters', values: 'usage_quantities', changed: 'changed_usage' },
  cost: { times: 'delta_cost_times', meters: 'charge_meters', values: 'charge_amounts', changed: 'changed_cost_by_meter' },
} as const;
type Listed = Readonly<Record<keyof typeof LISTED.usage, string>>;

const metersOf = ({ times, meters, changed }: Listed) => `if(${times} = 0, arrayStringConcat(mapKeys(${changed}), ','), ${meters})`;
const valuesOf = ({ times, values, changed }: Listed) => `if(${times} = 0, mapValues(${changed}), ${times} * ${values})`;

/** The sum of what entries add of which all columns but the values are alike, as a map. Numbers are taken times or dropped once, not row by row. */
export const sumOfAlike = ({ times, meters, values, changed }: Listed) =>
  mapOf(
    metersOf({ times: `any(${times})`, meters: `any(${meters})`, values, changed: `any(${changed})` }),
    `if(any(${times}) = 0, sumForEach(mapValues(${changed})), any(${times}) * sumForEach(${values}))`,
  );

/** What a call used, as a map. */
export const USAGE_OF_CALL = mapOf('usage_meters', 'usage_quantities');

/**
 * What is worked out of columns of `calls`: what an entry adds, as questions want it. No columns of the table: a question analyses all that its
 * tables work out, used or not, which takes longer than to read what it wants.
 */
const WORKED_OUT: Readonly<Record<string, string>> = {
  delta_meters: metersOf(LISTED.usage),
  delta_quantities: valuesOf(LISTED.usage),
  delta_charge_meters: metersOf(LISTED.cost),
  delta_charge_amounts: valuesOf(LISTED.cost),
  delta_usage: mapOf('delta_meters', 'delta_quantities'),
  delta_cost_by_meter: mapOf('delta_charge_meters', 'delta_charge_amounts'),
};

const NAMES = new RegExp(`(?<!AS )\\b(${Object.keys(WORKED_OUT).join('|')})\\b`, 'g');

/** Puts in what these names stand for, each under its name. No other table has such columns. */
export function workedOut(sql: string): string {
  return sql.replace(NAMES, (name) => `(${workedOut(WORKED_OUT[name] ?? '')} AS ${name})`);
}

/** All of them, as columns of a select. */
export const ALL_WORKED_OUT = workedOut(Object.keys(WORKED_OUT).join(', '));
