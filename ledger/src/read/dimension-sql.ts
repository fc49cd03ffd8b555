import { DIMENSIONS, type Dimension } from '@tokenledger/model';

/** Which texts a dimension must have, `''` standing for "nobody said". A dimension that is absent is not filtered. */
export type Filters = Readonly<Partial<Record<Dimension, readonly string[]>>>;

const BOOLEAN_DIMENSIONS: ReadonlySet<Dimension> = new Set(['estimated', 'billable']);

/** A dimension as text, whatever its column holds. The only place where a caller's choice becomes an identifier. */
export const DIMENSION_SQL = Object.fromEntries(
  DIMENSIONS.map((name) => [name, BOOLEAN_DIMENSIONS.has(name) ? `toString(\`${name}\`)` : `\`${name}\``]),
) as Readonly<Record<Dimension, string>>;

/** `AND` conditions for the filters, and the parameters they read. */
export function filterSql(filters: Filters): { readonly sql: string; readonly params: Readonly<Record<string, readonly string[]>> } {
  const used = DIMENSIONS.filter((name) => filters[name] !== undefined);
  return {
    sql: used.map((name) => ` AND ${DIMENSION_SQL[name]} IN {filter_${name}:Array(String)}`).join(''),
    params: Object.fromEntries(used.map((name) => [`filter_${name}`, filters[name] ?? []])),
  };
}
