import { array, count, object, sum, text } from '../json.ts';
import type { JsonObject, ObservedCall } from '../observed-call.ts';
import { reportedCostUsd } from './openai.ts';
import { addFinishReason, billNothing, innerCall, state } from './reader.ts';
import type { ApiReader, Stated } from './reader.ts';
import { readRequestParameters } from './request-parameters.ts';

/** The messages API. A stream states the input in `message_start`; what the usage of `message_delta` repeats replaces it. */
export const anthropicMessages: ApiReader = {
  request: readRequestParameters,
  answerKeys: ['text', 'thinking', 'partial_json'],
  telling: /"type":\s*"message_(?:start|delta)"/,
  response(body, call) {
    const message = object(body['message']) ?? body;
    call.responseId ??= text(message['id']);
    call.responseModel = text(message['model']) ?? call.responseModel;
    const stop = text(message['stop_reason']) ?? text(object(body['delta'])?.['stop_reason']);
    addFinishReason(call, stop);
    const usage = object(message['usage']);
    if (usage) readUsage(usage, call, body['type'] === 'message_start');
    if (stop === 'refusal' && call.provider === 'anthropic' && hasSaidNothing(message, call)) billNothing(call);
  },
};

/** Anthropic's own API does not bill what is refused before anything is said (its release notes). Of a large answer the content is not read. */
function hasSaidNothing({ content }: JsonObject, call: ObservedCall): boolean {
  return call.streamed ? call.answerBytes === 0 : Array.isArray(content) && content.length === 0;
}

const RESPONSE_FACTS: Readonly<Record<string, string>> = {
  service_tier: 'anthropic.response.service_tier',
  speed: 'anthropic.response.speed',
  inference_geo: 'anthropic.response.inference_geo',
};

const ANYWHERE = new Set(['global', 'not_available']);

/** `isStart`: the output that `message_start` states is a placeholder. */
function readUsage(usage: JsonObject, call: ObservedCall, isStart: boolean): void {
  const merged: JsonObject = { ...call.statedUsage, ...withoutNulls(usage) };
  call.statedUsage = merged;
  const iterations = array(merged['iterations']).map((each) => object(each) ?? {});
  const ofType = (type: string): readonly JsonObject[] => iterations.filter((each) => each['type'] === type);
  // A compaction is a request of its own inside the call: billed, and left out of the totals beside it.
  const { output_tokens, reasoning_tokens, ...input } = tokensOf([merged, ...ofType('compaction')]);
  state(call, {
    ...input,
    ...(!isStart && { output_tokens, reasoning_tokens }),
    web_search_requests: count(object(merged['server_tool_use'])?.['web_search_requests']),
  });
  // An advisor is another model, and beside the totals, too.
  call.inner = ofType('advisor_message').map((each) => innerCall('chat', text(each['model']), tokensOf([each])));
  // Where the model that was asked declined, the one that took its place is billed; a stream began under the first one's name.
  call.responseModel = text(ofType('fallback_message').at(-1)?.['model']) ?? call.responseModel;
  // OpenRouter speaks Anthropic's dialect too.
  call.reportedCostUsd = reportedCostUsd(merged) ?? call.reportedCostUsd;
  for (const [field, attribute] of Object.entries(RESPONSE_FACTS)) {
    const value = text(merged[field]);
    if (value) call.attributes[attribute] = value;
  }
  // Two facts that change the price, under the names by which prices are asked for.
  if (text(merged['speed']) === 'fast') call.attributes['anthropic.response.service_tier'] = 'fast';
  const geo = text(merged['inference_geo']);
  if (geo && !ANYWHERE.has(geo)) call.attributes['cloud.region'] = geo;
}

/** Anthropic leaves cached and cache-writing input out of `input_tokens`; the conventions have them in. */
function tokensOf(parts: readonly JsonObject[]): Stated {
  const total = (read: (part: JsonObject) => unknown): number | undefined => sum(...parts.map((part) => count(read(part))));
  const written = total((part) => part['cache_creation_input_tokens']);
  const written5m = total((part) => object(part['cache_creation'])?.['ephemeral_5m_input_tokens']);
  const written1h = total((part) => object(part['cache_creation'])?.['ephemeral_1h_input_tokens']);
  // A stream splits what it starts with; what its server tools write later has no time to live.
  const split = sum(written5m, written1h);
  const isSplit = written !== undefined && split !== undefined && split <= written;
  const cacheRead = total((part) => part['cache_read_input_tokens']);
  const uncached = total((part) => part['input_tokens']);
  return {
    input_tokens: sum(uncached, cacheRead, written),
    cache_read_tokens: cacheRead,
    cache_write_5m_tokens: isSplit ? written5m : undefined,
    cache_write_1h_tokens: isSplit ? written1h : undefined,
    cache_write_tokens: isSplit ? written - split || undefined : written,
    output_tokens: total((part) => part['output_tokens']),
    reasoning_tokens: total((part) => object(part['output_tokens_details'])?.['thinking_tokens']),
  };
}

function withoutNulls(usage: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(usage).filter(([, value]) => value !== null));
}
