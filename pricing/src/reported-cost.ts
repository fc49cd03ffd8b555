import { formatUsd, type PicoUsd } from '@tokenledger/model/money';
import type { PriceResult } from '@tokenledger/model';

/** How far what a provider says a call cost is from our price. */
export interface CostDivergence {
  /** Reported less ours. */
  readonly difference: PicoUsd;
  /** |difference| per reported dollar, in parts per million, rounded down; `undefined` when nothing was reported to cost. */
  readonly partsPerMillion: bigint | undefined;
}

/** `undefined` when either is unknown: there is nothing to compare. */
export function costDivergence(ours: PicoUsd | null, reported: PicoUsd | undefined): CostDivergence | undefined {
  if (ours === null || reported === undefined) return undefined;
  const difference = reported - ours;
  const magnitude = difference < 0n ? -difference : difference;
  return { difference, partsPerMillion: reported > 0n ? (magnitude * 1_000_000n) / reported : undefined };
}

/**
 * Where we have no price and the provider says what the call cost, that is its cost, as one line. Our own price is never replaced:
 * what the provider says is kept beside it.
 */
export function orReportedCost(result: PriceResult, reported: PicoUsd | undefined): PriceResult {
  if (result.status !== 'unpriced' || reported === undefined || reported < 0n) return result;
  const line = {
    meter: 'requests',
    quantity: 1,
    unitPriceUsd: formatUsd(reported),
    amount: reported,
    priceId: 'provider-reported',
    source: 'provider',
  } as const;
  return { status: 'provider_reported', cost: reported, charges: [line] };
}
