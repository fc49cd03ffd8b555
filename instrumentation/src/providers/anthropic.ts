import { array, count, object, sum, text } from '../json.ts';
import type { JsonObject, ObservedCall } from '../observed-call.ts';
import { reportedCostUsd } from './openai.ts';
import { addFinishReason, state } from './reader.ts';
import type { ApiReader } from './reader.ts';
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
  },
};

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
  // A compaction is a request of its own inside the call: billed, and left out of the totals beside it.
  const compactions = array(merged['iterations']).flatMap((each) => {
    const iteration = object(each);
    return iteration?.['type'] === 'compaction' ? [iteration] : [];
  });
  const billed = [merged, ...compactions];
  const total = (read: (part: JsonObject) => number | undefined) => sum(...billed.map(read));

  const written = total((part) => count(part['cache_creation_input_tokens']));
  const written5m = total((part) => count(object(part['cache_creation'])?.['ephemeral_5m_input_tokens']));
  const written1h = total((part) => count(object(part['cache_creation'])?.['ephemeral_1h_input_tokens']));
  const isSplit = written !== undefined && sum(written5m, written1h) === written;
  const cacheRead = total((part) => count(part['cache_read_input_tokens']));
  state(call, {
    // Anthropic leaves cached and cache-writing input out of `input_tokens`; the conventions have them in.
    input_tokens: sum(
      total((part) => count(part['input_tokens'])),
      cacheRead,
      written,
    ),
    cache_read_tokens: cacheRead,
    cache_write_5m_tokens: isSplit ? written5m : undefined,
    cache_write_1h_tokens: isSplit ? written1h : undefined,
    cache_write_tokens: isSplit ? undefined : written,
    output_tokens: isStart ? undefined : total((part) => count(part['output_tokens'])),
    reasoning_tokens: isStart ? undefined : total((part) => count(object(part['output_tokens_details'])?.['thinking_tokens'])),
    web_search_requests: count(object(merged['server_tool_use'])?.['web_search_requests']),
  });
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

function withoutNulls(usage: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(usage).filter(([, value]) => value !== null));
}
