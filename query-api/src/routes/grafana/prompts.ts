import { toDimensionName } from '@tokenledger/model';
import {
  costOfBucket,
  isVarianceGroup,
  PROMPT_KEYS,
  PROMPT_ORDERS,
  wholeVariance,
  withinShare,
  type GroupVariance,
} from '@tokenledger/ledger';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import {
  choiceParameter,
  countParameter,
  filterParameters,
  rangeOf,
  rangeParameters,
  refuseEmptyRange,
  textParameter,
} from '../../parameters.ts';
import { orProblem } from '../../problem.ts';
import type { QueryApiDeps } from '../../query-api-deps.ts';
import { grafanaFiltersOf, ratio, usd, usdCell } from './grafana-rows.ts';

const byParameter = choiceParameter(PROMPT_KEYS, 'prompt_fingerprint').describe(
  'what is the same prompt: the same request (default), the same template, or the same name',
);

const promptsQuery = z
  .strictObject({
    ...rangeParameters,
    by: byParameter,
    order_by: choiceParameter(PROMPT_ORDERS, 'cost'),
    limit: countParameter({ min: 1, max: 1000, fallback: 50 }),
    ...filterParameters,
  })
  .superRefine(refuseEmptyRange);

const promptRow = z.object({
  prompt: z.string(),
  prompt_name: z.string(),
  feature: z.string(),
  model: z.string(),
  calls: z.int().describe('priced calls'),
  cost: usdCell,
  cost_median: usdCell.describe('known to 4.5 %, as the next two'),
  cost_p95: usdCell,
  max_to_min: z.number().nullable().describe('most expensive / cheapest call'),
  variation: z.number().nullable().describe('standard deviation / mean of cost'),
  tail_index: z.number().nullable().describe('Hill; below 2 the mean is no basis for a budget'),
  output_tokens_per_call: z.number().nullable(),
  reasoning_share: z.number().nullable(),
});

const varianceQuery = z
  .strictObject({
    ...rangeParameters,
    by: byParameter,
    group_by: textParameter
      .refine((name) => name === undefined || isVarianceGroup(name), 'must be feature, model or team')
      .transform((name) => (name !== undefined && isVarianceGroup(name) ? name : undefined)),
    ...filterParameters,
  })
  .superRefine(refuseEmptyRange);

const varianceRow = z.object({
  group: z.string(),
  prompts: z.int(),
  repeated_prompts: z.int().describe('sent twice or more'),
  calls: z.int().describe('of repeated prompts'),
  cost: usdCell,
  within_share: z.number().nullable().describe('within-prompt variance of cost / all variance of cost'),
  between_share: z.number().nullable(),
});

const MOST_GROUPS = 100;

const histogramQuery = z.strictObject({ ...rangeParameters, ...filterParameters }).superRefine(refuseEmptyRange);

export const promptRoutes: FastifyPluginAsyncZod<QueryApiDeps> = async (app, { ledger }) => {
  const described = (summary: string, description: string) => ({ summary, description, tags: ['grafana'] });

  app.get(
    '/v1/grafana/prompts',
    {
      config: { scope: 'query' },
      schema: {
        ...described(
          'The same prompt, different bills',
          'Prompts that were sent twice or more, with how far the cost of their calls is spread.',
        ),
        querystring: promptsQuery,
        response: { 200: z.object({ rows: z.array(promptRow) }), ...orProblem },
      },
    },
    async ({ query, tenant }) => {
      const { by, order_by: orderBy, limit } = query;
      const prompts = await ledger.forTenant(tenant).prompts({ ...rangeOf(query), by, orderBy, limit, filters: grafanaFiltersOf(query) });
      return {
        rows: prompts.map((each) => ({
          prompt: each.prompt,
          prompt_name: toDimensionName(each.promptName),
          feature: toDimensionName(each.feature),
          model: toDimensionName(each.model),
          calls: each.calls,
          cost: usd(each.cost),
          cost_median: usd(each.median),
          cost_p95: usd(each.p95),
          max_to_min: each.maxToMin,
          variation: each.variation,
          tail_index: each.tailIndex,
          output_tokens_per_call: ratio(each.outputTokens, each.calls),
          reasoning_share: ratio(each.reasoningTokens, each.outputTokens),
        })),
      };
    },
  );

  app.get(
    '/v1/grafana/prompt-variance',
    {
      config: { scope: 'query' },
      schema: {
        ...described(
          'How much of the variance of cost is within prompts',
          'Law of total variance over the calls of repeated prompts: the share that what was asked cannot explain.',
        ),
        querystring: varianceQuery,
        response: { 200: z.object({ rows: z.array(varianceRow) }), ...orProblem },
      },
    },
    async ({ query, tenant }) => {
      const { by, group_by: groupBy } = query;
      // A page asks of all prompts and of each model's: both are one question to the ledger.
      const asked = { ...rangeOf(query), by, groupBy: groupBy ?? 'model', filters: grafanaFiltersOf(query) } as const;
      const found = await ledger.forTenant(tenant).promptVariance(asked);
      const rows: readonly GroupVariance[] =
        groupBy === undefined ? [{ group: undefined, ...wholeVariance(found) }] : found.slice(0, MOST_GROUPS);
      return {
        rows: rows.map((row) => {
          const share = withinShare(row);
          return {
            group: row.group === undefined ? 'all' : toDimensionName(row.group),
            prompts: row.prompts,
            repeated_prompts: row.repeatedPrompts,
            calls: row.calls,
            cost: usd(row.cost),
            within_share: share,
            between_share: share === null ? null : 1 - share,
          };
        }),
      };
    },
  );

  app.get(
    '/v1/grafana/cost-histogram',
    {
      config: { scope: 'query' },
      schema: {
        ...described(
          'How many calls cost how much',
          'Calls that name a prompt, by the doubling of cost that they are in: `bucket` says up to what.',
        ),
        querystring: histogramQuery,
        response: { 200: z.object({ rows: z.array(z.object({ bucket: z.string(), cost: usdCell, calls: z.int() })) }), ...orProblem },
      },
    },
    async ({ query, tenant }) => {
      const histogram = await ledger.forTenant(tenant).costHistogram({ ...rangeOf(query), filters: grafanaFiltersOf(query) });
      const bars = new Map<number, number>();
      for (const [bucket, calls] of histogram) {
        const doubling = Math.ceil(bucket / PER_DOUBLING) * PER_DOUBLING;
        bars.set(doubling, (bars.get(doubling) ?? 0) + calls);
      }
      return {
        rows: [...bars].map(([bucket, calls]) => ({ bucket: costsOf(bucket), cost: usd(costOfBucket(bucket)), calls })),
      };
    },
  );
};

/** Of a bucket's upper edge. */
const PER_DOUBLING = 8;
/** The lowest has what costs nothing, too: up to a nano-dollar amounts are not told apart. */
const costsOf = (bucket: number) => (bucket === 0 ? `$0 – $${inShort(bucket)}` : `≤ $${inShort(bucket)}`);
const inShort = (bucket: number) => {
  const dollars = 2 ** (bucket / PER_DOUBLING) / 1e9;
  return dollars.toFixed(Math.max(2, 1 - Math.floor(Math.log10(dollars))));
};
