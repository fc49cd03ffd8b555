import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Attributes, Context } from '@opentelemetry/api';
import { TOKENLEDGER_ATTRIBUTES } from '@tokenledger/model/semconv';
import type { InclusiveUsage } from '@tokenledger/model';
import { isComplete, markComplete } from './adoption.ts';
import type { InspectableSpan } from './adoption.ts';
import { attributionAttributes } from './attribution.ts';
import { addCost } from './cost.ts';
import { goesDirectly, sendDirectly } from './direct.ts';
import type { Finished } from './export/finished-span.ts';
import { YieldingProvider, currentProvider } from './export/yielding-provider.ts';
import { withInnerCalls } from './inner-calls.ts';
import { sum } from './json.ts';
import type { ObservedCall } from './observed-call.ts';
import { SCOPE } from './version.ts';

/** Usage field → attribute, as the newest GenAI conventions name it; meters they do not name carry our prefix. */
const USAGE_ATTRIBUTES: Readonly<Record<keyof InclusiveUsage, string>> = {
  input_tokens: 'gen_ai.usage.input_tokens',
  output_tokens: 'gen_ai.usage.output_tokens',
  cache_read_tokens: 'gen_ai.usage.cache_read.input_tokens',
  cache_write_5m_tokens: 'anthropic.usage.cache_creation.ephemeral_5m_input_tokens',
  cache_write_1h_tokens: 'anthropic.usage.cache_creation.ephemeral_1h_input_tokens',
  cache_write_tokens: 'gen_ai.usage.cache_write.input_tokens',
  reasoning_tokens: 'gen_ai.usage.reasoning.output_tokens',
  audio_input_tokens: 'gen_ai.usage.audio.input_tokens',
  audio_cache_read_tokens: 'gen_ai.usage.audio.cache_read.input_tokens',
  audio_output_tokens: 'gen_ai.usage.audio.output_tokens',
  image_input_tokens: 'gen_ai.usage.image.input_tokens',
  image_cache_read_tokens: 'gen_ai.usage.image.cache_read.input_tokens',
  image_output_tokens: 'gen_ai.usage.image.output_tokens',
  video_input_tokens: `${TOKENLEDGER_ATTRIBUTES.usagePrefix}video_input`,
  video_output_tokens: `${TOKENLEDGER_ATTRIBUTES.usagePrefix}video_output`,
  audio_seconds: `${TOKENLEDGER_ATTRIBUTES.usagePrefix}audio_seconds`,
  video_seconds: `${TOKENLEDGER_ATTRIBUTES.usagePrefix}video_seconds`,
  gpu_seconds: `${TOKENLEDGER_ATTRIBUTES.usagePrefix}gpu_seconds`,
  characters: `${TOKENLEDGER_ATTRIBUTES.usagePrefix}characters`,
  images: `${TOKENLEDGER_ATTRIBUTES.usagePrefix}images`,
  pages: `${TOKENLEDGER_ATTRIBUTES.usagePrefix}pages`,
  requests: `${TOKENLEDGER_ATTRIBUTES.usagePrefix}requests`,
  web_search_requests: `${TOKENLEDGER_ATTRIBUTES.usagePrefix}web_searches`,
  file_search_requests: `${TOKENLEDGER_ATTRIBUTES.usagePrefix}file_searches`,
  code_sessions: `${TOKENLEDGER_ATTRIBUTES.usagePrefix}code_sessions`,
  search_units: `${TOKENLEDGER_ATTRIBUTES.usagePrefix}search_units`,
};

/** Calls that were sent to our collector beside the span of another instrumentation that they completed. */
const sentDirectly = new WeakSet<ObservedCall>();

/** A finished call becomes a span, started and ended at the times the wire showed, and so does each request that it held. */
export function emitSpan(call: ObservedCall, parent: Context): void {
  for (const each of withInnerCalls(call)) emitOne(each, parent);
}

function emitOne(call: ObservedCall, parent: Context): void {
  const finished = finishedOf(call, parent);
  const { name, startMs, endMs, status, attributes } = finished;
  const provider = currentProvider();
  if (provider instanceof YieldingProvider) return provider.record(finished);
  const tracer = provider.getTracer(SCOPE.name, SCOPE.version);
  const span = tracer.startSpan(name, { kind: SpanKind.CLIENT, startTime: startMs, attributes }, parent);
  if (status.code !== SpanStatusCode.UNSET) span.setStatus(status);
  span.end(endMs);
  if (!sentDirectly.has(call)) sendDirectly(provider, finished, span.spanContext());
}

function finishedOf(call: ObservedCall, parent: Context): Finished {
  const name = call.requestModel ? `${call.operation} ${call.requestModel}` : call.operation;
  const attributes = attributesOf(call, parent);
  if (call.error) attributes['error.type'] = call.error.type;
  const status = { code: call.error && !call.error.isAbort ? SpanStatusCode.ERROR : SpanStatusCode.UNSET };
  const { startMs, endMs = startMs } = call;
  return { name, kind: SpanKind.CLIENT, startMs, endMs, status, attributes, parent };
}

/**
 * Completes another instrumentation's span with what it lacks; what it says itself stands. `false` when the span was over before
 * anything was known of the answer, as when an app takes the raw response and reads it later.
 */
export function fillSpan(span: InspectableSpan, call: ObservedCall, parent: Context): boolean {
  // A failed attempt may be followed by a retry under the same span, which tells the outcome by itself.
  if (isComplete(span) || call.status === undefined || call.status >= 400) return true;
  if (!span.isRecording()) return false;
  markComplete(span);
  const said = span.attributes ?? {};
  const countedNothing = said[USAGE_ATTRIBUTES.input_tokens] === 0 && said[USAGE_ATTRIBUTES.output_tokens] === 0;
  for (const [name, value] of Object.entries(attributesOf(call, parent))) {
    const isUnsaid = said[name] === undefined || (countedNothing && name.startsWith('gen_ai.usage.'));
    if (value !== undefined && isUnsaid) span.setAttribute(name, value);
  }
  const provider = currentProvider();
  const around = span.parentSpanContext ? trace.setSpanContext(parent, span.parentSpanContext) : trace.deleteSpan(parent);
  if (goesDirectly(provider)) {
    sentDirectly.add(call);
    sendDirectly(provider, finishedOf(call, around), span.spanContext());
  }
  // Beside the span, not below it: it does not sum them up.
  for (const inner of withInnerCalls(call).slice(1)) emitOne(inner, around);
  return true;
}

function attributesOf(call: ObservedCall, parent: Context): Attributes {
  const attributes: Attributes = {
    ...attributionAttributes(parent),
    'gen_ai.operation.name': call.operation,
    'gen_ai.provider.name': call.provider,
    'server.address': call.serverAddress,
    'server.port': call.serverPort,
    ...call.attributes,
  };
  if (call.gateway) attributes[TOKENLEDGER_ATTRIBUTES.gateway] = call.gateway;
  if (call.requestModel) attributes['gen_ai.request.model'] = call.requestModel;
  if (call.responseModel) attributes['gen_ai.response.model'] = call.responseModel;
  if (call.responseId) attributes['gen_ai.response.id'] = call.responseId;
  if (call.finishReasons.length > 0) attributes['gen_ai.response.finish_reasons'] = [...call.finishReasons];
  if (call.streamed) {
    attributes['gen_ai.request.stream'] = true;
    if (call.firstChunkMs !== undefined) attributes['gen_ai.response.time_to_first_chunk'] = call.firstChunkMs / 1000;
  }
  addUsage(attributes, call.usage);
  addCost(attributes, call);
  return attributes;
}

/** Of these a 0 tells something: that nothing was cached, that nobody thought. Other meters that stand at 0 are left out. */
const TOLD_AT_ZERO = new Set([
  'input_tokens',
  'output_tokens',
  'cache_read_tokens',
  'cache_write_5m_tokens',
  'cache_write_1h_tokens',
  'reasoning_tokens',
]);

function addUsage(attributes: Attributes, usage: InclusiveUsage): void {
  for (const [field, quantity] of Object.entries(usage)) {
    if (quantity > 0 || TOLD_AT_ZERO.has(field)) attributes[USAGE_ATTRIBUTES[field as keyof InclusiveUsage]] = quantity;
  }
  const written = sum(usage.cache_write_5m_tokens, usage.cache_write_1h_tokens, usage.cache_write_tokens);
  if (written !== undefined) attributes[USAGE_ATTRIBUTES.cache_write_tokens] = written;
}
