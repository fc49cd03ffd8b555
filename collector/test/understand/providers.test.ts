import { canonicalProvider } from '@tokenledger/pricing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { observe } from '../../src/understand/observe.ts';
import { findBiller } from '../../src/understand/providers.ts';
import { spanOf } from './span.ts';

const biller = (stated: string | undefined, model?: string) => findBiller(stated, model, undefined, '').provider;

/** As emitters write them, and OpenTelemetry's name of who bills. */
const SPELLED: Readonly<Record<string, readonly string[]>> = {
  openai: ['openai', 'OpenAI', 'text-completion-openai', 'chatopenai'],
  'azure.ai.openai': ['azure', 'az.ai.openai', 'azure-openai', 'AzureOpenAI', 'azure_text'],
  'azure.ai.inference': ['az.ai.inference', 'azure_ai', 'azure.ai.foundry', 'microsoft.foundry'],
  anthropic: ['anthropic', 'Claude'],
  'gcp.gemini': ['google', 'gcp.gen_ai', 'google-gla', 'google-genai', 'google.generative-ai', 'googlegenai', 'GoogleAI'],
  'gcp.vertex_ai': [
    'vertex_ai',
    'google-vertex',
    'google-cloud',
    'google.vertex',
    'vertex.anthropic',
    'googleVertex.anthropic',
    'anthropic-vertex',
    'google_anthropic_vertex',
    'vertex_ai-anthropic_models',
    'vertex_ai_beta',
  ],
  'aws.bedrock': ['aws', 'amazon', 'Amazon Bedrock', 'AmazonBedrock', 'bedrock_converse', 'bedrock.anthropic', 'anthropic_bedrock'],
  mistral_ai: ['mistral', 'MistralAI'],
  x_ai: ['xai', 'x.ai', 'grok'],
  cohere: ['cohere', 'cohere_chat'],
  moonshot_ai: ['moonshot', 'moonshotai', 'Moonshot AI'],
  together: ['together', 'Together AI', 'togetherai'],
  'ibm.watsonx.ai': ['watsonx', 'ibm'],
  zai: ['zai', 'Z.AI'],
};

test('who bills has one name, however an emitter spells it and whichever API it adds, and the price book means the same', () => {
  const spelled = Object.entries(SPELLED).flatMap(([name, spellings]) => spellings.map((spelling) => ({ name, spelling })));
  fc.assert(
    fc.property(
      fc.constantFrom(...spelled),
      fc.constantFrom('', '.chat', '.responses', '.messages', '.embedding'),
      fc.constantFrom('_', '-', ' '),
      fc.boolean(),
      ({ name, spelling }, api, joint, isLoud) => {
        const joined = (spelling + api).replaceAll(/[-_ ]/g, joint);
        expect(biller(isLoud ? joined.toUpperCase() : joined)).toBe(name);
        expect(canonicalProvider(name)).toBe(canonicalProvider(joined));
      },
    ),
    { numRuns: 1000 },
  );
});

test.each(['lmstudio.chat', 'openai_like', 'my-proxy'])('%s is nobody known, and stays its own name', (name) => {
  expect(biller(name)).toBe(name);
});

test.each([
  ['ft:gpt-4o-mini-2024-07-18:acme::x', 'openai'],
  ['omni-moderation-latest', 'openai'],
  ['us-gov.anthropic.claude-3-haiku-20240307-v1:0', 'aws.bedrock'],
  ['qwen.qwen3-coder-480b-a35b-v1:0', 'aws.bedrock'],
  ['openai.gpt-oss-120b-1:0', 'aws.bedrock'],
  ['models/gemini-2.5-flash', 'gcp.gemini'],
  ['publishers/google/models/gemini-2.5-flash', 'gcp.vertex_ai'],
  ['projects/p/locations/us-central1/publishers/anthropic/models/claude-opus-4-1', 'gcp.vertex_ai'],
  ['llama3.2', ''],
])('a model %s whose provider nobody tells is sold by "%s"', (model, provider) => {
  expect(biller(undefined, model)).toBe(provider);
});

test.each([
  ['bedrock-mantle.us-east-1.api.aws', 'aws.bedrock'],
  ['api.deepinfra.com', 'deepinfra'],
  ['dashscope-intl.aliyuncs.com', 'alibaba'],
  ['open.bigmodel.cn', 'zhipu'],
  ['example.com', 'openai'],
])('OpenAI’s SDK that asks %s is billed by %s', (host, provider) => {
  expect(findBiller('openai', 'x', host, '').provider).toBe(provider);
});

describe('Claude at another seller reads as at Anthropic’s', () => {
  const EMITTERS = [
    {
      scope: 'ai',
      input: 'gen_ai.usage.input_tokens',
      read: 'ai.usage.cachedInputTokens',
      more: { 'ai.operationId': 'ai.generateText.doGenerate' },
    },
    { scope: 'openlit.instrumentation.vertexai' },
    { scope: '@openlit/instrumentation-langchain' },
    { scope: '@traceloop/instrumentation-langchain' },
    { scope: 'opentelemetry.instrumentation.ag2' },
    { scope: 'opentelemetry.instrumentation.llamaindex' },
    { scope: 'org.springframework.boot' },
  ];
  test.each(
    EMITTERS.flatMap((emitter) =>
      ['vertex_ai', 'google.vertex.anthropic', 'azure_ai', 'bedrock.anthropic'].map((provider) => ({ ...emitter, provider })),
    ),
  )(
    '$scope with $provider',
    ({ scope, provider, input = 'gen_ai.usage.input_tokens', read = 'gen_ai.usage.cache_read.input_tokens', more = {} }) => {
      const usageAt = (seller: string) =>
        observe(
          spanOf({
            scope,
            attributes: {
              'gen_ai.operation.name': 'chat',
              'gen_ai.provider.name': seller,
              'gen_ai.request.model': 'claude-opus-4-1',
              [input]: 5000,
              [read]: 1000,
              'gen_ai.usage.output_tokens': 60,
              ...more,
            },
          }),
        ).usage;
      expect(usageAt(provider)).toEqual(usageAt('anthropic'));
      expect(usageAt(provider)).toEqual({ input_uncached: 5000, cache_read: 1000, output_text: 60 });
    },
  );
});
