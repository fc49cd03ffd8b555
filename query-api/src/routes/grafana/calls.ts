import { CALL_ORDERS, type CallSummary } from '@tokenledger/ledger';
import { DIMENSIONS, formatUsd, toDimensionName, type Dimension } from '@tokenledger/model';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { toCallJson, tokensOf } from '../../call-json.ts';
import { choiceParameter, countParameter, filterParameters, rangeParameters, refuseEmptyRange, textParameter } from '../../parameters.ts';
import { orProblem } from '../../problem.ts';
import type { QueryApiDeps } from '../../query-api-deps.ts';
import { cellSchema, grafanaFiltersOf } from './grafana-rows.ts';
import { pointParameters, rangeOfPoint } from './point.ts';

const query = z
  .strictObject({
    ...rangeParameters,
    trace_id: textParameter,
    ...pointParameters,
    order_by: choiceParameter(CALL_ORDERS, 'newest').describe(
      'which calls; `newest` come in ascending time, the most expensive and the longest first',
    ),
    limit: countParameter({ min: 1, max: 1000, fallback: 100 }),
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
        summary: 'Calls of the range, flat: the newest in ascending time, or the most expensive or longest',
        tags: ['grafana'],
        querystring: query,
        response: { 200: z.object({ rows: z.array(row) }), ...orProblem },
      },
    },
    async ({ query, tenant }) => {
      const { order_by: orderBy, limit } = query;
      const { calls } = await ledger.forTenant(tenant).calls({
        ...rangeOfPoint(query),
        traceId: query.trace_id?.toLowerCase(),
        filters: grafanaFiltersOf(query),
        orderBy,
        limit,
        isBrief: true,
      });
      const rows = calls.map(toRow);
      return { rows: orderBy === 'newest' ? rows.toReversed() : rows };
    },
  );
};

function toRow(call: CallSummary): z.output<typeof row> {
  const json = toCallJson(call);
  const dimensions = Object.fromEntries(DIMENSIONS.map((name) => [name, nameOf(json[name satisfies Dimension])]));
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

/** `billable` and `estimated` are dimensions, too. */
const nameOf = (value: string | boolean | null | undefined) =>
  toDimensionName(value === null || value === undefined ? value : String(value));
