import { type Call, parseUsd, type PriceRequest, type PriceResult } from '@tokenledger/model';
import { hasUsage, type Observation } from '../understand/observation.ts';
import { family, total } from '../understand/resolve/same-call.ts';
import { isSame } from './same.ts';

export interface Pricing {
  price(request: PriceRequest): PriceResult;
  /** Where prices can be replaced: those of now, which stay as they are. */
  readonly current?: Pricing;
}

/** What a price depends on: of a span that is accounted for, or of a call that was. */
export type Priceable = Pick<
  Observation,
  | 'provider'
  | 'operation'
  | 'requestModel'
  | 'responseModel'
  | 'timeMs'
  | 'serviceTier'
  | 'region'
  | 'usage'
  | 'estimated'
  | 'scope'
  | 'reportedCostUsd'
  | 'reportedCostBy'
>;

export type Priced = Pick<Call, 'charges' | 'cost' | 'priceStatus' | 'unpricedReason'>;

/**
 * What is not billed costs exactly nothing; what is billed and cannot be priced costs an unknown amount. A call that was priced before and
 * whose facts are the same keeps its price: prices change by re-pricing, not because a neighbour came late.
 */
export function priceOf(
  { observation, billable }: { readonly observation: Priceable; readonly billable: boolean },
  posted: Call | undefined,
  priceBook: Pricing,
): Priced {
  if (!billable) return FREE;
  if (posted?.billable && isPricedAlike(posted, observation)) {
    const { charges, cost, priceStatus, unpricedReason } = posted;
    return { charges, cost, priceStatus, unpricedReason };
  }
  const known = hasUsage(observation) ? priceUsage(observation, priceBook) : NO_USAGE;
  return known.cost === null ? (reported(observation) ?? known) : known;
}

const FREE: Priced = { charges: [], cost: 0n, priceStatus: 'exact', unpricedReason: undefined };
const NO_USAGE: Priced = { charges: [], cost: null, priceStatus: 'unpriced', unpricedReason: 'no_usage' };

function priceUsage(observation: Priceable, priceBook: Pricing): Priced {
  const { provider, timeMs: at, serviceTier, region, usage } = observation;
  const estimated = observation.estimated || tellsOneSide(observation);
  const result = priceBook.price({ provider, model: pricedModel(observation), at, serviceTier, region, usage });
  const { charges, cost, status, reason } = result;
  return { charges, cost, priceStatus: estimated && status !== 'unpriced' ? 'estimated' : status, unpricedReason: reason };
}

/** What a request or an answer of unknown length costs beside it nobody knows: the price of what is told is the least it was. */
const tellsOneSide = ({ operation, usage }: Priceable): boolean =>
  (usage.input_uncached === undefined || usage.output_text === undefined) &&
  family({ operation }) === 'chat' &&
  (total(usage, 'input') === undefined || total(usage, 'output') === undefined);

export const pricedModel = ({ responseModel, requestModel }: Pick<Observation, 'responseModel' | 'requestModel'>): string =>
  responseModel ?? requestModel ?? '';

function isPricedAlike(posted: Call, observation: Priceable): boolean {
  return (
    posted.provider === observation.provider &&
    posted.model === pricedModel(observation) &&
    posted.serviceTier === observation.serviceTier &&
    posted.region === observation.region &&
    posted.estimated === observation.estimated &&
    posted.reportedCost === toPicoUsd(observation.reportedCostUsd) &&
    isSame(posted.usage, observation.usage)
  );
}

export const toPicoUsd = (usd: string | undefined): bigint | undefined => (usd === undefined ? undefined : parseUsd(usd));

/** Without a price of ours the emitter's own figure is better than none, and is marked as theirs. */
function reported({ reportedCostUsd, reportedCostBy, scope }: Priceable): Priced | undefined {
  const amount = toPicoUsd(reportedCostUsd);
  if (amount === undefined || reportedCostUsd === undefined) return undefined;
  const source = reportedCostBy === 'provider' ? 'reported by the provider' : `computed by ${scope?.name || 'the emitter'}`;
  return {
    charges: [{ meter: 'requests', quantity: 1, unitPriceUsd: reportedCostUsd, amount, priceId: 'reported', source }],
    cost: amount,
    priceStatus: reportedCostBy === 'provider' ? 'provider_reported' : 'estimated',
    unpricedReason: undefined,
  };
}
