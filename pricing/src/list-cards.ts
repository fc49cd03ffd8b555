import { contains, validity } from './effective.ts';
import { matchesPattern } from './pattern.ts';
import { compareText, type PriceIndex } from './price-index.ts';
import { canonicalProvider } from './provider.ts';
import type { Layer, RateCard } from './rate-card.ts';

export interface CardFilter {
  /** Any of its names. */
  readonly provider?: string | undefined;
  /** An id of the model; `*` stands for any text. */
  readonly model?: string | undefined;
  readonly layer?: Layer | undefined;
  /** Epoch milliseconds: only what is in force then. */
  readonly at?: number | undefined;
}

export interface ListedCard extends RateCard {
  readonly layer: Layer;
  /** The list and its version. */
  readonly list: string;
  /** The page it was read from, or the provider's price page. */
  readonly url?: string | undefined;
}

export function listCards(index: PriceIndex, filter: CardFilter): readonly ListedCard[] {
  const providers = filter.provider === undefined ? [...index.providers].sort(compareText) : [canonicalProvider(filter.provider)];
  const model = filter.model?.trim().toLowerCase();
  const pages = Object.assign({}, ...index.lists.map(({ sources }) => sources)) as Readonly<Record<string, string>>;
  return providers.flatMap((provider) => {
    const { cards } = index.provider(provider);
    return [...cards.keys()].sort(compareText).flatMap((name) =>
      (cards.get(name) ?? []).flatMap(({ item, layer, source }): ListedCard[] => {
        if (filter.layer !== undefined && layer !== filter.layer) return [];
        if (filter.at !== undefined && !contains(validity(item), filter.at)) return [];
        if (model !== undefined && ![item.model, ...(item.ids ?? [])].some((id) => matchesPattern(model, id))) return [];
        return [{ ...item, layer, list: source, url: item.source?.url ?? pages[item.provider] }];
      }),
    );
  });
}
