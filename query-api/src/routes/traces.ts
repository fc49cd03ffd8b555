import { formatUsd, type PicoUsd } from '@tokenledger/model';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { callSchema, stepSchema, toCallJson, toStepJson, usdSchema } from '../call-json.ts';
import { knownCost, knownCosts } from '../known-cost.ts';
import { orProblem, Problem } from '../problem.ts';
import type { QueryApiDeps } from '../query-api-deps.ts';
import { traceIdParameter } from './explain.ts';

const node = {
  depth: z.int().describe('0 is a root'),
  subtree_cost_usd: usdSchema.nullable().describe('known cost of the span and all below it; null: there are calls, and none has a price'),
};

const answer = z.object({
  trace_id: z.string(),
  cost_usd: usdSchema.nullable().describe('known cost of the whole trace; null: none of its calls has a price'),
  unpriced_calls: z.int(),
  spans: z
    .array(
      z.discriminatedUnion('type', [
        z.object({ type: z.literal('call'), ...node, ...callSchema.shape }),
        z.object({ type: z.literal('step'), ...node, ...stepSchema.shape }),
      ]),
    )
    .describe('a tree written line by line: each parent directly before its children'),
});

export const traceRoutes: FastifyPluginAsyncZod<QueryApiDeps> = async (app, { ledger }) => {
  app.get(
    '/v1/traces/:trace_id',
    {
      config: { scope: 'query' },
      schema: {
        summary: 'A trace: agent, steps, tools and calls, with cost on each',
        tags: ['calls'],
        params: z.strictObject({ trace_id: traceIdParameter }),
        querystring: z.strictObject({}),
        response: { 200: answer, ...orProblem },
      },
    },
    async ({ params, tenant }) => {
      const trace = await ledger.forTenant(tenant).trace(params.trace_id);
      if (!trace) throw new Problem('not_found', `there is no trace ${params.trace_id}`);
      const cost = knownCost(trace);
      const costs = knownCosts(trace);
      return {
        trace_id: params.trace_id,
        cost_usd: orNull(cost),
        unpriced_calls: trace.filter(({ span }) => span.call?.cost === null).length,
        spans: trace.map(({ span, depth }, index) => {
          const place = { depth, subtree_cost_usd: orNull(costs[index]) };
          return span.call
            ? { type: 'call' as const, ...place, ...toCallJson(span.call) }
            : { type: 'step' as const, ...place, ...toStepJson(span.step) };
        }),
      };
    },
  );
};

const orNull = (amount: PicoUsd | null | undefined) => (amount === null || amount === undefined ? null : formatUsd(amount));
