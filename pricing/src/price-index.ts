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
  /** provider → canonical model → cards */
  readonly cards: ReadonlyMap<string, ReadonlyMap<string, readonly Listed<RateCard>[]>>;
  /** provider → id → canonical model */
  readonly models: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly rules: readonly Listed<RateRule>[];
  /** provider → aliases */
  readonly aliases: ReadonlyMap<string, readonly Listed<ModelAlias>[]>;
}

type Cards = Map<string, Map<string, Listed<RateCard>[]>>;
type Models = Map<string, Map<string, string>>;

export function indexPriceLists(lists: readonly PriceList[], knownOn = Infinity): PriceIndex {
  const ordered = [...lists].sort((a, b) => rank(a.layer) - rank(b.layer) || compareText(a.name, b.name));
  const models: Models = new Map();
  const cards: Cards = new Map();
  const rules: Listed<RateRule>[] = [];
  const aliases = new Map<string, Listed<ModelAlias>[]>();
  for (const list of ordered.filter(isPublished)) indexModels(models, list);
  for (const list of ordered) {
    const from = { layer: list.layer, source: `${list.name}@${list.version}` };
    for (const stated of list.cards) {
      if (!isKnown(stated, knownOn)) continue;
      const card = isPublished(list) ? stated : underCanonicalModel(models, stated);
      const ofProvider = getOrAdd(cards, card.provider, () => new Map<string, Listed<RateCard>[]>());
      const source = card.version ? `${list.name}@${card.version}` : from.source;
      getOrAdd(ofProvider, card.model, () => []).push({ item: card, layer: list.layer, source });
    }
    for (const rule of list.rules ?? []) if (isKnown(rule, knownOn)) rules.push({ item: rule, ...from });
    for (const alias of list.aliases ?? []) {
      if (isKnown(alias, knownOn)) getOrAdd(aliases, alias.provider, () => []).push({ item: alias, ...from });
    }
  }
  for (const ofProvider of cards.values()) for (const ofModel of ofProvider.values()) if (ofModel.length > 1) ofModel.sort(byPrecedence);
  rules.sort(byPrecedence);
  for (const ofProvider of aliases.values()) ofProvider.sort(byPrecedence);
  return { lists: ordered, cards, models, rules, aliases };
}

/** The lists that say which ids are one model; an operator's cards refer to those models, or add models of their own. */
function isPublished({ layer }: PriceList): boolean {
  return layer === 'overlay' || layer === 'base';
}

function indexModels(models: Models, list: PriceList): void {
  for (const card of list.cards) {
    if (card.model === '*') continue;
    const ids = getOrAdd(models, card.provider, () => new Map<string, string>());
    for (const id of [card.model, ...(card.ids ?? [])]) if (!ids.has(id)) ids.set(id, card.model);
  }
}

/** An operator's card for `gpt-4o-2024-08-06` joins the cards of `gpt-4o`, for that id alone. */
function underCanonicalModel(models: Models, card: RateCard): RateCard {
  if (card.model === '*') return card;
  const ids = getOrAdd(models, card.provider, () => new Map<string, string>());
  for (const id of parseModelId(card.provider, card.model).spellings) {
    const canonical = ids.get(id);
    if (canonical === undefined) continue;
    return canonical === card.model ? card : { ...card, model: canonical, onlyIds: [card.model, id] };
  }
  for (const id of [card.model, ...(card.ids ?? [])]) ids.set(id, card.model);
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

function getOrAdd<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = create();
    map.set(key, value);
  }
  return value;
}
