import type { PriceRequest, PriceResult } from '@tokenledger/model';
import { chargeUsage, usageProblem } from './charge-usage.ts';
import { compileSegment, type Segment } from './segment.ts';
import { contains, minuteOfWeek } from './effective.ts';
import { indexPriceLists } from './price-index.ts';
import { builtInPriceLists } from './built-in-lists.ts';
import type { PriceList } from './rate-card.ts';

export interface PriceBookOptions {
  /** The operator's own lists: contracts, custom models, maps. */
  readonly lists?: readonly PriceList[] | undefined;
  /** Default: the lists Tokenledger ships. */
  readonly builtIn?: readonly PriceList[] | undefined;
  /** Epoch milliseconds: prices as they were known then. Default: everything. */
  readonly knownOn?: number | undefined;
}

export interface PriceBook {
  /** Names the data: two books with the same version give the same prices. */
  readonly version: string;
  price(request: PriceRequest): PriceResult;
}

/** Conditions seen before keep their compiled rates; far more than a deployment has, few enough to bound memory. */
const MAX_ROUTES = 10_000;

export function createPriceBook(options: PriceBookOptions = {}): PriceBook {
  const lists = [...(options.builtIn ?? builtInPriceLists()), ...(options.lists ?? [])];
  const index = indexPriceLists(lists, options.knownOn);
  const routes = new Map<string, Segment[]>();

  function segmentOf(request: PriceRequest): Segment {
    const key = `${request.provider}\n${request.model}\n${request.serviceTier ?? ''}\n${request.region ?? ''}\n${request.account ?? ''}`;
    let segments = routes.get(key);
    if (!segments) {
      if (routes.size >= MAX_ROUTES) routes.clear();
      segments = [];
      routes.set(key, segments);
    }
    for (const segment of segments) {
      if (contains(segment.dates, request.at) && (!segment.minutes || contains(segment.minutes, minuteOfWeek(request.at)))) return segment;
    }
    const segment = compileSegment(index, request);
    segments.unshift(segment);
    return segment;
  }

  return {
    version: index.lists.map(({ name, version }) => `${name}@${version}`).join('+'),
    price(request) {
      const problem = requestProblem(request) ?? usageProblem(request.usage);
      if (problem) return unpriced(problem);
      const { outcome } = segmentOf(request);
      if (!outcome.table) return unpriced(outcome.reason);
      const { charges, cost, missing, isContract, assumes } = chargeUsage(request.usage, outcome.table);
      if (missing.length > 0) return { status: 'unpriced', cost: null, charges, reason: outcome.missing(missing) };
      const status = assumes ? 'estimated' : isContract ? 'contract' : outcome.resolution.how;
      return { status, cost, charges };
    },
  };
}

function unpriced(reason: string): PriceResult {
  return { status: 'unpriced', cost: null, charges: [], reason };
}

function requestProblem({ provider, model, at }: PriceRequest): string | undefined {
  if (typeof provider !== 'string' || provider === '') return 'the provider is unknown';
  if (typeof model !== 'string' || model === '') return 'the model is unknown';
  if (!Number.isFinite(at)) return 'the time of the call is unknown';
  return undefined;
}
