import type { OtlpSpan } from '../../decode/otlp.ts';
import { type Dialect, type Meaning, UNKNOWN_EMITTER } from '../dialect.ts';

/*
 * OpenTelemetry GenAI semantic conventions, every generation: https://github.com/open-telemetry/semantic-conventions-genai
 * New names first, then those of semantic-conventions 1.41 and before (`gen_ai.system`, `cache_creation`, `prompt_tokens`).
 */
const inference = (operation: string): Meaning => ({ role: 'inference', operation });
const agent = (operation: string): Meaning => ({ role: 'agent', operation });
const other = (operation: string): Meaning => ({ role: 'other', operation });

export const OTEL_OPERATIONS: Readonly<Record<string, Meaning>> = {
  chat: inference('chat'),
  generate_content: inference('generate_content'),
  text_completion: inference('text_completion'),
  text_completions: inference('text_completion'),
  embeddings: inference('embeddings'),
  embedding: inference('embeddings'),
  image_generation: inference('image_generation'),
  image: inference('image_generation'),
  speech: inference('speech'),
  audio_generation: inference('audio_generation'),
  video_generation: inference('video_generation'),
  text_to_speech: inference('speech'),
  // The AI SDK 7 names these two after its functions.
  'ai.generateSpeech': inference('speech'),
  transcription: inference('transcription'),
  'ai.transcribe': inference('transcription'),
  decision: inference('decision'),
  ocr: inference('ocr'),
  rerank: inference('rerank'),
  invoke_agent: agent('invoke_agent'),
  invoke_workflow: agent('invoke_workflow'),
  workflow: agent('invoke_workflow'),
  agent_step: agent('agent_step'),
  orchestrate_tools: agent('orchestrate_tools'),
  plan: agent('plan'),
  create_agent: other('create_agent'),
  execute_tool: { role: 'tool', operation: 'execute_tool' },
  retrieval: { role: 'retrieval', operation: 'retrieval' },
  /** The response was paid for when it was made: the conventions forbid usage here. */
  fetch_response: other('fetch_response'),
  create_memory: other('create_memory'),
  update_memory: other('update_memory'),
  upsert_memory: other('upsert_memory'),
  search_memory: other('search_memory'),
  delete_memory: other('delete_memory'),
  create_memory_store: other('create_memory_store'),
  delete_memory_store: other('delete_memory_store'),
};

export const OTEL_COUNTS: Dialect['counts'] = {
  input: ['gen_ai.usage.input_tokens', 'gen_ai.usage.prompt_tokens', 'gen_ai.response.input_tokens', 'gen_ai.response.prompt_tokens'],
  output: [
    'gen_ai.usage.output_tokens',
    'gen_ai.usage.completion_tokens',
    'gen_ai.response.output_tokens',
    'gen_ai.response.completion_tokens',
  ],
  total: ['gen_ai.usage.total_tokens'],
  cacheRead: [
    'gen_ai.usage.cache_read.input_tokens',
    'gen_ai.usage.cache_read_input_tokens',
    'gen_ai.usage.cache_read_tokens',
    'gen_ai.usage.input_cached_tokens',
    'gen_ai.usage.cached_tokens',
    'gen_ai.usage.prompt_tokens_details.cached_tokens',
    'gen_ai.usage.input_tokens_details.cached_tokens',
  ],
  cacheWrite: [
    'gen_ai.usage.cache_write.input_tokens',
    'gen_ai.usage.cache_creation.input_tokens',
    'gen_ai.usage.cache_creation_input_tokens',
    'gen_ai.usage.cache_write_input_tokens',
    'gen_ai.usage.cache_write_tokens',
  ],
  /** AI SDK 7 may tell its own details beside the conventional names. */
  inputUncached: ['ai.usage.inputTokenDetails.noCacheTokens'],
  outputText: ['ai.usage.outputTokenDetails.textTokens'],
  cacheWrite5m: ['anthropic.usage.cache_creation.ephemeral_5m_input_tokens'],
  cacheWrite1h: ['anthropic.usage.cache_creation.ephemeral_1h_input_tokens'],
  reasoning: [
    'gen_ai.usage.reasoning.output_tokens',
    'gen_ai.usage.reasoning_tokens',
    'gen_ai.usage.thinking_tokens',
    'gen_ai.usage.completion_tokens_details.reasoning_tokens',
    'gen_ai.usage.output_tokens_details.reasoning_tokens',
    'ai.usage.outputTokenDetails.reasoningTokens',
  ],
  audioInput: ['gen_ai.usage.audio.input_tokens'],
  audioOutput: ['gen_ai.usage.audio.output_tokens'],
  audioCacheRead: ['gen_ai.usage.audio.cache_read.input_tokens'],
  imageInput: ['gen_ai.usage.image.input_tokens'],
  imageOutput: ['gen_ai.usage.image.output_tokens'],
  imageCacheRead: ['gen_ai.usage.image.cache_read.input_tokens'],
  compactionInput: ['anthropic.usage.compaction.input_tokens'],
  compactionOutput: ['anthropic.usage.compaction.output_tokens'],
  characters: ['gen_ai.usage.characters'],
  audioSeconds: ['gen_ai.usage.seconds'],
};

export const OTEL_FACTS: Dialect['facts'] = {
  operation: ['gen_ai.operation.name'],
  /** The last one stands in the documentation of Cloudflare's AI Gateway. */
  provider: ['gen_ai.provider.name', 'gen_ai.system', 'gen_ai.model.provider'],
  requestModel: ['gen_ai.request.model'],
  responseModel: ['gen_ai.response.model'],
  responseId: ['gen_ai.response.id', 'aws.request.id'],
  serviceTier: [
    'openai.response.service_tier',
    'gen_ai.openai.response.service_tier',
    'anthropic.response.service_tier',
    'gen_ai.response.service_tier',
    /** What was asked for, of an answer that does not say what was given. */
    'openai.request.service_tier',
    'gen_ai.openai.request.service_tier',
    'anthropic.request.service_tier',
    'gen_ai.request.service_tier',
  ],
  finishReasons: ['gen_ai.response.finish_reasons', 'gen_ai.response.finish_reason', 'anthropic.message.stop_reason'],
  ttftSeconds: ['gen_ai.response.time_to_first_chunk', 'gen_ai.client.operation.time_to_first_chunk', 'gen_ai.server.time_to_first_token'],
  costUsd: ['gen_ai.usage.cost.amount', 'gen_ai.usage.cost', 'gen_ai.usage.cost_usd', 'gen_ai.usage.total_cost', 'operation.cost'],
  costCurrency: ['gen_ai.usage.cost.currency'],
  costSource: ['gen_ai.usage.cost.source'],
  promptName: ['gen_ai.prompt.name'],
  promptVersion: ['gen_ai.prompt.version'],
};

/** For emitters that speak OpenTelemetry's names with a few of their own. */
export function extendOtel(own: Pick<Dialect, 'name' | 'scopes' | 'profiles'> & Partial<Dialect>): Dialect {
  return {
    markers: [],
    ...own,
    counts: merge(OTEL_COUNTS, own.counts),
    facts: merge(OTEL_FACTS, own.facts),
    operationNames: { ...OTEL_OPERATIONS, ...own.operationNames },
    unnamed: own.unnamed ?? unnamedRequest,
  };
}

/** The emitter's own names are preferred to the common ones. */
function merge<Field extends string>(
  common: Partial<Record<Field, readonly string[]>>,
  own: Partial<Record<Field, readonly string[]>> = {},
): Partial<Record<Field, readonly string[]>> {
  const merged = { ...common };
  for (const [field, names] of Object.entries(own) as [Field, readonly string[]][]) merged[field] = [...names, ...(common[field] ?? [])];
  return merged;
}

/** What a client span is that tells this, even where baggage writes the model of a request on every span of its trace. */
const OTHER_CLIENTS = ['db.system.name', 'db.system', 'mcp.method.name', 'messaging.system'];

/** A client span that names a model but no operation is a request; one that names a tool is its call. */
function unnamedRequest({ kind, attributes }: OtlpSpan): Meaning | undefined {
  if (attributes.has('gen_ai.tool.name')) return OTEL_OPERATIONS['execute_tool'];
  const isRequest = kind === 'client' && attributes.has('gen_ai.request.model') && !OTHER_CLIENTS.some((name) => attributes.has(name));
  return isRequest ? inference('chat') : undefined;
}

/** Instrumentations of OpenTelemetry itself, which follow its conventions; one that does not is a profile before this one. */
const OTEL_SCOPES =
  /^(?:@opentelemetry\/|opentelemetry\.instrumentation\.|opentelemetry\.util\.genai|io\.opentelemetry\.|go\.opentelemetry\.io\/|OpenTelemetry\.)/;

const AWS_SDK = /^@opentelemetry\/instrumentation-aws-sdk$/;

/** Of Bedrock itself and of AWS's SDK for Python; what frameworks tell of Bedrock has passed through their own counting. */
const BEDROCK_PYTHON = /^opentelemetry\.instrumentation\.(?:genai\.bedrock$|botocore)/;

export const otelGenAi: Dialect = extendOtel({
  name: 'otel-genai',
  scopes: [/^gen_ai$/],
  markers: ['gen_ai.operation.name', 'gen_ai.provider.name', 'gen_ai.system', 'gen_ai.request.model'],
  profiles: [
    { name: 'tokenledger', scope: /^@tokenledger\//, input: 'inclusive', output: 'inclusive', basis: 'measured' },
    /** It counts characters where the answer has no token counts … */
    {
      name: 'otel-js/aws-sdk/estimate',
      scope: AWS_SDK,
      spanNames: /^BedrockRuntime\.InvokeModel/,
      models: /cohere\.command|mistral/,
      input: 'exclusive',
      output: 'inclusive',
      estimates: 'all',
      basis: 'measured',
    },
    /** … and of a stream of Claude's it takes the count that opens it. */
    {
      name: 'otel-js/aws-sdk/claude-stream',
      scope: AWS_SDK,
      spanNames: /^BedrockRuntime\.InvokeModelWithResponseStream/,
      models: /claude/,
      input: 'exclusive',
      output: 'inclusive',
      estimates: 'output',
      basis: 'measured',
    },
    {
      name: 'otel-js/aws-sdk',
      scope: AWS_SDK,
      input: 'exclusive',
      output: 'inclusive',
      basis: 'measured',
    },
    { name: 'otel-py/bedrock', scope: BEDROCK_PYTHON, input: 'exclusive', output: 'inclusive', basis: 'measured' },
    /** Portkey answers for Anthropic in OpenAI's words with Anthropic's numbers. */
    {
      name: 'otel-py/portkey-anthropic',
      scope: /^opentelemetry\.instrumentation\.genai\.portkey$/,
      providers: ['anthropic'],
      input: 'exclusive',
      output: 'inclusive',
      basis: 'documented',
    },
    { name: 'ai-sdk-7', scope: /^gen_ai$/, input: 'inclusive', output: 'inclusive', basis: 'measured' },
    { name: 'otel-genai', scope: OTEL_SCOPES, input: 'inclusive', output: 'inclusive', basis: 'documented' },
    UNKNOWN_EMITTER,
  ],
});
