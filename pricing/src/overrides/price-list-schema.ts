import { METERS } from '@tokenledger/model';
import { z } from 'zod';
import { LAYERS, type ModelAlias, type PriceList, type RateCard, type RateRule } from '../rate-card.ts';
import { parseRate } from '../rate.ts';

const id = z.string().min(1).max(300);
const meter = z.enum(METERS as readonly [(typeof METERS)[number], ...(typeof METERS)[number][]]);
const date = z
  .string()
  .refine((text) => /^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(Date.parse(text)), 'expected a date or an RFC 3339 time');
const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected a time of day as HH:MM, in UTC');
const names = z.array(id).min(1);

/** `1.25/M`, `10/k`, `0.36/h`, `0.006/min`, `0.04`. Text, so that no decimal is lost. */
const rateSchema = z.string({ error: 'expected a price as text, such as "1.25/M"' }).refine((text) => parseRate(text) !== undefined, {
  error: 'expected USD, optionally per M (million), k (thousand), h (hour), min (minute) or a number: "1.25/M"',
});
export const ratesSchema = z.partialRecord(meter, rateSchema);

/** Meters a rule is for; `*`: every one. */
export const metersSchema = z.array(z.union([meter, z.literal('*')])).min(1);

const effective = { validFrom: date.optional(), validTo: date.optional(), knownFrom: date.optional(), knownTo: date.optional() };
const source = z.strictObject({ url: z.string(), checkedOn: date, via: z.string().optional() });

const contextTier = z
  .strictObject({
    above: z.number().int().nonnegative().optional(),
    from: z.number().int().positive().optional(),
    mode: z.enum(['cliff', 'marginal']).optional(),
    rates: ratesSchema,
  })
  .refine(
    ({ above, from }) => (above === undefined) !== (from === undefined),
    'expected either `above` (boundary excluded) or `from` (included)',
  );

export const rateCardSchema = z.strictObject({
  id,
  provider: id,
  model: id,
  ids: names.optional(),
  onlyIds: names.optional(),
  serviceTier: id.optional(),
  regions: names.optional(),
  accounts: names.optional(),
  window: z.strictObject({ from: time, to: time, days: z.array(z.number().int().min(0).max(6)).min(1).optional() }).optional(),
  rates: ratesSchema,
  contextTiers: z.array(contextTier).optional(),
  minimums: z.partialRecord(meter, z.number().positive()).optional(),
  free: z.boolean().optional(),
  complete: z.boolean().optional(),
  assumes: z.string().optional(),
  version: z.string().optional(),
  ...effective,
  source: source.optional(),
});

export const rateRuleSchema = z
  .strictObject({
    id,
    kind: z.enum(['service_tier', 'region', 'derived', 'discount']),
    providers: names.optional(),
    models: names.optional(),
    exceptModels: names.optional(),
    meters: metersSchema.optional(),
    serviceTiers: names.optional(),
    regions: names.optional(),
    accounts: names.optional(),
    of: meter.optional(),
    multiply: rateSchema,
    assumes: z.string().optional(),
    ...effective,
    source: source.optional(),
  })
  .refine(({ kind, of }) => (kind === 'derived') === (of !== undefined), 'a derived rule, and only that, says `of` which meter')
  .refine(({ kind, serviceTiers }) => kind !== 'service_tier' || serviceTiers !== undefined, 'a service_tier rule names its `serviceTiers`')
  .refine(({ kind, regions }) => kind !== 'region' || regions !== undefined, 'a region rule names its `regions`');

export const modelAliasSchema = z.strictObject({
  provider: id,
  name: id,
  model: id,
  toProvider: id.optional(),
  region: id.optional(),
  serviceTier: id.optional(),
  ...effective,
  source: source.optional(),
});

/** A whole list, as it is committed. Unknown keys are refused: a misspelt condition would otherwise price too much. */
export const priceListSchema: z.ZodType<PriceList> = z.strictObject({
  layer: z.enum(LAYERS),
  name: id,
  version: id,
  asOf: date,
  cards: z.array(rateCardSchema as z.ZodType<RateCard>),
  rules: z.array(rateRuleSchema as z.ZodType<RateRule>).optional(),
  aliases: z.array(modelAliasSchema as z.ZodType<ModelAlias>).optional(),
  sources: z.record(z.string(), z.string()).optional(),
});
