export const namesIn = (column: string) => `extractAll(${column}, '[^,]+')`;
/** Of what an entry adds: the whole, the whole taken back, or what it says by itself. */
const deltaMeters = (times: string, meters: string, changed: string) =>
  `if(${times} = 0, arrayStringConcat(mapKeys(${changed}), ','), ${meters})`;
const deltaValues = (times: string, values: string, changed: string) =>
  `multiIf(${times} = 1, ${values}, ${times} = -1, arrayMap(value -> -value, ${values}), mapValues(${changed}))`;
export const mapOf = (meters: string, values: string) => `mapFromArrays(${namesIn(meters)}, ${values})`;

export const QUANTITY = 'Decimal(38, 6)';
export const AMOUNT = 'Decimal(38, 12)';

/** Columns of `calls` that are not stored: what an entry adds, and maps, as questions want them. `SELECT *` leaves them out. */
export const CALL_ALIASES: Readonly<Record<string, { readonly type: string; readonly sql: string }>> = {
  usage: { type: `Map(String, ${QUANTITY})`, sql: mapOf('usage_meters', 'usage_quantities') },
  delta_meters: { type: 'String', sql: deltaMeters('delta_usage_times', 'usage_meters', 'changed_usage') },
  delta_quantities: { type: `Array(${QUANTITY})`, sql: deltaValues('delta_usage_times', 'usage_quantities', 'changed_usage') },
  delta_charge_meters: { type: 'String', sql: deltaMeters('delta_cost_times', 'charge_meters', 'changed_cost_by_meter') },
  delta_charge_amounts: { type: `Array(${AMOUNT})`, sql: deltaValues('delta_cost_times', 'charge_amounts', 'changed_cost_by_meter') },
  delta_usage: { type: `Map(String, ${QUANTITY})`, sql: mapOf('delta_meters', 'delta_quantities') },
  delta_cost_by_meter: { type: `Map(String, ${AMOUNT})`, sql: mapOf('delta_charge_meters', 'delta_charge_amounts') },
};
