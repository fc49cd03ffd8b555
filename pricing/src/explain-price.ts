import type { Charge, PriceRequest, PriceResult } from '@tokenledger/model';
import { inputSize } from './charge-usage.ts';
import type { RateCard, RateRule } from './rate-card.ts';
import type { MeterRate, RateTable } from './rate-table.ts';
import type { Segment } from './segment.ts';

export interface PriceExplanation {
  readonly result: PriceResult;
  /** What the strings of the request were taken to mean; absent when they mean nothing known. */
  readonly resolved?: {
    readonly provider: string;
    readonly model: string;
    /** The provider whose price list is used, where it is another's. */
    readonly pricedAs: string;
    readonly serviceTier: string;
    readonly region?: string | undefined;
    /** The name of an operator's map or a moving alias, where one was used. */
    readonly alias?: string | undefined;
  };
  /** Between these the same prices hold, as RFC 3339 times; absent: without a bound. */
  readonly validFrom?: string | undefined;
  readonly validTo?: string | undefined;
  /** What context tiers compared with their boundaries. */
  readonly inputTokens: number;
  readonly lines: readonly ExplainedCharge[];
}

export interface ExplainedCharge extends Charge {
  readonly card: RateCard;
  readonly rules: readonly RateRule[];
  /** What the price takes for granted, if it does. */
  readonly assumes?: string | undefined;
  /** True when a minimum was billed instead of the quantity that was used. */
  readonly minimumApplied: boolean;
}

export function explainPrice(segment: Segment | undefined, request: PriceRequest, result: PriceResult): PriceExplanation {
  const inputTokens = inputSize(request.usage);
  if (!segment?.outcome.table) return { result, inputTokens, lines: [] };
  const { table, resolution } = segment.outcome;
  const { conditions, route, alias } = resolution;
  return {
    result,
    resolved: {
      provider: conditions.provider,
      model: conditions.model,
      pricedAs: route,
      serviceTier: conditions.serviceTier,
      region: conditions.region,
      alias: alias?.name,
    },
    validFrom: timeText(segment.dates.from),
    validTo: timeText(segment.dates.to),
    inputTokens,
    lines: result.charges.flatMap((charge) => {
      const rate = rateOf(table, charge);
      if (!rate) return [];
      const minimumApplied = rate.minimum !== undefined && charge.quantity !== (request.usage[charge.meter] ?? charge.quantity);
      return [{ ...charge, card: rate.card, rules: rate.rules, assumes: rate.assumes, minimumApplied }];
    }),
  };
}

function rateOf(table: RateTable, { meter, priceId, unitPriceUsd }: Charge): MeterRate | undefined {
  return [table.rates, ...table.cliffs.map(({ rates }) => rates), ...table.margins.map(({ rates }) => rates)]
    .map((rates) => rates[meter])
    .find((rate) => rate?.priceId === priceId && rate.unitPriceUsd === unitPriceUsd);
}

function timeText(at: number): string | undefined {
  return Number.isFinite(at) ? new Date(at).toISOString() : undefined;
}
