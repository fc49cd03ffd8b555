import { meterFacts, METERS, PRICE_STATUSES, type Meter, type PriceRequest } from '@tokenledger/model';
import type { PriceBook } from '@tokenledger/pricing';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { toTime } from '../call-json.ts';
import { textParameter, timeParameter } from '../parameters.ts';
import { orProblem } from '../problem.ts';
import type { QueryApiDeps } from '../query-api.ts';

const required = textParameter.pipe(z.string({ error: 'is missing' }).max(200));

const query = z.strictObject({
  provider: required.describe('such as openai'),
  model: required.describe('such as gpt-5'),
  at: timeParameter.describe('prices in force then; default: now'),
  service_tier: textParameter,
  region: textParameter,
  account: textParameter.describe('the provider account, project or subscription that is billed'),
});

const rateSchema = z.object({
  meter: z.string(),
  unit: z.string(),
  unit_price_usd: z.string().describe('USD per one unit, exact decimal'),
  price_status: z.enum(PRICE_STATUSES),
  price_id: z.string(),
  source: z.string(),
});

const answer = z.object({
  version: z.string().describe('names the price data: the same version gives the same prices'),
  at: z.string(),
  rates: z.array(rateSchema).describe('price of one unit of each meter; a meter that is absent has no known price'),
  reason: z.string().optional().describe('why there is no rate at all'),
  candidates: z.array(z.string()).optional().describe('models of similar names, where this one is not known'),
  lists: z
    .array(z.object({ layer: z.string(), name: z.string(), version: z.string(), as_of: z.string(), cards: z.int() }))
    .describe('what the price book is made of, highest layer first; `as_of` is the date of its newest knowledge'),
});

export const pricesRoutes: FastifyPluginAsyncZod<QueryApiDeps> = async (app, { priceBook }) => {
  app.get(
    '/v1/prices',
    {
      config: { scope: 'query' },
      schema: {
        summary: 'The rates of a model',
        description:
          'What one unit of each meter costs under these conditions. Rates that depend on the length of the input are those of a short one.',
        tags: ['prices'],
        querystring: query,
        response: { 200: answer, ...orProblem },
      },
    },
    async ({ query }) => {
      const { provider, model, at = Date.now(), service_tier: serviceTier, region, account } = query;
      const answers = METERS.map((meter) => rateOf(priceBook, { provider, model, at, serviceTier, region, account, usage: {} }, meter));
      const rates = answers.flatMap(({ rate }) => (rate ? [rate] : []));
      const reason = rates.length === 0 ? answers[0]?.reason : undefined;
      return {
        version: priceBook.version,
        at: toTime(at),
        rates,
        ...(reason !== undefined && { reason, candidates: [...priceBook.candidates(provider, model)] }),
        lists: priceBook.lists.map(({ asOf, ...list }) => ({ ...list, as_of: asOf })),
      };
    },
  );
};

/** A rate is what the price book charges for one unit. */
function rateOf(priceBook: PriceBook, request: PriceRequest, meter: Meter) {
  const { status, charges, reason } = priceBook.price({ ...request, usage: { [meter]: 1 } });
  const charge = charges.find((line) => line.meter === meter);
  if (status === 'unpriced' || !charge) return { reason };
  const { unitPriceUsd, priceId, source } = charge;
  return {
    rate: { meter, unit: meterFacts(meter).unit, unit_price_usd: unitPriceUsd, price_status: status, price_id: priceId, source },
  };
}
