import { canonicalProvider } from '@tokenledger/pricing';
import type { AttributeValue, Attributes } from '../../decode/otlp.ts';
import type { Meaning } from '../dialect.ts';
import { type PickedCounts, pickCounts, readJson, readPythonDict } from '../json-attribute.ts';
import type { FactField } from '../reading.ts';
import { extendOtel } from './otel-genai.ts';

/*
 * LiteLLM proxy and SDK: https://docs.litellm.ai/docs/observability/opentelemetry_integration. gen_ai.response.model is the alias the caller asked
 * for. In its first way of telling, gen_ai.request.model is the deployment that was called, answers from LiteLLM's own cache repeat usage and
 * cost, and cached and reasoning tokens stand only in a Python dict, printed. In its second (`litellm.call_type`), gen_ai.request.model is the
 * alias, too; the deployment is `litellm.provider.model`, and LiteLLM's cache gives no span.
 */
const USAGE = 'metadata.usage_object';

const OPERATIONS = operationNames();

export const liteLlm = extendOtel({
  name: 'litellm',
  scopes: [/^litellm/],
  counts: { total: ['gen_ai.usage.total_tokens', 'llm.usage.total_tokens'] },
  facts: {
    operation: ['llm.request.type', 'gen_ai.operation.name'],
    requestModel: ['gen_ai.response.model'],
    responseModel: ['gen_ai.request.model'],
    costUsd: ['gen_ai.cost.total_cost', 'litellm.cost.total'],
    team: ['metadata.user_api_key_team_alias', 'litellm.team.alias', 'metadata.user_api_key_team_id', 'litellm.team.id'],
    user: ['metadata.user_api_key_user_id', 'litellm.metadata.user_api_key_user_id', 'gen_ai.request.user', 'llm.user'],
    customer: ['metadata.user_api_key_end_user_id', 'litellm.end_user.id', 'litellm.metadata.user_api_key_end_user_id'],
    session: ['gen_ai.conversation.id'],
  },
  operationNames: OPERATIONS,
  embedded: ({ attributes }) => ({
    ...readUsageObject(attributes),
    facts: {
      gateway: 'litellm',
      ...readCallType(attributes),
      ...readDeployment(attributes),
      ...(isServedFromCache(attributes) ? { servedFromCache: true } : {}),
    },
  }),
  profiles: [{ name: 'litellm', input: 'inclusive', output: 'inclusive', basis: 'measured' }],
});

type Told = Partial<Record<FactField, AttributeValue>>;

/** What was called says more than the convention's name of it: images, speech and pages are all `generate_content` there. */
function readCallType(attributes: Attributes): Told {
  const type = attributes.get('litellm.call_type');
  return typeof type === 'string' && Object.hasOwn(OPERATIONS, type) ? { operation: type } : {};
}

/** `azure/gpt-5` at Azure: the route stands before the model. */
function readDeployment(attributes: Attributes): Told {
  const deployment = attributes.get('litellm.provider.model');
  if (typeof deployment !== 'string') return {};
  const provider = attributes.get('gen_ai.provider.name') ?? attributes.get('gen_ai.system');
  const slash = deployment.indexOf('/');
  const isRouted = typeof provider === 'string' && canonicalProvider(deployment.slice(0, slash)) === canonicalProvider(provider);
  return { responseModel: isRouted ? deployment.slice(slash + 1) : deployment };
}

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
    ocr: 'ocr',
  };
  // A response that is asked for again tells its usage again.
  const others = { get_responses: 'fetch_response', cancel_responses: 'fetch_response' };
  const names: Record<string, Meaning> = {};
  for (const [name, operation] of Object.entries(calls)) names[name] = names[`a${name}`] = { role: 'inference', operation };
  for (const [name, operation] of Object.entries(others)) names[name] = names[`a${name}`] = { role: 'other', operation };
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
