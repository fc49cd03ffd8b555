import { instant, isKnown } from './effective.ts';
import { parseModelId } from './model-id.ts';
import { LAYERS, type Layer, type ModelAlias, type PriceList, type RateCard, type RateRule } from './rate-card.ts';

/** A card, rule or alias with the list it came from. */
export interface Listed<T> {
  readonly item: T;
  readonly layer: Layer;
  /** The list and its version, as a charge names it. */
  readonly source: string;
}

/**
 * Price lists, indexed; what is not known on the given date is not in it. Every sequence is in order of precedence: higher layers
 * first, then the more specific, then the newer. The order does not depend on the order of lists or of entries in them.
 */
export interface PriceIndex {
  readonly lists: readonly PriceList[];
  readonly rules: readonly Listed<RateRule>[];
  readonly providers: readonly string[];
  /** Indexed when first asked for: an application calls few of all providers. */
  provider(name: string): ProviderIndex;
}

interface ProviderIndex {
  /** id → canonical model */
  readonly models: ReadonlyMap<string, string>;
  /** canonical model → cards */
  readonly cards: ReadonlyMap<string, readonly Listed<RateCard>[]>;
  readonly aliases: readonly Listed<ModelAlias>[];
}

interface Entries {
  readonly cards: Listed<RateCard>[];
  readonly aliases: Listed<ModelAlias>[];
}

export function indexPriceLists(lists: readonly PriceList[], knownOn = Infinity): PriceIndex {
  const ordered = [...lists].sort((a, b) => rank(a.layer) - rank(b.layer) || compareText(a.name, b.name));
  const entries = new Map<string, Entries>();
  const rules: Listed<RateRule>[] = [];
  for (const list of ordered) {
    const { layer } = list;
    const source = `${list.name}@${list.version}`;
    for (const item of list.cards) {
      if (!isKnown(item, knownOn)) continue;
      entriesOf(entries, item.provider).cards.push({ item, layer, source: item.version ? `${list.name}@${item.version}` : source });
    }
    for (const item of list.rules ?? []) if (isKnown(item, knownOn)) rules.push({ item, layer, source });
    for (const item of list.aliases ?? [])
      if (isKnown(item, knownOn)) entriesOf(entries, item.provider).aliases.push({ item, layer, source });
  }
  rules.sort(byPrecedence);
  const indexed = new Map<string, ProviderIndex>();
  return {
    lists: ordered,
    rules,
    providers: [...entries.keys()],
    provider(name) {
      let index = indexed.get(name);
      if (!index) {
        index = indexProvider(entries.get(name) ?? { cards: [], aliases: [] });
        if (entries.has(name)) indexed.set(name, index);
      }
      return index;
    },
  };
}

function indexProvider({ cards, aliases }: Entries): ProviderIndex {
  const models = new Map<string, string>();
  for (const { item, layer } of cards) if (isPublished(layer)) addModel(models, item);
  const byModel = new Map<string, Listed<RateCard>[]>();
  for (const listed of cards) {
    const item = isPublished(listed.layer) ? listed.item : underCanonicalModel(models, listed.item);
    const ofModel = byModel.get(item.model);
    if (ofModel) ofModel.push({ ...listed, item });
    else byModel.set(item.model, [{ ...listed, item }]);
  }
  for (const ofModel of byModel.values()) if (ofModel.length > 1) ofModel.sort(byPrecedence);
  return { models, cards: byModel, aliases: aliases.sort(byPrecedence) };
}

/** These layers say which ids are one model; an operator's cards refer to those models, or add models of their own. */
function isPublished(layer: Layer): boolean {
  return layer === 'overlay' || layer === 'base';
}

function addModel(models: Map<string, string>, card: RateCard): void {
  if (card.model === '*') return;
  if (!models.has(card.model)) models.set(card.model, card.model);
  for (const id of card.ids ?? []) if (!models.has(id)) models.set(id, card.model);
}

/** An operator's card for `gpt-4o-2024-08-06` joins the cards of `gpt-4o`, for that id alone. */
function underCanonicalModel(models: Map<string, string>, card: RateCard): RateCard {
  if (card.model === '*') return card;
  for (const id of parseModelId(card.provider, card.model).spellings) {
    const canonical = models.get(id);
    if (canonical !== undefined) return canonical === card.model ? card : { ...card, model: canonical, onlyIds: [card.model, id] };
  }
  addModel(models, card);
  return card;
}

function byPrecedence(a: Listed<Ranked>, b: Listed<Ranked>): number {
  return (
    rank(a.layer) - rank(b.layer) ||
    specificity(b.item) - specificity(a.item) ||
    descending(instant(a.item.validFrom, -Infinity), instant(b.item.validFrom, -Infinity)) ||
    descending(instant(a.item.knownFrom, -Infinity), instant(b.item.knownFrom, -Infinity)) ||
    compareText(JSON.stringify(a.item), JSON.stringify(b.item))
  );
}

type Ranked = RateCard | RateRule | ModelAlias;

/** A card for one account, id, region or time of day goes before one for all; a rule that names models before one that does not. */
function specificity(item: Ranked): number {
  let points = 0;
  if ('accounts' in item && item.accounts) points += 16;
  if ('onlyIds' in item && item.onlyIds) points += 8;
  if ('regions' in item && item.regions) points += 4;
  if ('window' in item && item.window) points += 2;
  if ('models' in item && item.models) points += item.models.some((model) => model.includes('*')) ? 2 : 4;
  if ('meters' in item && item.meters) points += 1;
  if ('name' in item && !item.name.includes('*')) points += 1;
  return points;
}

function rank(layer: Layer): number {
  return LAYERS.indexOf(layer);
}

/** Infinities compare equal to themselves, which a subtraction would not say. */
function descending(a: number, b: number): number {
  return a === b ? 0 : b - a;
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function entriesOf(entries: Map<string, Entries>, provider: string): Entries {
  let found = entries.get(provider);
  if (!found) {
    found = { cards: [], aliases: [] };
    entries.set(provider, found);
  }
  return found;
}
