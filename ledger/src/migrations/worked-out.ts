export const namesIn = (column: string) => `extractAll(${column}, '[^,]+')`;
/** Of what an entry adds: the whole, the whole taken back, or what it says by itself. */
const deltaMeters = (times: string, meters: string, changed: string) =>
  `if(${times} = 0, arrayStringConcat(mapKeys(${changed}), ','), ${meters})`;
const deltaValues = (times: string, values: string, changed: string) =>
  `multiIf(${times} = 1, ${values}, ${times} = -1, arrayMap(value -> -value, ${values}), mapValues(${changed}))`;
export const mapOf = (meters: string, values: string) => `mapFromArrays(${namesIn(meters)}, ${values})`;

export const QUANTITY = 'Decimal(38, 6)';
export const AMOUNT = 'Decimal(38, 12)';

/** What a call used, as a map. */
export const USAGE_OF_CALL = mapOf('usage_meters', 'usage_quantities');

/**
 * What is worked out of columns of `calls`: what an entry adds, as questions want it. No columns of the table: a question analyses all that its
 * tables work out, used or not, which takes longer than to read what it wants.
 */
const WORKED_OUT: Readonly<Record<string, string>> = {
  delta_meters: deltaMeters('delta_usage_times', 'usage_meters', 'changed_usage'),
  delta_quantities: deltaValues('delta_usage_times', 'usage_quantities', 'changed_usage'),
  delta_charge_meters: deltaMeters('delta_cost_times', 'charge_meters', 'changed_cost_by_meter'),
  delta_charge_amounts: deltaValues('delta_cost_times', 'charge_amounts', 'changed_cost_by_meter'),
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
