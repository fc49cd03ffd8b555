import type { Meter } from './meter.ts';
import type { PicoUsd } from './money.ts';
import type { Usage } from './usage.ts';

/** How a cost came to be. `unpriced` always has a reason and no cost; it is never a cost of 0. */
export const PRICE_STATUSES = ['contract', 'exact', 'alias', 'provider_reported', 'estimated', 'unpriced'] as const;
export type PriceStatus = (typeof PRICE_STATUSES)[number];

export interface PriceRequest {
  readonly provider: string;
  readonly model: string;
  /** The call's event time, epoch milliseconds: it chooses the price in force. */
  readonly at: number;
  readonly serviceTier?: string | undefined;
  readonly region?: string | undefined;
  /** The provider account, project or subscription that is billed: contracts may name it. */
  readonly account?: string | undefined;
  readonly usage: Usage;
}

/** One line of a bill: meter × quantity × unit price = amount. */
export interface Charge {
  readonly meter: Meter;
  readonly quantity: number;
  /** USD per one unit of the meter, an exact decimal string (may have more than 12 fraction digits). */
  readonly unitPriceUsd: string;
  readonly amount: PicoUsd;
  /** Names the rate card entry the price came from. */
  readonly priceId: string;
  /** The layer and its version, such as `genai-prices@0.1.8` or `overlay`. */
  readonly source: string;
}

export type PriceResult =
  | {
      readonly status: Exclude<PriceStatus, 'unpriced'>;
      readonly cost: PicoUsd;
      readonly charges: readonly Charge[];
      readonly reason?: undefined;
    }
  | { readonly status: 'unpriced'; readonly cost: null; readonly charges: readonly Charge[]; readonly reason: string };
