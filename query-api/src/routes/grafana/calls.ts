import type { CallSummary } from '@tokenledger/ledger';
import { DIMENSIONS, formatUsd, type Dimension } from '@tokenledger/model';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { toCallJson, tokensOf } from '../../call-json.ts';
import { countParameter, filterParameters, rangeOf, rangeParameters, refuseEmptyRange, textParameter } from '../../parameters.ts';
import { orProblem } from '../../problem.ts';
import type { QueryApiDeps } from '../../query-api.ts';
import { cellSchema, grafanaFiltersOf, NONE } from './grafana-rows.ts';

const query = z
  .strictObject({
    ...rangeParameters,
    trace_id: textParameter,
    limit: countParameter({ min: 1, max: 1000, fallback: 100 }).describe('the newest so many'),
    ...filterParameters,
  })
  .superRefine(refuseEmptyRange);

const row = z
  .object({
    time: z.int(),
    trace_id: z.string(),
    span_id: z.string(),
    duration_ms: z.number(),
    ttft_ms: z.number().nullable(),
    input_tokens: z.number(),
    output_tokens: z.number(),
    cost_usd: z.string().nullable(),
    unpriced_reason: z.string(),
  })
  .catchall(cellSchema);

export const grafanaCallRoutes: FastifyPluginAsyncZod<QueryApiDeps> = async (app, { ledger }) => {
  app.get(
    '/v1/grafana/calls',
    {
      config: { scope: 'query' },
      schema: {
        summary: 'The newest calls of the range, flat and in ascending time',
        tags: ['grafana'],
        querystring: query,
        response: { 200: z.object({ rows: z.array(row) }), ...orProblem },
      },
    },
    async ({ query, tenant }) => {
      const { calls } = await ledger
        .forTenant(tenant)
        .calls({ ...rangeOf(query), traceId: query.trace_id?.toLowerCase(), filters: grafanaFiltersOf(query), limit: query.limit });
      return { rows: calls.map(toRow).toReversed() };
    },
  );
};

function toRow(call: CallSummary): z.output<typeof row> {
  const json = toCallJson(call);
  const dimensions = Object.fromEntries(DIMENSIONS.map((name) => [name, String(json[name satisfies Dimension] ?? NONE)]));
  return {
    ...dimensions,
    time: call.timeMs,
    trace_id: call.traceId,
    span_id: call.spanId,
    duration_ms: call.durationMs,
    ttft_ms: call.ttftMs ?? null,
    input_tokens: tokensOf(call.usage, 'input'),
    output_tokens: tokensOf(call.usage, 'output'),
    cost_usd: call.cost === null ? null : formatUsd(call.cost),
    unpriced_reason: call.unpricedReason ?? '',
  };
}
