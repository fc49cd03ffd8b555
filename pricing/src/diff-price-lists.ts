import { priceText } from './accrue-history.ts';
import { compareText } from './price-index.ts';
import type { PriceList, RateCard } from './rate-card.ts';

/** What one list says differently from another about one card. */
export interface PriceDifference {
  readonly id: string;
  readonly provider: string;
  readonly model: string;
  readonly kind: 'added' | 'removed' | 'changed';
  /** Rates that differ, named `<meter>` or `<meter> <boundary>`, with the date they are valid from. `undefined`: not listed. */
  readonly rates: readonly {
    readonly name: string;
    readonly validFrom?: string | undefined;
    readonly before?: string | undefined;
    readonly after?: string | undefined;
  }[];
}

/** Sorted by id. Where a price was read and since when it is known make no difference; other conditions do, as `conditions`. */
export function diffPriceLists(before: PriceList, after: PriceList): readonly PriceDifference[] {
  const [left, right] = [currentCards(before), currentCards(after)];
  const ids = [...new Set([...left.keys(), ...right.keys()])].sort(compareText);
  return ids.flatMap((id): PriceDifference[] => {
    const [was, is] = [left.get(id) ?? [], right.get(id) ?? []];
    const card = is[0] ?? was[0];
    if (!card || was.map(priceText).sort().join() === is.map(priceText).sort().join()) return [];
    const kind = was.length === 0 ? 'added' : is.length === 0 ? 'removed' : 'changed';
    return [{ id, provider: card.provider, model: card.model, kind, rates: rateChanges(was, is) }];
  });
}

function rateChanges(was: readonly RateCard[], is: readonly RateCard[]): PriceDifference['rates'] {
  const dates = [...new Set([...was, ...is].map(({ validFrom }) => validFrom))].sort((a, b) => compareText(a ?? '', b ?? ''));
  return dates.flatMap((validFrom) => {
    const [before, after] = [was, is].map((cards) => statements(cards.find((card) => card.validFrom === validFrom)));
    const names = [...new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])])];
    return names
      .filter((name) => before?.get(name) !== after?.get(name))
      .map((name) => ({ name, validFrom, before: before?.get(name), after: after?.get(name) }));
  });
}

/** All a card says, as text by name. */
function statements(card: RateCard | undefined): ReadonlyMap<string, string> {
  const said = new Map<string, string>();
  if (!card) return said;
  const { rates, contextTiers = [], ...rest } = card;
  for (const [meter, rate] of Object.entries(rates)) said.set(meter, rate);
  for (const tier of contextTiers) {
    const boundary = tier.from === undefined ? `> ${tier.above}` : `>= ${tier.from}`;
    for (const [meter, rate] of Object.entries(tier.rates)) said.set(`${meter} ${boundary}`, rate);
  }
  const conditions = priceText({ ...rest, rates: {} });
  said.set('conditions', conditions);
  return said;
}

function currentCards(list: PriceList): ReadonlyMap<string, readonly RateCard[]> {
  const cards = new Map<string, RateCard[]>();
  for (const card of list.cards) if (card.knownTo === undefined) cards.set(card.id, [...(cards.get(card.id) ?? []), card]);
  return cards;
}
