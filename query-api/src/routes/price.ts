import { formatUsd, inclusiveUsageSchema, PRICE_STATUSES, toDisjointUsage, type PriceResult } from '@tokenledger/model';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { chargeSchema, toChargeJson, usdSchema } from '../call-json.ts';
import { invalidRequest } from '../error-handler.ts';
import { parseTime } from '../parameters.ts';
import { orProblem } from '../problem.ts';
import type { QueryApiDeps } from '../query-api-deps.ts';

const name = z.string().trim().min(1).max(200);

/** RFC 3339, a date, or epoch milliseconds. */
const at = z.union([z.string(), z.int()]).transform((given, context) => {
  const time = parseTime(String(given));
  if (time === undefined) context.addIssue({ code: 'custom', message: 'is no time: write RFC 3339, a date or epoch milliseconds' });
  return time ?? 0;
});

const body = z.strictObject({
  provider: name,
  model: name,
  at: at.optional().describe("the call's time, which chooses the price in force; default: now"),
  service_tier: name.optional(),
  region: name.optional(),
  account: name.optional().describe('the provider account, project or subscription that is billed'),
  usage: inclusiveUsageSchema.describe(
    'as providers state it: input_tokens contains cached, cache-written, audio and image input; output_tokens contains reasoning, audio and image output',
  ),
});

const priceAnswer = z.object({
  cost_usd: usdSchema.nullable(),
  price_status: z.enum(PRICE_STATUSES),
  reason: z.string().optional().describe('why there is no price'),
  charges: z.array(chargeSchema),
});

export const priceRoutes: FastifyPluginAsyncZod<QueryApiDeps> = async (app, { priceBook }) => {
  app.post(
    '/v1/price',
    {
      config: { scope: 'query' },
      schema: {
        summary: 'What a usage costs',
        description:
          'Line by line, at the price in force at the time of the call. What has no known price is `unpriced` with a reason, never 0. A usage whose parts exceed their total is refused (400): no arithmetic can tell which number is wrong.',
        tags: ['prices'],
        body,
        response: { 200: priceAnswer, ...orProblem },
      },
    },
    async ({ body }) => {
      const { usage, contradictions } = toDisjointUsage(body.usage);
      if (contradictions.length > 0) throw invalidRequest(contradictions.map((message) => ({ parameter: 'usage', message })));
      const { provider, model, at = Date.now(), service_tier: serviceTier, region, account } = body;
      return toPriceJson(priceBook.price({ provider, model, at, serviceTier, region, account, usage }));
    },
  );
};

function toPriceJson(result: PriceResult): z.output<typeof priceAnswer> {
  return {
    cost_usd: result.cost === null ? null : formatUsd(result.cost),
    price_status: result.status,
    ...(result.reason !== undefined && { reason: result.reason }),
    charges: result.charges.map(toChargeJson),
  };
}
