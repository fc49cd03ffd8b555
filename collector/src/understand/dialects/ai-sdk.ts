import type { Attributes, OtlpSpan } from '../../decode/otlp.ts';
import type { Dialect, Embedded, Meaning, Profile } from '../dialect.ts';
import { pickCounts, pickTexts, readJson } from '../json-attribute.ts';
import { THINK_BESIDE_OUTPUT, THINKING_GEMINI } from '../providers.ts';
import { OTEL_COUNTS, OTEL_FACTS } from './otel-genai.ts';

/*
 * Vercel AI SDK 4 to 7, the `ai.*` telemetry (scope `ai`; in 7 "legacy"): https://ai-sdk.dev/docs/ai-sdk-core/telemetry
 * The scope has no version and one name has had several meanings, so the attributes themselves must tell them apart: since 6 there are
 * `ai.usage.inputTokenDetails.*`, and totals contain their parts for every provider; before that they read as the provider's own API does.
 */
const REQUESTS = ['doGenerate', 'doStream', 'doEmbed', 'doRerank'];
const FUNCTIONS: Readonly<Record<string, string>> = {
  generateText: 'chat',
  streamText: 'chat',
  generateObject: 'chat',
  streamObject: 'chat',
  embed: 'embeddings',
  embedMany: 'embeddings',
  rerank: 'rerank',
  generateImage: 'image_generation',
  generateSpeech: 'speech',
  transcribe: 'transcription',
};

function operationNames(): Record<string, Meaning> {
  const names: Record<string, Meaning> = { 'ai.toolCall': { role: 'tool', operation: 'execute_tool' } };
  for (const [name, operation] of Object.entries(FUNCTIONS)) {
    names[`ai.${name}`] = { role: 'wrapper', operation };
    for (const request of REQUESTS) names[`ai.${name}.${request}`] = { role: 'inference', operation };
  }
  return names;
}

const SINCE_6: Profile = { name: 'ai-sdk>=6', input: 'inclusive', output: 'inclusive', basis: 'measured' };

export const aiSdk: Dialect = {
  name: 'ai-sdk',
  scopes: [/^ai$/],
  markers: ['ai.operationId'],
  counts: {
    input: ['ai.usage.inputTokens', 'ai.usage.promptTokens', 'gen_ai.usage.input_tokens', 'ai.usage.tokens'],
    inputUncached: ['ai.usage.inputTokenDetails.noCacheTokens'],
    output: ['ai.usage.outputTokens', 'ai.usage.completionTokens', 'gen_ai.usage.output_tokens'],
    outputText: ['ai.usage.outputTokenDetails.textTokens'],
    total: ['ai.usage.totalTokens'],
    cacheRead: ['ai.usage.inputTokenDetails.cacheReadTokens', 'ai.usage.cachedInputTokens'],
    cacheWrite: ['ai.usage.inputTokenDetails.cacheWriteTokens'],
    reasoning: ['ai.usage.outputTokenDetails.reasoningTokens', 'ai.usage.reasoningTokens'],
    characters: OTEL_COUNTS.characters ?? [],
    audioSeconds: OTEL_COUNTS.audioSeconds ?? [],
  },
  facts: {
    ...OTEL_FACTS,
    operation: ['ai.operationId'],
    provider: ['ai.model.provider', 'gen_ai.provider.name', 'gen_ai.system'],
    requestModel: ['gen_ai.request.model', 'ai.model.id'],
    responseModel: ['gen_ai.response.model', 'ai.response.model'],
    responseId: ['gen_ai.response.id', 'ai.response.id'],
    finishReasons: ['gen_ai.response.finish_reasons', 'ai.response.finishReason'],
    ttftMs: ['ai.response.msToFirstChunk'],
  },
  operationNames: operationNames(),
  embedded: readProviderMetadata,
  profiles: [
    {
      ...SINCE_6,
      havingAny: [
        'ai.usage.inputTokenDetails.noCacheTokens',
        'ai.usage.inputTokenDetails.cacheReadTokens',
        'ai.usage.outputTokenDetails.textTokens',
      ],
    },
    { name: 'ai-sdk<6/anthropic', providers: ['anthropic', 'aws.bedrock'], input: 'exclusive', output: 'inclusive', basis: 'measured' },
    { name: 'ai-sdk<6/thoughts-beside', providers: THINK_BESIDE_OUTPUT, input: 'inclusive', output: 'exclusive', basis: 'measured' },
    { name: 'ai-sdk<6', input: 'inclusive', output: 'inclusive', basis: 'measured' },
  ],
};

const SERVICE_TIERS = [
  'openai.serviceTier',
  'azure.serviceTier',
  'anthropic.usage.service_tier',
  'google.serviceTier',
  'google.usageMetadata.trafficType',
  'vertex.usageMetadata.trafficType',
];

/** What providers say beyond the SDK's own counts, by the paths they say it under; v4 wrote some names in camel case. */
function readProviderMetadata({ attributes }: OtlpSpan): Embedded {
  const metadata = readJson(attributes.get('ai.response.providerMetadata')) ?? {};
  const cost = pickTexts(metadata, { costUsd: ['openrouter.usage.cost', 'gateway.cost'] });
  const read = pickCounts('ai.response.providerMetadata', metadata, {
    inputUncached: ['anthropic.usage.input_tokens'],
    outputText: ['google.usageMetadata.candidatesTokenCount', 'vertex.usageMetadata.candidatesTokenCount'],
    cacheRead: [
      'anthropic.usage.cache_read_input_tokens',
      'anthropic.cacheReadInputTokens',
      'openai.cachedPromptTokens',
      'azure.cachedPromptTokens',
      'google.usageMetadata.cachedContentTokenCount',
      'vertex.usageMetadata.cachedContentTokenCount',
      'bedrock.usage.cacheReadInputTokens',
      'deepseek.promptCacheHitTokens',
    ],
    cacheWrite: [
      'anthropic.usage.cache_creation_input_tokens',
      'anthropic.cacheCreationInputTokens',
      'bedrock.usage.cacheWriteInputTokens',
      'bedrock.usage.cacheCreationInputTokens',
    ],
    cacheWrite5m: ['anthropic.usage.cache_creation.ephemeral_5m_input_tokens', 'bedrock.usage.cacheDetails.ttl=5m.inputTokens'],
    cacheWrite1h: ['anthropic.usage.cache_creation.ephemeral_1h_input_tokens', 'bedrock.usage.cacheDetails.ttl=1h.inputTokens'],
    toolInput: ['google.usageMetadata.toolUsePromptTokenCount', 'vertex.usageMetadata.toolUsePromptTokenCount'],
    reasoning: [
      'openai.reasoningTokens',
      'azure.reasoningTokens',
      'google.usageMetadata.thoughtsTokenCount',
      'vertex.usageMetadata.thoughtsTokenCount',
    ],
    webSearches: ['anthropic.usage.server_tool_use.web_search_requests'],
  });
  return {
    profile: sinceVersion6(attributes) ? SINCE_6 : undefined,
    ...read,
    facts: {
      ...pickTexts(metadata, { serviceTier: SERVICE_TIERS }),
      ...cost,
      ...(cost.costUsd !== undefined && { costSource: 'provider' }),
      ...(read.counts.outputText === undefined && hidesThoughts(attributes) && { estimated: true }),
    },
  };
}

/** Version 4 tells no thoughts and has no total; later ones have them at one place or the other. */
function hidesThoughts(attributes: Attributes): boolean {
  const provider = attributes.get('ai.model.provider');
  if (typeof provider !== 'string' || !provider.startsWith('google') || !attributes.has('ai.usage.completionTokens')) return false;
  const model = attributes.get('gen_ai.response.model') ?? attributes.get('gen_ai.request.model') ?? attributes.get('ai.model.id');
  const thinks = typeof model === 'string' && THINKING_GEMINI.test(model);
  return thinks && !attributes.has('ai.usage.reasoningTokens') && !sinceVersion6(attributes);
}

/** Spans outside streams have no details, but name the version that sent the request: `ai/6.0.12 …`. */
function sinceVersion6(attributes: Attributes): boolean {
  const agent = attributes.get('ai.request.headers.user-agent');
  const major = typeof agent === 'string' ? /^ai\/(\d+)/.exec(agent)?.[1] : undefined;
  return Number(major) >= 6;
}
