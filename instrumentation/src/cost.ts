import type { Attributes } from '@opentelemetry/api';
import { TOKENLEDGER_ATTRIBUTES } from '@tokenledger/model/semconv';
import { toDisjointUsage } from '@tokenledger/model/usage';
import type { PriceBook } from '@tokenledger/pricing';
import { report } from './guard.ts';
import { text } from './json.ts';
import type { ObservedCall } from './observed-call.ts';

let book: PriceBook | undefined;
let loading: Promise<void> | undefined;

/** Loads the price book on the first model call, so that an app that makes none pays nothing for it. */
export function loadPriceBook(): Promise<void> {
  loading ??= import('@tokenledger/pricing').then(
    ({ createPriceBook }) => {
      book = createPriceBook();
    },
    (error: unknown) => report(error),
  );
  return loading;
}

/** The attribute is a float by its convention; up to 9,000 dollars a call this is the float next to the exact amount. */
const PICO_USD_PER_USD = 1e12;
const TIERS = ['openai.response.service_tier', 'anthropic.response.service_tier', 'gen_ai.response.service_tier'];

/**
 * Cost as OpenTelemetry proposes it (semantic-conventions-genai#443): what the provider reported, else what the price book says.
 * An unknown price is said as such and has no cost; it is never 0.
 */
export function addCost(attributes: Attributes, call: ObservedCall): void {
  if (call.reportedCostUsd !== undefined) return setCost(attributes, call.reportedCostUsd, 'provider', 'provider_reported');
  const model = call.responseModel ?? call.requestModel;
  if (!book || !model || Object.keys(call.usage).length === 0) return;
  const { usage } = toDisjointUsage(call.usage);
  const tierName = TIERS.find((name) => call.attributes[name] !== undefined);
  const serviceTier = tierName && text(call.attributes[tierName]);
  const region = text(call.attributes['cloud.region']);
  const result = book.price({ provider: call.provider, model, at: call.startMs, serviceTier, region, usage });
  attributes[TOKENLEDGER_ATTRIBUTES.priceVersion] = book.version;
  if (result.cost === null) attributes[TOKENLEDGER_ATTRIBUTES.priceStatus] = result.status;
  else setCost(attributes, Number(result.cost) / PICO_USD_PER_USD, 'local', result.status);
}

function setCost(attributes: Attributes, usd: number, source: 'provider' | 'local', status: string): void {
  attributes['gen_ai.usage.cost.amount'] = usd;
  attributes['gen_ai.usage.cost.currency'] = 'USD';
  attributes['gen_ai.usage.cost.source'] = source;
  attributes[TOKENLEDGER_ATTRIBUTES.priceStatus] = status;
}
