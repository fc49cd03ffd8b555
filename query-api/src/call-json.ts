import {
  formatUsd,
  meterFacts,
  METERS,
  PRICE_STATUSES,
  SPAN_STATUSES,
  TOKEN_METERS,
  type Attribution,
  type Charge,
  type MeterSide,
  type SpanIdentity,
  type Usage,
} from '@tokenledger/model';
import type { CallSummary, StepSummary } from '@tokenledger/ledger';
import { z } from 'zod';

/** Money: exact decimal text in USD. */
export const usdSchema = z
  .string()
  .regex(/^-?\d+(\.\d{1,12})?$/)
  .describe('USD, exact decimal');
const said = z.string().nullable();
const time = z.string().describe('RFC 3339, UTC, milliseconds');

export const usageSchema = z
  .partialRecord(z.enum(METERS as [string, ...string[]]), z.number())
  .describe('disjoint quantities per meter; an absent meter is unknown, not 0')
  .meta({ id: 'Usage' });

export const chargeSchema = z
  .object({
    meter: z.string(),
    quantity: z.number(),
    unit_price_usd: z.string().describe('USD per one unit, exact decimal'),
    amount_usd: usdSchema,
    price_id: z.string().describe('the rate card entry the price came from'),
    source: z.string().describe('the price list and its version'),
  })
  .meta({ id: 'Charge' });

const spanFields = {
  trace_id: z.string(),
  span_id: z.string(),
  parent_span_id: said,
  name: z.string(),
  time: time.describe('start'),
  original_time: time.nullable().describe('the start as it was sent, where that could not be true'),
  duration_ms: z.number(),
  status: z.enum(SPAN_STATUSES),
  error_type: said,
  scope: z.object({ name: z.string(), version: z.string() }).nullable().describe('the instrumentation that sent it'),
  service: said,
  environment: said,
  team: said,
  feature: said,
  customer: said,
  user: said,
  session: said,
  run: said,
  agent: said,
  tags: z.record(z.string(), z.string()),
};

export const callSchema = z
  .object({
    ...spanFields,
    ttft_ms: z.number().nullable(),
    provider: z.string(),
    gateway: said,
    operation: z.string(),
    request_model: said,
    model: z.string(),
    service_tier: said,
    region: said,
    response_id: said,
    prompt_name: said,
    prompt_version: said,
    prompt_fingerprint: said,
    prompt_template_fingerprint: said,
    finish_reasons: z.array(z.string()),
    usage: usageSchema,
    charges: z.array(chargeSchema),
    cost_usd: usdSchema.nullable().describe('what the call adds to every total; null: its price is not known'),
    price_status: z.enum(PRICE_STATUSES),
    unpriced_reason: z.string().optional(),
    reported_cost_usd: usdSchema.nullable().describe('what the provider or the emitter said it cost'),
    billable: z.boolean(),
    not_billable_reason: z.string().optional(),
    estimated: z.boolean(),
    semantics: z.object({ profile: z.string(), confidence: z.enum(['certain', 'likely', 'guess']), flags: z.array(z.string()) }),
    version: z.int().describe('0, then one more for each correction'),
  })
  .meta({ id: 'Call' });

export const stepSchema = z.object({ ...spanFields, kind: z.string(), attributes: z.record(z.string(), z.string()) }).meta({ id: 'Step' });

export const toTime = (timeMs: number) => new Date(timeMs).toISOString();

export function toChargeJson(charge: Charge): z.output<typeof chargeSchema> {
  return {
    meter: charge.meter,
    quantity: charge.quantity,
    unit_price_usd: charge.unitPriceUsd,
    amount_usd: formatUsd(charge.amount),
    price_id: charge.priceId,
    source: charge.source,
  };
}

export const toUsageJson = (usage: Usage): Record<string, number> => ({ ...usage });

/** Inclusive totals, as people know them. */
export function tokensOf(usage: Usage, side: MeterSide): number {
  return TOKEN_METERS.filter((meter) => meterFacts(meter).side === side).reduce((sum, meter) => sum + (usage[meter] ?? 0), 0);
}

type Span = SpanIdentity & Attribution & { readonly originalTimeMs?: number | undefined };

function toSpanJson(span: Span) {
  return {
    trace_id: span.traceId,
    span_id: span.spanId,
    parent_span_id: span.parentSpanId ?? null,
    name: span.name,
    time: toTime(span.timeMs),
    original_time: span.originalTimeMs === undefined ? null : toOriginalTime(span.originalTimeMs),
    duration_ms: span.durationMs,
    status: span.status,
    error_type: span.errorType ?? null,
    scope: span.scope ?? null,
    service: span.service ?? null,
    environment: span.environment ?? null,
    team: span.team ?? null,
    feature: span.feature ?? null,
    customer: span.customer ?? null,
    user: span.user ?? null,
    session: span.session ?? null,
    run: span.run ?? null,
    agent: span.agent ?? null,
    tags: { ...span.tags },
  };
}

/** What an emitter sent may lie outside the years that can be written. */
const MOST_MS = 8.64e15;
const toOriginalTime = (timeMs: number) => (Math.abs(timeMs) <= MOST_MS ? toTime(timeMs) : null);

export function toCallJson(call: CallSummary): z.output<typeof callSchema> {
  return {
    ...toSpanJson(call),
    ttft_ms: call.ttftMs ?? null,
    provider: call.provider,
    gateway: call.gateway ?? null,
    operation: call.operation,
    request_model: call.requestModel ?? null,
    model: call.model,
    service_tier: call.serviceTier ?? null,
    region: call.region ?? null,
    response_id: call.responseId ?? null,
    prompt_name: call.promptName ?? null,
    prompt_version: call.promptVersion ?? null,
    prompt_fingerprint: call.promptFingerprint ?? null,
    prompt_template_fingerprint: call.promptTemplateFingerprint ?? null,
    finish_reasons: [...(call.finishReasons ?? [])],
    usage: toUsageJson(call.usage),
    charges: call.charges.map(toChargeJson),
    cost_usd: call.cost === null ? null : formatUsd(call.cost),
    price_status: call.priceStatus,
    ...(call.unpricedReason !== undefined && { unpriced_reason: call.unpricedReason }),
    reported_cost_usd: call.reportedCost === undefined ? null : formatUsd(call.reportedCost),
    billable: call.billable,
    ...(call.notBillableReason !== undefined && { not_billable_reason: call.notBillableReason }),
    estimated: call.estimated,
    semantics: { ...call.semantics, flags: [...call.semantics.flags] },
    version: call.version,
  };
}

export function toStepJson(step: StepSummary): z.output<typeof stepSchema> {
  return { ...toSpanJson(step), kind: step.kind, attributes: { ...step.attributes } };
}
