import type { Meter } from '@tokenledger/model/meter';
import { canonicalProvider } from './provider.ts';
import type { ContextTier, PriceList, RateCard, Rates, Window } from './rate-card.ts';

/** The shape of genai-prices' data, as its npm package and its `data.json` have it. */
export interface GenaiProvider {
  readonly id: string;
  readonly pricing_urls?: readonly string[];
  readonly models: readonly GenaiModel[];
}

interface GenaiModel {
  readonly id: string;
  readonly match: GenaiMatch;
  readonly price_comments?: string;
  readonly prices: GenaiPrices | readonly { readonly constraint?: GenaiConstraint; readonly prices: GenaiPrices }[];
}

type GenaiMatch = Readonly<Record<string, string | readonly GenaiMatch[]>>;
type GenaiConstraint = { readonly start_date: string } | { readonly start_time: string; readonly end_time: string };
type GenaiPrices = Readonly<Record<string, number | GenaiTiers | undefined>>;
interface GenaiTiers {
  readonly base: number;
  readonly tiers: readonly { readonly start: number; readonly price: number }[];
}

/** Price keys that have a meter; the others (annotated pages, citations, text messages) are counted by nothing we know. */
const PRICE_KEYS: ReadonlyMap<string, { readonly meter: Meter; readonly per: string }> = new Map(
  Object.entries({
    input_mtok: { meter: 'input_uncached', per: 'M' },
    cache_read_mtok: { meter: 'cache_read', per: 'M' },
    cache_write_mtok: { meter: 'cache_write', per: 'M' },
    cache_write_1h_mtok: { meter: 'cache_write_1h', per: 'M' },
    output_mtok: { meter: 'output_text', per: 'M' },
    output_reasoning_mtok: { meter: 'reasoning', per: 'M' },
    input_audio_mtok: { meter: 'audio_input', per: 'M' },
    cache_audio_read_mtok: { meter: 'audio_cache_read', per: 'M' },
    output_audio_mtok: { meter: 'audio_output', per: 'M' },
    input_image_mtok: { meter: 'image_input', per: 'M' },
    cache_image_read_mtok: { meter: 'image_cache_read', per: 'M' },
    output_image_mtok: { meter: 'image_output', per: 'M' },
    input_video_mtok: { meter: 'video_input', per: 'M' },
    output_video_mtok: { meter: 'video_output', per: 'M' },
    audio_hours: { meter: 'audio_seconds', per: 'h' },
    input_audio_hours: { meter: 'audio_seconds', per: 'h' },
    input_mchars: { meter: 'characters', per: 'M' },
    input_document_kpages: { meter: 'pages', per: 'k' },
    requests_kcount: { meter: 'requests', per: 'k' },
    rerank_searches_kcount: { meter: 'search_units', per: 'k' },
    web_searches_kcount: { meter: 'web_searches', per: 'k' },
    storage_searches_kcount: { meter: 'file_searches', per: 'k' },
  }),
);

/** An empty price there means either "free" or "we do not know"; these are the free ones. */
const FREE = /:free$|^google\/gemma-|^copilot\/|^openai\/moderation$|-exp(-\d{2}-\d{2})?$/;

/** Open weights that the company publishes but does not sell by the token: a call to them goes to somebody else's server. */
const NOT_SOLD = /^openai\/gpt-oss-/;

/** Ids that are no fixed model: a prefix of others with other prices, or a name that moves from model to model. */
const NOT_AN_ID = new Set(['amazon.titan-embed-text', 'gemini-flash-latest', 'gemini-flash-lite-latest', 'gemini-pro-latest']);

/**
 * genai-prices → rate cards. Its loose matching (`starts_with`, `contains`) becomes plain ids, so that a neighbour is never priced;
 * numbers become the shortest decimal text that means them.
 */
export function fromGenaiPrices(providers: readonly GenaiProvider[], { version, asOf }: { version: string; asOf: string }): PriceList {
  const cards: RateCard[] = [];
  const sources: Record<string, string> = {};
  for (const provider of providers) {
    const name = canonicalProvider(provider.id);
    const url = provider.pricing_urls?.[0];
    if (url) sources[name] = url;
    for (const model of provider.models) cards.push(...modelCards(name, model));
  }
  return { layer: 'base', name: 'genai-prices', version, asOf, cards, sources };
}

function modelCards(provider: string, model: GenaiModel): RateCard[] {
  const name = model.id.toLowerCase();
  const id = `${provider}/${name}`;
  if (NOT_SOLD.test(id)) return [];
  const ids = [...new Set(matchedIds(model.match).map((text) => text.toLowerCase()))].filter(
    (text) => text !== name && !NOT_AN_ID.has(text),
  );
  const common = {
    provider,
    model: name,
    ...(ids.length > 0 && { ids }),
    ...(/OpenRouter (pricing|before)/.test(model.price_comments ?? '') && {
      assumes: "the price OpenRouter shows; the provider's own is not published",
    }),
  };
  const conditional = Array.isArray(model.prices) ? model.prices : [{ prices: model.prices }];
  const start = conditional.findLast(({ constraint }) => constraint && 'start_date' in constraint)?.constraint?.start_date;
  return conditional.flatMap(({ constraint, prices }): RateCard[] => {
    const { rates, contextTiers } = convertPrices(prices, provider, name);
    const isFree = Object.keys(prices).length === 0 && FREE.test(id);
    if (Object.keys(rates).length === 0 && !isFree) return [];
    const window = constraint && 'start_time' in constraint ? toWindow(constraint) : undefined;
    const validFrom = constraint && 'start_date' in constraint ? constraint.start_date : window && start;
    return [
      {
        id: window ? `${id}#${window.from}` : id,
        ...common,
        ...(validFrom && { validFrom }),
        ...(window && { window }),
        rates,
        ...(contextTiers.length > 0 && { contextTiers }),
        ...(isFree && { free: true }),
      },
    ];
  });
}

function convertPrices(prices: GenaiPrices, provider: string, model: string): { rates: Rates; contextTiers: ContextTier[] } {
  const rates: Partial<Record<Meter, string>> = {};
  const tiers = new Map<number, Partial<Record<Meter, string>>>();
  // Claude's plain write price is the five-minute one; elsewhere a write has no time to live to choose.
  const isClaude = model.includes('claude') && provider !== 'openrouter';
  for (const [key, price] of Object.entries(prices)) {
    const known = PRICE_KEYS.get(key);
    if (!known || price === undefined) continue;
    const meter = known.meter === 'cache_write' && isClaude ? 'cache_write_5m' : known.meter;
    rates[meter] = rateText(typeof price === 'number' ? price : price.base, known.per);
    for (const tier of typeof price === 'number' ? [] : price.tiers) {
      tiers.set(tier.start, { ...tiers.get(tier.start), [meter]: rateText(tier.price, known.per) });
    }
  }
  return {
    rates,
    contextTiers: [...tiers].sort(([a], [b]) => a - b).map(([start, tierRates]) => ({ ...boundary(start), rates: tierRates })),
  };
}

/** Upstream's tiers begin above `start`; it writes an inclusive 272,000 as 271,999. */
function boundary(start: number): Pick<ContextTier, 'above' | 'from'> {
  return start % 1_000 === 999 ? { from: start + 1 } : { above: start };
}

function rateText(price: number, per: string): string {
  return price === 0 ? '0' : `${decimalText(price)}/${per}`;
}

/** The shortest decimal that means the number, without an exponent: 2.5e-7 → `0.00000025`. */
export function decimalText(value: number): string {
  const [, whole = '', fraction = '', exponent = '0'] = /^(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ?? [];
  const point = whole.length + Number(exponent);
  const digits = whole + fraction;
  const padded = point > 0 ? digits.padEnd(point, '0') : digits.padStart(digits.length - point + 1, '0');
  const at = Math.max(point, 1);
  return padded.length > at ? `${padded.slice(0, at)}.${padded.slice(at)}` : padded;
}

function matchedIds(match: GenaiMatch): string[] {
  return Object.entries(match).flatMap(([operator, operand]) => {
    if (typeof operand !== 'string') return operand.flatMap(matchedIds);
    if (operator === 'equals') return [operand];
    if (operator === 'regex') return [];
    // A prefix may end at a separator or in the middle of a date: `claude-sonnet-4-2025`, `ft:gpt-4o-2024-`.
    return [operand.replace(/-20\d\d-?$/, '').replace(/[-@.:]$/, '')];
  });
}

function toWindow({ start_time: from, end_time: to }: { readonly start_time: string; readonly end_time: string }): Window {
  return { from: from.slice(0, 5), to: to.slice(0, 5) };
}
