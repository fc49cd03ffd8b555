import type { PriceList } from './rate-card.ts';

/** A list as JSON with one entry a line, so that a change of one price is a change of one line. */
export function priceListText(list: PriceList): string {
  const { cards, rules, aliases, ...facts } = list;
  const lines = (entries: readonly unknown[]): string => `[\n${entries.map((entry) => JSON.stringify(entry)).join(',\n')}\n]`;
  const fields = [
    ...Object.entries(facts).map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`),
    ...(rules ? [`"rules": ${lines(rules)}`] : []),
    ...(aliases ? [`"aliases": ${lines(aliases)}`] : []),
    `"cards": ${lines(cards)}`,
  ];
  return `{\n${fields.join(',\n')}\n}\n`;
}
