import { array, count, object, sum, text } from '../json.ts';
import type { JsonObject, ObservedCall } from '../observed-call.ts';
import { anthropicMessages } from './anthropic.ts';
import { readUsage } from './openai.ts';
import { addFinishReason, state } from './reader.ts';
import type { ApiReader, Stated } from './reader.ts';
import { readRequestParameters } from './request-parameters.ts';

/** Bedrock's Converse API. Like Anthropic's, its input leaves cached and cache-writing tokens out. */
export const bedrockConverse: ApiReader = {
  request(body, call) {
    const limit = count(object(body['inferenceConfig'])?.['maxTokens']);
    if (limit !== undefined) call.attributes['gen_ai.request.max_tokens'] = limit;
    const tier = text(object(body['serviceTier'])?.['type']);
    if (tier) call.attributes['gen_ai.request.service_tier'] = tier;
  },
  answerKeys: ['text'],
  telling: /"usage":\s*\{|"stopReason":/,
  response(body, call) {
    addFinishReason(call, text(body['stopReason']));
    const tier = text(object(body['serviceTier'])?.['type']);
    if (tier) call.attributes['gen_ai.response.service_tier'] = tier;
    // A prompt router chooses the model.
    call.responseModel = text(object(object(body['trace'])?.['promptRouter'])?.['invokedModelId']) ?? call.responseModel;
    const usage = object(body['usage']);
    if (usage) state(call, converseUsage(usage));
  },
};

/** InvokeModel passes the vendor's own body through, beside counts in headers or in the last event of a stream. */
export const bedrockInvoke: ApiReader = {
  request(body, call) {
    readRequestParameters(body, call);
    const [, operation] = KINDS.find(([kind]) => kind.test(call.requestModel ?? '')) ?? [];
    if (operation) call.operation = operation;
    const documents = array(body['documents']).length;
    if (operation === 'rerank' && documents > 0) state(call, { search_units: Math.ceil(documents / DOCUMENTS_PER_SEARCH) });
    const pictures = count(object(body['imageGenerationConfig'])?.['numberOfImages']);
    if (pictures !== undefined && pictures > 1) call.attributes['gen_ai.request.choice.count'] = pictures;
  },
  answerKeys: ['text', 'thinking', 'partial_json', 'generation'],
  telling: /"type":\s*"message_(?:start|delta)"|"amazon-bedrock-invocationMetrics":|"usage":|"messageStop":/,
  marks: {
    '"images":'(_, call) {
      call.operation = 'image_generation';
      // Pictures are one list of strings; it is as long as was asked for.
      state(call, { images: call.usage.images ?? count(call.attributes['gen_ai.request.choice.count']) ?? 1 });
    },
  },
  headers(header, call) {
    const tier = text(header('x-amzn-bedrock-service-tier'));
    if (tier) call.attributes['gen_ai.response.service_tier'] = tier;
    state(call, {
      input_tokens: headerCount(header('x-amzn-bedrock-input-token-count')),
      output_tokens: headerCount(header('x-amzn-bedrock-output-token-count')),
    });
  },
  response(body, call) {
    const metrics = object(body['amazon-bedrock-invocationMetrics']);
    // Nova's events are those of Converse, each under its name.
    const usage = object(body['usage']) ?? object(object(body['metadata'])?.['usage']);
    const images = array(body['images']).length;
    if (images > 0) state(call, { images });
    if (!usage || !('input_tokens' in usage)) readFinish(body, call);
    if (usage && 'inputTokens' in usage) state(call, converseUsage(usage));
    else if (usage && 'prompt_tokens' in usage) readUsage(usage, call);
    else if (usage || object(body['message'])) anthropicMessages.response(body, call);
    else if (metrics && call.usage.input_tokens === undefined) {
      state(call, metricsUsage(metrics));
    }
    // Titan's embeddings.
    if (call.usage.input_tokens === undefined) state(call, { input_tokens: count(body['inputTextTokenCount']) });
  },
};

/** Reranking is billed by the question, of up to so many documents; the answer does not say. */
const DOCUMENTS_PER_SEARCH = 100;

/** What a model is for is in its name only. */
const KINDS = [
  [/\bembed/, 'embeddings'],
  [/\brerank/, 'rerank'],
] as const;

/** Each vendor has its own word for why the model stopped. */
function readFinish(body: JsonObject, call: ObservedCall): void {
  const answers = [
    body,
    object(body['messageStop']),
    ...['choices', 'results', 'outputs'].flatMap((list) => array(body[list]).map(object)),
  ];
  for (const answer of answers) {
    const keys = ['stopReason', 'stop_reason', 'finish_reason', 'completionReason'];
    addFinishReason(call, keys.map((key) => text(answer?.[key])).find(Boolean));
  }
}

function headerCount(value: string | undefined): number | undefined {
  return value === undefined ? undefined : count(Number(value));
}

function metricsUsage(metrics: JsonObject): Stated {
  return converseUsage({
    inputTokens: metrics['inputTokenCount'],
    outputTokens: metrics['outputTokenCount'],
    cacheReadInputTokens: metrics['cacheReadInputTokenCount'],
    cacheWriteInputTokens: metrics['cacheWriteInputTokenCount'],
  });
}

function converseUsage(usage: JsonObject): Stated {
  const cacheRead = count(usage['cacheReadInputTokens']);
  const written = count(usage['cacheWriteInputTokens']);
  const byTtl = new Map<string, number | undefined>();
  for (const detail of Array.isArray(usage['cacheDetails']) ? usage['cacheDetails'] : []) {
    const ttl = text(object(detail)?.['ttl']);
    if (ttl) byTtl.set(ttl, count(object(detail)?.['inputTokens']));
  }
  const isSplit = written !== undefined && sum(byTtl.get('5m'), byTtl.get('1h')) === written;
  return {
    input_tokens: sum(count(usage['inputTokens']), cacheRead, written),
    output_tokens: count(usage['outputTokens']),
    cache_read_tokens: cacheRead,
    cache_write_5m_tokens: isSplit ? byTtl.get('5m') : undefined,
    cache_write_1h_tokens: isSplit ? byTtl.get('1h') : undefined,
    cache_write_tokens: isSplit ? undefined : written,
  };
}
