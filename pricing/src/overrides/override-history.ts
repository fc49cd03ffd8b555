import type { Effective, PriceList } from '../rate-card.ts';

/** What the operator said from an instant (RFC 3339) on, until the next edition. */
export interface OverrideEdition {
  readonly knownFrom: string;
  /** As `parseOverrides` made them. */
  readonly lists: readonly PriceList[];
}

/**
 * Editions, oldest first → lists that know them all, one per layer. The last edition is in force, for past calls too; a book "as known on"
 * an earlier day uses what was said then. `suffix` sets the lists apart from those of a file.
 */
export function overrideHistory(editions: readonly OverrideEdition[], suffix: string): readonly PriceList[] {
  const latest = editions.at(-1);
  if (!latest) return [];
  return latest.lists.map((list) => {
    const parts = editions.map(({ knownFrom, lists }, index) => {
      const known: Effective = { knownFrom, ...(index + 1 < editions.length && { knownTo: editions[index + 1]?.knownFrom ?? knownFrom }) };
      const { cards = [], rules = [], aliases = [], version = '' } = lists.find(({ layer }) => layer === list.layer) ?? {};
      return {
        cards: cards.map((card) => ({ version, ...within(card, known) })),
        rules: rules.map((rule) => within(rule, known)),
        aliases: aliases.map((alias) => within(alias, known)),
      };
    });
    return {
      ...list,
      name: `${list.name}${suffix}`,
      asOf: latest.knownFrom.slice(0, 10),
      cards: parts.flatMap(({ cards }) => cards),
      rules: parts.flatMap(({ rules }) => rules),
      aliases: parts.flatMap(({ aliases }) => aliases),
    };
  });
}

/** What an entry says of itself counts, as far as its edition was there. */
function within<Item extends Effective>(item: Item, { knownFrom = '', knownTo }: Effective): Item {
  const later = item.knownFrom !== undefined && Date.parse(item.knownFrom) > Date.parse(knownFrom) ? item.knownFrom : knownFrom;
  const ends = [item.knownTo, knownTo].filter((date) => date !== undefined).toSorted((a, b) => Date.parse(a) - Date.parse(b));
  return { ...item, knownFrom: later, ...(ends[0] !== undefined && { knownTo: ends[0] }) };
}
