import { fromGenaiPrices, type GenaiProvider } from '../genai-prices.ts';
import { fromLiteLlm, type LiteLlmModel } from '../litellm-prices.ts';
import type { PriceList } from '../rate-card.ts';
import { priceListSchema } from './price-list-schema.ts';

export type ImportedPriceList = { readonly ok: true; readonly list: PriceList } | { readonly ok: false; readonly problem: string };

/**
 * A price list as somebody publishes it: our own JSON, genai-prices' `data.json` (an array of providers) or LiteLLM's price map
 * (an object of models). `version` and `asOf` name what does not name itself. Nothing is downloaded: the caller has the text.
 */
export function importPriceList(text: string, { version, asOf }: { readonly version: string; readonly asOf: string }): ImportedPriceList {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { ok: false, problem: `not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  if (Array.isArray(value)) return importGenaiPrices(value, { version, asOf });
  if (typeof value !== 'object' || value === null)
    return { ok: false, problem: 'expected a price list, genai-prices data or a LiteLLM price map' };
  if ('cards' in value) return importOwn(value);
  const models = Object.entries(value).filter(
    (entry): entry is [string, LiteLlmModel] => isObject(entry[1]) && 'litellm_provider' in entry[1],
  );
  if (models.length === 0) return { ok: false, problem: 'no model of a LiteLLM price map in it' };
  return { ok: true, list: fromLiteLlm(models, { version, asOf }) };
}

function importOwn(value: object): ImportedPriceList {
  const parsed = priceListSchema.safeParse(value);
  // The value itself: a parsed copy has its keys in another order, and every card would look changed.
  if (parsed.success) return { ok: true, list: value as PriceList };
  const problems = parsed.error.issues.slice(0, 5).map(({ path, message }) => `${path.join('.')}: ${message}`);
  return { ok: false, problem: problems.join('; ') };
}

function importGenaiPrices(value: readonly unknown[], facts: { readonly version: string; readonly asOf: string }): ImportedPriceList {
  const isProvider = (entry: unknown): entry is GenaiProvider =>
    isObject(entry) && typeof entry['id'] === 'string' && Array.isArray(entry['models']);
  if (value.length === 0 || !value.every(isProvider))
    return { ok: false, problem: 'not the providers of genai-prices: each has an `id` and `models`' };
  return { ok: true, list: fromGenaiPrices(value, facts) };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
