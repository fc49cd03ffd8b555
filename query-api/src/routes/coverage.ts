import { formatUsd } from '@tokenledger/model';
import type { PriceBook } from '@tokenledger/pricing';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { toTime, usdSchema } from '../call-json.ts';
import { rangeOf, rangeParameters, refuseEmptyRange } from '../parameters.ts';
import { priceListsSchema, toListsJson } from '../price-json.ts';
import { orProblem } from '../problem.ts';
import type { QueryApiDeps } from '../query-api-deps.ts';

const answer = z.object({
  from: z.string(),
  to: z.string(),
  calls: z.int().describe('billable calls; so are all counts here unless they say otherwise'),
  cost_usd: usdSchema.nullable().describe('known cost; null where calls have no price and none has one'),
  requests: z.int().describe('to a provider: calls and requests that failed without usage'),
  errors: z.int().describe('requests that failed'),
  unpriced_calls: z.int(),
  unpriced_share: z.number().nullable(),
  estimated_calls: z.int(),
  calls_without_usage: z.int(),
  flagged_calls: z.int().describe("calls whose numbers contradict each other or their emitter's profile, or whose emitter is not known"),
  by_price_status: z.array(z.object({ price_status: z.string(), calls: z.int(), cost_usd: usdSchema.nullable() })),
  unpriced: z
    .array(z.object({ provider: z.string(), model: z.string(), reason: z.string(), calls: z.int() }))
    .describe('what has no price, most calls first'),
  price_book: z
    .object({ version: z.string(), age_days: z.int().nullable(), lists: priceListsSchema })
    .describe('`age_days`: since the newest knowledge of its lists that ship with Tokenledger or were imported'),
  attribution: z
    .array(
      z.object({
        dimension: z.string(),
        calls_without: z.int(),
        cost_without_usd: usdSchema.nullable(),
        share_without: z.number().nullable(),
      }),
    )
    .describe('per dimension: the calls of which nobody said it; their cost is null where none of them has a price'),
  emitters: z.array(
    z.object({
      scope: z.string(),
      version: z.string(),
      profile: z.string(),
      confidence: z.string(),
      calls: z.int(),
      flagged_calls: z.int(),
    }),
  ),
  not_billable: z
    .array(z.object({ reason: z.string(), spans: z.int() }))
    .describe('spans with usage that are not billed, because another span is the same request'),
});

export const coverageRoutes: FastifyPluginAsyncZod<QueryApiDeps> = async (app, { ledger, priceBook }) => {
  app.get(
    '/v1/coverage',
    {
      config: { scope: 'query' },
      schema: {
        summary: 'How much of what was seen is priced, attributed and understood',
        tags: ['coverage'],
        querystring: z.strictObject(rangeParameters).superRefine(refuseEmptyRange),
        response: { 200: answer, ...orProblem },
      },
    },
    async ({ query, tenant }) => {
      const range = rangeOf(query);
      const coverage = await ledger.forTenant(tenant).coverage(range);
      const shareOfCalls = (part: number) => (coverage.calls === 0 ? null : part / coverage.calls);
      return {
        from: toTime(range.from),
        to: toTime(range.to),
        calls: coverage.calls,
        cost_usd: coverage.cost === null ? null : formatUsd(coverage.cost),
        requests: coverage.requests,
        errors: coverage.errors,
        unpriced_calls: coverage.unpricedCalls,
        unpriced_share: shareOfCalls(coverage.unpricedCalls),
        estimated_calls: coverage.estimatedCalls,
        calls_without_usage: coverage.callsWithoutUsage,
        flagged_calls: coverage.flaggedCalls,
        by_price_status: coverage.byPriceStatus.map(({ priceStatus, calls, cost }) => ({
          price_status: priceStatus,
          calls,
          cost_usd: cost === null ? null : formatUsd(cost),
        })),
        unpriced: [...coverage.unpriced],
        price_book: toPriceBookJson(priceBook),
        attribution: coverage.attribution.map(({ dimension, callsWithout, costWithout }) => ({
          dimension,
          calls_without: callsWithout,
          cost_without_usd: costWithout === null ? null : formatUsd(costWithout),
          share_without: shareOfCalls(callsWithout),
        })),
        emitters: coverage.emitters.map(({ flaggedCalls, ...emitter }) => ({ ...emitter, flagged_calls: flaggedCalls })),
        not_billable: [...coverage.notBillable],
      };
    },
  );
};

/** An operator's own prices are as new as the day; how old the published ones are is what counts. */
export function toPriceBookJson(priceBook: PriceBook): z.output<typeof answer>['price_book'] {
  const lists = toListsJson(priceBook);
  const published = lists.filter(({ layer }) => layer === 'overlay' || layer === 'base').map(({ age_days: age }) => age);
  return { version: priceBook.version, age_days: published.length > 0 ? Math.min(...published) : null, lists };
}
