import type { Trace } from '@tokenledger/ledger';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { tokensOf } from '../../call-json.ts';
import { knownCosts } from '../../known-cost.ts';
import { textParameter } from '../../parameters.ts';
import { orProblem } from '../../problem.ts';
import type { QueryApiDeps } from '../../query-api-deps.ts';
import { orNone, usd, usdCell } from './grafana-rows.ts';

const query = z.strictObject({ trace_id: textParameter.describe('32 hex digits') });

const row = z.object({
  step: z.string().describe('indented by its depth'),
  kind: z.string().describe('call, or the kind of step'),
  offset_ms: z.number().describe('start, from the start of the trace'),
  duration_ms: z.number(),
  model: z.string(),
  input_tokens: z.number().nullable(),
  output_tokens: z.number().nullable(),
  cost: usdCell.describe('of the call alone'),
  subtree_cost: usdCell.describe('of it and everything below'),
  status: z.string(),
  trace_id: z.string(),
  span_id: z.string(),
  call_span_id: z.string().describe('the same of a call; empty of a step, which has no price to explain'),
});

const INDENT = '\u2003';

export const grafanaTraceRoutes: FastifyPluginAsyncZod<QueryApiDeps> = async (app, { ledger }) => {
  app.get(
    '/v1/grafana/trace',
    {
      config: { scope: 'query' },
      schema: {
        summary: 'A trace as a table in the order of its tree',
        description: 'No rows where there is no such trace, or none was named.',
        tags: ['grafana'],
        querystring: query,
        response: { 200: z.object({ rows: z.array(row) }), ...orProblem },
      },
    },
    async ({ query, tenant }) => {
      const trace = query.trace_id === undefined ? undefined : await ledger.forTenant(tenant).trace(query.trace_id.toLowerCase());
      return { rows: trace ? toRows(trace) : [] };
    },
  );
};

function toRows(trace: Trace): z.output<typeof row>[] {
  const startMs = Math.min(...trace.map(({ span }) => (span.call ?? span.step).timeMs));
  const costs = knownCosts(trace);
  return trace.map(({ span, depth }, index) => {
    const { call, step } = span;
    const facts = call ?? step;
    return {
      step: `${INDENT.repeat(depth)}${facts.name}`,
      kind: call ? (call.billable ? 'call' : orNone(call.notBillableReason)) : step.kind,
      offset_ms: facts.timeMs - startMs,
      duration_ms: facts.durationMs,
      model: call?.model ?? '',
      input_tokens: call ? tokensOf(call.usage, 'input') : null,
      output_tokens: call ? tokensOf(call.usage, 'output') : null,
      cost: call ? usd(call.cost) : null,
      subtree_cost: usd(costs[index] ?? null),
      status: facts.errorType ?? facts.status,
      trace_id: facts.traceId,
      span_id: facts.spanId,
      call_span_id: call?.spanId ?? '',
    };
  });
}
