import { z } from 'zod';
import { metersSchema, modelAliasSchema, rateCardSchema, rateRuleSchema, ratesSchema } from './price-list-schema.ts';

const name = z.string().min(1).max(300);
const date = z
  .string()
  .refine((text) => /^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(Date.parse(text)), 'expected a date or an RFC 3339 time');
const decimal = z
  .string({ error: 'expected a number as text, such as "2.49"' })
  .regex(/^\d+(\.\d+)?$/, 'expected a number as text, such as "2.49"');
const period = { from: date.optional(), to: date.optional() };

/** Prices agreed with a provider: a discount on what lists say, or rates instead of them. */
const contract = z
  .strictObject({
    id: name,
    provider: name,
    /** Provider accounts, projects or subscriptions; absent: all. */
    accounts: z.array(name).optional(),
    /** Model ids; `*` stands for any text. Absent: every model. */
    models: z.array(name).optional(),
    meters: metersSchema.optional(),
    service_tiers: z.array(name).optional(),
    discount: z
      .string()
      .regex(/^(100|\d{1,2}(\.\d+)?)%$/, 'expected a percentage such as "12.5%"')
      .optional(),
    rates: ratesSchema.optional(),
    ...period,
  })
  .refine(({ discount, rates }) => (discount === undefined) !== (rates === undefined), 'expected either a `discount` or `rates`')
  .refine(
    ({ rates, models }) => rates === undefined || (models && models.every((model) => !model.includes('*'))),
    'contract `rates` need `models` without `*`',
  );

/** A model no list knows: self-hosted, private, or one of a provider's own names. */
const customModel = z
  .strictObject({
    provider: name,
    model: name,
    ids: z.array(name).optional(),
    rates: ratesSchema.optional(),
    free: z.boolean().optional(),
    self_hosted: z
      .strictObject({
        gpu_hour_usd: decimal,
        gpus: decimal,
        host_hour_usd: decimal.optional(),
        input_tokens_per_hour: decimal,
        output_tokens_per_hour: decimal,
        output_weight: decimal.optional(),
        active_share: decimal.optional(),
      })
      .optional(),
    ...period,
  })
  .refine(
    ({ rates, free, self_hosted: own }) => [rates, free, own].filter((given) => given !== undefined).length === 1,
    'expected one of `rates`, `free`, `self_hosted`',
  );

/** What a deployment, an opaque ARN or any other name stands for. */
const deployment = z.strictObject({
  provider: name,
  name,
  model: name,
  to_provider: name.optional(),
  region: name.optional(),
  service_tier: name.optional(),
  ...period,
});

/** The operator's file. Unknown keys are refused, all problems are reported at once. */
export const overridesSchema = z.strictObject({
  contracts: z.array(contract).default([]),
  custom_models: z.array(customModel).default([]),
  deployments: z.array(deployment).default([]),
  /** Whole cards, rules and aliases as in `rate-card.ts`, for what the sections above cannot say. */
  cards: z.array(rateCardSchema).default([]),
  rules: z.array(rateRuleSchema).default([]),
  aliases: z.array(modelAliasSchema).default([]),
});
export type Overrides = z.infer<typeof overridesSchema>;
