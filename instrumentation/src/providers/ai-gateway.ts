import { array, count, object, text } from '../json.ts';
import type { JsonObject, ObservedCall } from '../observed-call.ts';
import { addFinishReason, state } from './reader.ts';
import type { ApiReader } from './reader.ts';
import { readRequestParameters } from './request-parameters.ts';

const MODEL_HEADERS = ['ai-language-model-id', 'ai-model-id'];

/**
 * Vercel's AI Gateway in the AI SDK's own words, as the SDK speaks when a model is only named (`model: 'openai/gpt-5'`). The model is in
 * a header, the cost in the metadata. Since the SDK's release 6 counts are objects; before they were numbers side by side.
 */
export const aiGateway: ApiReader = {
  request: readRequestParameters,
  requestHeaders(header, call) {
    call.requestModel ??= MODEL_HEADERS.map(header).find(Boolean);
  },
  answerKeys: ['delta'],
  marks: {
    '"images":'(_, call) {
      if (call.operation !== 'image_generation' || call.usage.input_tokens !== undefined) return;
      state(call, { images: call.usage.images ?? count(call.attributes['gen_ai.request.choice.count']) ?? 1 });
    },
  },
  telling: /"type":\s*"(?:finish|response-metadata)"/,
  response(body, call) {
    const about = body['type'] === 'response-metadata' ? body : object(body['response']);
    call.responseModel = text(about?.['modelId']) ?? call.responseModel;
    call.responseId ??= text(about?.['id']);
    addFinishReason(call, text(body['finishReason']) ?? text(object(body['finishReason'])?.['unified']));
    readUsage(object(body['usage']) ?? {}, call);
    const gateway = object(object(body['providerMetadata'])?.['gateway']);
    call.responseId ??= text(gateway?.['generationId']);
    call.reportedCostUsd = costUsd(gateway) ?? call.reportedCostUsd;
    const images = array(body['images']).length;
    if (images > 0 && call.usage.input_tokens === undefined) state(call, { images });
    state(call, { audio_seconds: count(body['durationInSeconds']) });
  },
};

function readUsage(usage: JsonObject, call: ObservedCall): void {
  const input = object(usage['inputTokens']);
  const output = object(usage['outputTokens']);
  state(call, {
    input_tokens: count(input?.['total']) ?? count(usage['inputTokens']) ?? count(usage['tokens']),
    output_tokens: count(output?.['total']) ?? count(usage['outputTokens']),
    cache_read_tokens: count(input?.['cacheRead']) ?? count(usage['cachedInputTokens']),
    cache_write_tokens: count(input?.['cacheWrite']),
    reasoning_tokens: count(output?.['reasoning']) ?? count(usage['reasoningTokens']),
  });
}

/** Told as a decimal string. Nothing at all when the app pays its provider with a key of its own: then the price book knows. */
function costUsd(gateway: JsonObject | undefined): number | undefined {
  const stated = gateway?.['cost'];
  const cost = count(typeof stated === 'string' && stated.trim() !== '' ? Number(stated) : stated);
  return cost === 0 ? undefined : cost;
}
