import type { PriceRequest, PriceResult } from '@tokenledger/model';
import { toDisjointUsage, INCLUSIVE_FIELDS } from '@tokenledger/model/usage';
import { builtInPriceLists } from './built-in-lists.ts';
import { chargeUsage, usageProblem } from './charge-usage.ts';
import { explainPrice, type PriceExplanation } from './explain-price.ts';
import { listCards, type CardFilter, type ListedCard } from './list-cards.ts';
import { nearestModels } from './nearest-models.ts';
import { indexPriceLists } from './price-index.ts';
import { canonicalProvider } from './provider.ts';
import type { Layer, PriceList } from './rate-card.ts';
import { createSegmentCache } from './segment-cache.ts';

export interface PriceBookOptions {
  /** The operator's own lists: contracts, custom models, maps. */
  readonly lists?: readonly PriceList[] | undefined;
  /** Default: the lists Tokenledger ships. */
  readonly builtIn?: readonly PriceList[] | undefined;
  /** Epoch milliseconds: prices as they were known then. Default: everything known. */
  readonly knownOn?: number | undefined;
}

export interface PriceBook {
  /** Names the data: two books with the same version give the same prices. */
  readonly version: string;
  /** What it was made of, highest layer first. `asOf` is what price-book age is measured from. */
  readonly lists: readonly {
    readonly layer: Layer;
    readonly name: string;
    readonly version: string;
    readonly asOf: string;
    readonly cards: number;
  }[];
  /** Never throws on data: what cannot be priced is `unpriced` with a reason, and with the charges that could be priced. */
  price(request: PriceRequest): PriceResult;
  /** The same for usage as providers state it, where totals contain their parts (`InclusiveUsage`). Contradictions are `unpriced`. */
  priceInclusive(request: InclusivePriceRequest): PriceResult;
  /** The result with everything it came from: what the names were taken to mean, cards, rules, sources, dates. */
  explain(request: PriceRequest): PriceExplanation;
  /** Cards that match, in order of provider, model and precedence. */
  cards(filter?: CardFilter): readonly ListedCard[];
  /** Known models that resemble a name: a hint for people. */
  candidates(provider: string, model: string): readonly string[];
  /** The same book without what became known later. */
  asKnownOn(knownOn: number): PriceBook;
}

export type InclusivePriceRequest = Omit<PriceRequest, 'usage'> & { readonly usage: Readonly<Record<string, number | undefined>> };

export function createPriceBook(options: PriceBookOptions = {}): PriceBook {
  const lists = [...(options.builtIn ?? builtInPriceLists()), ...(options.lists ?? [])];
  const index = indexPriceLists(lists, options.knownOn);
  const segments = createSegmentCache(index);

  function price(request: PriceRequest): PriceResult {
    const problem = requestProblem(request) ?? usageProblem(request.usage);
    if (problem) return unpriced(problem);
    const { outcome } = segments.find(request);
    if (!outcome.table) return unpriced(outcome.reason);
    const { charges, cost, missing, isContract, assumes } = chargeUsage(request.usage, outcome.table);
    if (missing.length > 0) return { status: 'unpriced', cost: null, charges, reason: outcome.missing(missing) };
    const status = assumes ? 'estimated' : isContract ? 'contract' : outcome.resolution.how;
    return { status, cost, charges };
  }

  return {
    version: versionOf(index.lists, options.knownOn),
    lists: index.lists.map(({ layer, name, version, asOf, cards }) => ({ layer, name, version, asOf, cards: cards.length })),
    price,
    priceInclusive({ usage: inclusive, ...request }) {
      const problem = inclusiveProblem(inclusive);
      if (problem) return unpriced(problem);
      const { usage, contradictions } = toDisjointUsage(inclusive);
      const result = price({ ...request, usage });
      if (contradictions.length === 0) return result;
      return { status: 'unpriced', cost: null, charges: result.charges, reason: `contradictory usage: ${contradictions.join('; ')}` };
    },
    explain: (request) => explainPrice(requestProblem(request) === undefined ? segments.find(request) : undefined, request, price(request)),
    cards: (filter = {}) => listCards(index, filter),
    candidates(provider, model) {
      return nearestModels(index, [canonicalProvider(provider)], model.trim().toLowerCase());
    },
    asKnownOn: (knownOn) => createPriceBook({ ...options, knownOn }),
  };
}

function unpriced(reason: string): PriceResult {
  return { status: 'unpriced', cost: null, charges: [], reason };
}

function requestProblem({ provider, model, at }: PriceRequest): string | undefined {
  if (typeof provider !== 'string' || isBlank(provider)) return 'the provider is unknown';
  if (typeof model !== 'string' || isBlank(model)) return 'the model is unknown';
  if (!Number.isFinite(at)) return 'the time of the call is unknown';
  return undefined;
}

/** Nearly every name begins with a letter: it is not trimmed to find that out. */
function isBlank(name: string): boolean {
  const first = name.charCodeAt(0);
  return !(first > SPACE && first < DELETE) && name.trim() === '';
}

const SPACE = 0x20;
const DELETE = 0x7f;

/** What cannot be split into meters: unknown fields, and totals that are no quantity. */
function inclusiveProblem(usage: InclusivePriceRequest['usage']): string | undefined {
  const known: readonly string[] = INCLUSIVE_FIELDS;
  const unknown = Object.keys(usage).find((field) => !known.includes(field));
  if (unknown !== undefined) return `${unknown} is no field of usage`;
  const bad = Object.entries(usage).find(([, quantity]) => quantity !== undefined && !(Number.isFinite(quantity) && quantity >= 0));
  return bad && `${bad[0]} is ${bad[1]}, not a quantity`;
}

function versionOf(lists: readonly PriceList[], knownOn: number | undefined): string {
  const names = lists.map(({ name, version }) => `${name}@${version}`).join('+');
  return knownOn === undefined ? names : `${names} as known on ${new Date(knownOn).toISOString()}`;
}
