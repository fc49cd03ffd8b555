/** What every alert knows, beside its labels. One that a condition does not know is empty. */
export const TEMPLATE_NAMES = [
  'alertname',
  'severity',
  'reason',
  'value',
  'value_usd',
  'threshold',
  'expected',
  'expected_usd',
  'impact',
  'impact_usd',
  'why',
  'top_contributors',
  'from',
  'to',
] as const;

const PLACE = /\{\{\s*([A-Za-z_]\w*)\s*\}\}/g;
/** A label may hold what an app sent: no annotation grows without bound. */
const MOST_CHARACTERS = 2000;

export const namesIn = (template: string): readonly string[] => [...template.matchAll(PLACE)].flatMap(([, name]) => name ?? []);

/** `{{ team }}` becomes its value; nothing else is interpreted, and what is filled in is not looked at again. */
export function fill(template: string, values: Readonly<Record<string, string>>): string {
  const valueOf = (name: string) => (Object.hasOwn(values, name) ? (values[name] ?? '') : '');
  return template
    .replace(PLACE, (_, name: string) => valueOf(name))
    .slice(0, MOST_CHARACTERS)
    .toWellFormed();
}
