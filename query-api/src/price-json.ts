import type { ListedCard, PriceBook } from '@tokenledger/pricing';
import { z } from 'zod';

const rates = z.record(z.string(), z.string());
const text = z.string().optional();

export const cardSchema = z.object({
  id: z.string(),
  provider: z.string(),
  model: z.string(),
  layer: z.string().describe('contract, operator, overlay or base: the first one that has a rate counts'),
  list: z.string().describe('the list it is in, with its version'),
  rates: rates.describe('USD per unit, such as 1.25/M'),
  context_tiers: z.array(z.object({ above: z.int().optional(), from: z.int().optional(), mode: z.string(), rates })).optional(),
  service_tier: text,
  regions: z.array(z.string()).optional(),
  window: z.object({ from: z.string(), to: z.string(), days: z.array(z.int()).optional() }).optional(),
  free: z.boolean().optional(),
  assumes: text.describe('what it takes for granted: costs by it are estimated'),
  valid_from: text,
  valid_to: text,
  known_from: text,
  url: text.describe('where it was read'),
});

export function toCardJson(card: ListedCard): z.output<typeof cardSchema> {
  const { id, provider, model, layer, list, rates: said, regions, window, free, assumes, url } = card;
  return {
    id,
    provider,
    model,
    layer,
    list,
    rates: { ...said },
    ...(card.contextTiers && {
      context_tiers: card.contextTiers.map(({ above, from, mode = 'cliff', rates: ofTier }) => ({
        above,
        from,
        mode,
        rates: { ...ofTier },
      })),
    }),
    service_tier: card.serviceTier,
    regions: regions && [...regions],
    window: window && { from: window.from, to: window.to, ...(window.days && { days: [...window.days] }) },
    free,
    assumes,
    valid_from: card.validFrom,
    valid_to: card.validTo,
    known_from: card.knownFrom,
    url,
  };
}

const DAY_MS = 86_400_000;

export const priceListsSchema = z
  .array(
    z.object({
      layer: z.string(),
      name: z.string(),
      version: z.string(),
      as_of: z.string().describe('the date of its newest knowledge'),
      age_days: z.int(),
      cards: z.int(),
    }),
  )
  .describe('what the price book is made of, highest layer first');

export function toListsJson({ lists }: PriceBook, nowMs = Date.now()): z.output<typeof priceListsSchema> {
  return lists.map(({ asOf, ...list }) => ({
    ...list,
    as_of: asOf,
    age_days: Math.max(0, Math.floor((nowMs - Date.parse(asOf)) / DAY_MS)),
  }));
}
