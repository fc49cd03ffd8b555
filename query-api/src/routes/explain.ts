import type { CallDetail } from '@tokenledger/ledger';
import { ENTRY_REASONS, formatUsd, PRICE_STATUSES } from '@tokenledger/model';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { callSchema, toCallJson, toTime, toUsageJson, usageSchema, usdSchema } from '../call-json.ts';
import { orProblem, Problem } from '../problem.ts';
import type { QueryApiDeps } from '../query-api-deps.ts';

export const traceIdParameter = z
  .string()
  .regex(/^[0-9a-f]{32}$/i, 'is no trace id: 32 hex digits')
  .transform((id) => id.toLowerCase());
export const spanIdParameter = z
  .string()
  .regex(/^[0-9a-f]{16}$/i, 'is no span id: 16 hex digits')
  .transform((id) => id.toLowerCase());

const entrySchema = z.object({
  version: z.int(),
  reason: z.enum(ENTRY_REASONS),
  recorded_at: z.string(),
  price_status: z.enum(PRICE_STATUSES),
  billable: z.boolean(),
  delta: z.object({ calls: z.int(), unpriced_calls: z.int(), requests: z.int(), errors: z.int(), cost_usd: usdSchema, usage: usageSchema }),
});

const answer = z.object({
  call: callSchema.describe('with its buckets (`usage`), and each as a line of the bill (`charges`)'),
  raw_usage: z.record(z.string(), z.union([z.string(), z.number()])).describe('the numbers as the emitter sent them'),
  evidence: z.unknown().describe('everything the call was judged from'),
  rules: z.unknown().describe('which rule read which attribute; null where no collector is at hand'),
  entries: z.array(entrySchema).describe('every line the ledger has about the call, oldest first; their sum is the call'),
});

export const explainRoutes: FastifyPluginAsyncZod<QueryApiDeps> = async (app, { ledger, explain }) => {
  app.get(
    '/v1/calls/:trace_id/:span_id/explain',
    {
      config: { scope: 'query' },
      schema: {
        summary: 'Why a call costs what it costs',
        description: 'From the raw attributes over the buckets and rates to the charges, and every correction since.',
        tags: ['calls'],
        params: z.strictObject({ trace_id: traceIdParameter, span_id: spanIdParameter }),
        querystring: z.strictObject({}),
        response: { 200: answer, ...orProblem },
      },
    },
    async ({ params, tenant }) => {
      const detail = await ledger.forTenant(tenant).call(params.trace_id, params.span_id);
      if (!detail) throw new Problem('not_found', `there is no call ${params.span_id} in trace ${params.trace_id}`);
      const { call, entries } = detail;
      return {
        call: toCallJson(call),
        raw_usage: { ...call.rawUsage },
        evidence: parseEvidence(call.evidence),
        rules: explain?.(call) ?? null,
        entries: entries.map(toEntryJson),
      };
    },
  );
};

function toEntryJson({
  version,
  reason,
  recordedMs,
  priceStatus,
  billable,
  delta,
}: CallDetail['entries'][number]): z.output<typeof entrySchema> {
  return {
    version,
    reason,
    recorded_at: toTime(recordedMs),
    price_status: priceStatus,
    billable,
    delta: {
      calls: delta.calls,
      unpriced_calls: delta.unpricedCalls,
      requests: delta.requests,
      errors: delta.errors,
      cost_usd: formatUsd(delta.cost),
      usage: toUsageJson(delta.usage),
    },
  };
}

/** Evidence is JSON by contract; what is not is shown as it is. */
function parseEvidence(evidence: string): unknown {
  try {
    return JSON.parse(evidence);
  } catch {
    return evidence;
  }
}
