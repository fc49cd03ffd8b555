import type { Meter } from '@tokenledger/model/meter';
import { decimalText } from './genai-prices.ts';
import { canonicalProvider } from './provider.ts';
import type { ContextTier, PriceList, RateCard } from './rate-card.ts';

/** One entry of LiteLLM's `model_prices_and_context_window.json`: prices per unit as JSON numbers. */
export type LiteLlmModel = Readonly<Record<string, unknown>> & { readonly litellm_provider: string };

/** Price keys that have a meter, and what one of it is. */
const PRICE_KEYS: ReadonlyMap<string, Meter> = new Map(
  Object.entries({
    input_cost_per_token: 'input_uncached',
    cache_read_input_token_cost: 'cache_read',
    cache_creation_input_token_cost: 'cache_write_5m',
    cache_creation_input_token_cost_above_1hr: 'cache_write_1h',
    output_cost_per_token: 'output_text',
    output_cost_per_reasoning_token: 'reasoning',
    input_cost_per_audio_token: 'audio_input',
    cache_read_input_audio_token_cost: 'audio_cache_read',
    output_cost_per_audio_token: 'audio_output',
    input_cost_per_image_token: 'image_input',
    output_cost_per_image_token: 'image_output',
    output_cost_per_video_token: 'video_output',
    input_cost_per_second: 'audio_seconds',
    input_cost_per_character: 'characters',
    input_cost_per_query: 'search_units',
    ocr_cost_per_page: 'pages',
    input_cost_per_request: 'requests',
  }),
);
const IMAGE_KEYS: ReadonlyMap<string, Meter> = new Map(
  Object.entries({
    input_cost_per_image: 'images',
    output_cost_per_image: 'images',
    output_cost_per_video_per_second: 'video_seconds',
  }),
);

/** Suffixes of price keys that are service tiers. */
const TIERS: Readonly<Record<string, string>> = { _flex: 'flex', _priority: 'priority', _batches: 'batch' };

/** LiteLLM → rate cards: prices, context tiers and service tiers. Zero prices are dropped: there they mean both free and unknown. */
export function fromLiteLlm(
  models: readonly (readonly [string, LiteLlmModel])[],
  { version, asOf }: { version: string; asOf: string },
): PriceList {
  const cards = new Map<string, RateCard>();
  for (const [key, model] of models) {
    for (const card of modelCards(key, model)) if (!cards.has(card.id)) cards.set(card.id, card);
  }
  return { layer: 'base', name: 'litellm', version, asOf, cards: [...cards.values()] };
}

function modelCards(key: string, model: LiteLlmModel): RateCard[] {
  const [vendor = ''] = model.litellm_provider.split('-');
  const provider = canonicalProvider(vendor);
  const prefix = `${vendor}/`;
  const name = (key.startsWith(prefix) ? key.slice(prefix.length) : key).toLowerCase();
  const keys =
    model['mode'] === 'image_generation' || model['mode'] === 'video_generation' ? new Map([...PRICE_KEYS, ...IMAGE_KEYS]) : PRICE_KEYS;
  return ['', ...Object.keys(TIERS)].flatMap((suffix): RateCard[] => {
    const { rates, contextTiers } = pricesWith(suffix, model, keys);
    if (Object.keys(rates).length === 0) return [];
    const serviceTier = TIERS[suffix];
    return [
      {
        id: `${provider}/${name}${serviceTier ? `#${serviceTier}` : ''}`,
        provider,
        model: name,
        ...(serviceTier && { serviceTier }),
        rates,
        ...(contextTiers.length > 0 && { contextTiers }),
      },
    ];
  });
}

function pricesWith(
  suffix: string,
  model: LiteLlmModel,
  keys: ReadonlyMap<string, Meter>,
): Pick<RateCard, 'rates'> & { contextTiers: ContextTier[] } {
  const rates: Partial<Record<Meter, string>> = {};
  const tiers = new Map<number, Partial<Record<Meter, string>>>();
  for (const [key, price] of Object.entries(model)) {
    if (typeof price !== 'number' || !(price > 0) || !key.endsWith(suffix)) continue;
    const stem = key.slice(0, key.length - suffix.length);
    const boundary = /^(.+)_above_(\d+)k_tokens$/.exec(stem);
    const meter = keys.get(boundary?.[1] ?? stem);
    if (!meter) continue;
    if (!boundary) rates[meter] = decimalText(price);
    else tiers.set(Number(boundary[2]) * 1_000, { ...tiers.get(Number(boundary[2]) * 1_000), [meter]: decimalText(price) });
  }
  return { rates, contextTiers: [...tiers].sort(([a], [b]) => a - b).map(([above, tierRates]) => ({ above, rates: tierRates })) };
}
