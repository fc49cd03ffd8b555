import { meterFacts, METERS, PRICE_STATUSES, type Meter, type PriceRequest } from '@tokenledger/model';
import type { PriceBook } from '@tokenledger/pricing';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { toTime } from '../call-json.ts';
import { textParameter, timeParameter } from '../parameters.ts';
import { cardSchema, priceListsSchema, toCardJson, toListsJson } from '../price-json.ts';
import { orProblem } from '../problem.ts';
import type { QueryApiDeps } from '../query-api-deps.ts';

const name = textParameter.pipe(z.string().max(200).optional());

const query = z.strictObject({
  provider: name.describe('such as openai; default: all'),
  model: name.describe('such as gpt-5, or gpt-5*; default: all'),
  at: timeParameter.describe('prices in force then; default: now'),
  service_tier: textParameter,
  region: textParameter,
  account: textParameter.describe('the provider account, project or subscription that is billed'),
});

/** A page of the price book that a person can read. */
const MOST_CARDS = 500;

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
  rates: z
    .array(rateSchema)
    .describe('where provider and model are given: price of one unit of each meter; a meter that is absent has no known price'),
  reason: z.string().optional().describe('why there is no rate at all'),
  candidates: z.array(z.string()).optional().describe('models of similar names, where this one is not known'),
  cards: z.array(cardSchema).describe(`at most ${MOST_CARDS} cards in force, by provider and model; a rate is a card's, or a rule's`),
  cards_found: z.int(),
  lists: priceListsSchema,
});

export const pricesRoutes: FastifyPluginAsyncZod<QueryApiDeps> = async (app, { priceBook }) => {
  app.get(
    '/v1/prices',
    {
      config: { scope: 'query' },
      schema: {
        summary: 'The price book: the rates of a model, and the cards behind them',
        description:
          'What one unit of each meter costs under these conditions. Rates that depend on the length of the input are those of a short one.',
        tags: ['prices'],
        querystring: query,
        response: { 200: answer, ...orProblem },
      },
    },
    async ({ query }) => {
      const { provider, model, at = Date.now(), service_tier: serviceTier, region, account } = query;
      const cards = priceBook.cards({ provider, model, at });
      const conditions = { at, serviceTier, region, account, usage: {} };
      const isOne = provider !== undefined && model !== undefined && !model.includes('*');
      return {
        version: priceBook.version,
        at: toTime(at),
        ...(isOne ? ratesOf(priceBook, { provider, model, ...conditions }) : { rates: [] }),
        cards: cards.slice(0, MOST_CARDS).map(toCardJson),
        cards_found: cards.length,
        lists: toListsJson(priceBook),
      };
    },
  );
};

function ratesOf(priceBook: PriceBook, request: PriceRequest) {
  const answers = METERS.map((meter) => rateOf(priceBook, request, meter));
  const rates = answers.flatMap(({ rate }) => (rate ? [rate] : []));
  const reason = rates.length === 0 ? answers[0]?.reason : undefined;
  return { rates, ...(reason !== undefined && { reason, candidates: [...priceBook.candidates(request.provider, request.model)] }) };
}

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
