/** How a dimension that nobody said is written on dashboards, where an empty variable means "all". */
export const NONE = '(none)';

/** What Grafana's variables or the query API take for everything, for nobody, for a template, for a list, or for a text in quotes. */
const READ_AS_SOMETHING_ELSE = /^(?:All|\*|\(none\))$|\$\{|\$__|^\[\s*"|^\[.*\]$|^".*"$/s;

/** A value of a dimension as dashboards show it and their links hand it back. What would be read as something else stands in quotes, as JSON. */
export function toDimensionName(value: string | null | undefined): string {
  if (value === null || value === undefined || value === '') return NONE;
  return READ_AS_SOMETHING_ELSE.test(value) ? JSON.stringify(value) : value;
}

/** The value of a name; empty: nobody said. */
export const fromDimensionName = (name: string): string => (name === NONE ? '' : (readQuoted(name) ?? name));

export function readQuoted(text: string): string | undefined {
  if (!/^".*"$/s.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
