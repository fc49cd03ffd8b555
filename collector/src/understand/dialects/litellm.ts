import type { Attributes } from '../../decode/otlp.ts';
import type { Meaning } from '../dialect.ts';
import { type PickedCounts, pickCounts, readJson, readPythonDict } from '../json-attribute.ts';
import { extendOtel } from './otel-genai.ts';

/*
 * LiteLLM proxy and SDK: https://docs.litellm.ai/docs/observability/opentelemetry_integration. gen_ai.request.model is the deployment that was
 * called, gen_ai.response.model the alias the caller asked for; answers from LiteLLM's own cache repeat usage and cost. Cached and reasoning
 * tokens stand only in a Python dict, printed.
 */
const USAGE = 'metadata.usage_object';

export const liteLlm = extendOtel({
  name: 'litellm',
  scopes: [/^litellm/],
  counts: { total: ['gen_ai.usage.total_tokens', 'llm.usage.total_tokens'] },
  facts: {
    operation: ['llm.request.type', 'gen_ai.operation.name'],
    requestModel: ['gen_ai.response.model'],
    responseModel: ['gen_ai.request.model'],
    costUsd: ['gen_ai.cost.total_cost', 'litellm.cost.total'],
    team: ['metadata.user_api_key_team_alias', 'metadata.user_api_key_team_id'],
    user: ['metadata.user_api_key_user_id', 'gen_ai.request.user', 'llm.user'],
    customer: ['metadata.user_api_key_end_user_id'],
  },
  operationNames: operationNames(),
  embedded: ({ attributes }) => ({
    ...readUsageObject(attributes),
    facts: { gateway: 'litellm', ...(isServedFromCache(attributes) ? { servedFromCache: true } : {}) },
  }),
  profiles: [{ name: 'litellm', input: 'inclusive', output: 'inclusive', basis: 'measured' }],
});

/** LiteLLM writes its call types, each with an asynchronous twin (`acompletion`). */
function operationNames(): Record<string, Meaning> {
  const calls = {
    completion: 'chat',
    text_completion: 'text_completion',
    responses: 'chat',
    anthropic_messages: 'chat',
    generate_content: 'generate_content',
    embedding: 'embeddings',
    image_generation: 'image_generation',
    speech: 'speech',
    transcription: 'transcription',
    rerank: 'rerank',
  };
  const names: Record<string, Meaning> = {};
  for (const [name, operation] of Object.entries(calls)) names[name] = names[`a${name}`] = { role: 'inference', operation };
  return names;
}

function readUsageObject(attributes: Attributes): PickedCounts {
  return pickCounts(USAGE, readPythonDict(attributes.get(USAGE)) ?? {}, {
    cacheRead: ['cache_read_input_tokens', 'prompt_tokens_details.cached_tokens'],
    cacheWrite: ['cache_creation_input_tokens', 'prompt_tokens_details.cache_creation_tokens', 'prompt_tokens_details.cache_write_tokens'],
    cacheWrite5m: ['prompt_tokens_details.cache_creation_token_details.ephemeral_5m_input_tokens'],
    cacheWrite1h: ['prompt_tokens_details.cache_creation_token_details.ephemeral_1h_input_tokens'],
    audioInput: ['prompt_tokens_details.audio_tokens'],
    imageInput: ['prompt_tokens_details.image_tokens'],
    reasoning: ['completion_tokens_details.reasoning_tokens'],
    audioOutput: ['completion_tokens_details.audio_tokens'],
    imageOutput: ['completion_tokens_details.image_tokens'],
    webSearches: ['server_tool_use.web_search_requests', 'prompt_tokens_details.web_search_requests'],
  });
}

function isServedFromCache(attributes: Attributes): boolean {
  const hit = attributes.get('litellm.cache_hit');
  if (hit !== undefined) return hit === true || hit === 'True' || hit === 'true';
  const key = attributes.get('hidden_params.cache_key') ?? readJson(attributes.get('hidden_params'))?.['cache_key'];
  return typeof key === 'string' && key !== '' && key !== 'None';
}
