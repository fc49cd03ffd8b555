import { parseUsd } from '@tokenledger/model';
import { describe, expect, test } from 'vitest';
import type { AttributeValue } from '../../src/decode/otlp.ts';
import { observe } from '../../src/understand/observe.ts';
import { billOf, spanOf } from './span.ts';

/* What users of other cost trackers complain about, class by class: each test is a bill that others get wrong. */

const otel = (attributes: Record<string, AttributeValue>, facts: Parameters<typeof spanOf>[0] = {}) =>
  spanOf({ scope: '@opentelemetry/instrumentation-openai', ...facts, attributes: { 'gen_ai.operation.name': 'chat', ...attributes } });

const opus = { 'gen_ai.provider.name': 'anthropic', 'gen_ai.request.model': 'claude-opus-5' };

describe('A. cached tokens are neither counted twice nor dropped', () => {
  const CASES = [
    { uncached: 5, read: 128_955, write: 1253, output: 400, usd: '0.08233375' },
    { uncached: 50_000, read: 100_000, write: 0, output: 400, usd: '0.31' },
    // Fewer cached tokens than input: no arithmetic can tell, only who says it.
    { uncached: 5000, read: 1000, write: 500, output: 60, usd: '0.030125' },
  ];
  test.each(CASES)(
    'one call costs $usd USD whether its emitter counts cached tokens as input or not',
    async ({ uncached, read, write, output, usd }) => {
      const cached = {
        'gen_ai.usage.cache_read.input_tokens': read,
        'gen_ai.usage.cache_creation.input_tokens': write,
        'gen_ai.usage.output_tokens': output,
      };
      const inclusive = spanOf({
        scope: 'com.anthropic.sdk.typescript',
        attributes: { 'gen_ai.operation.name': 'chat', ...opus, ...cached, 'gen_ai.usage.input_tokens': uncached + read + write },
      });
      const exclusive = spanOf({
        scope: '@openlit/instrumentation-anthropic',
        attributes: { 'gen_ai.operation.name': 'chat', ...opus, ...cached, 'gen_ai.usage.input_tokens': uncached },
      });
      expect((await billOf(inclusive)).cost).toBe(parseUsd(usd));
      expect((await billOf(exclusive)).cost).toBe(parseUsd(usd));
    },
  );

  test('an unknown emitter whose cached tokens exceed its input is read as excluding them, and flagged', () => {
    const { usage, semantics } = observe(
      otel({ ...opus, 'gen_ai.usage.input_tokens': 5, 'gen_ai.usage.cache_read.input_tokens': 1000 }, { scope: 'somebody' }),
    );
    expect(usage).toEqual({ input_uncached: 5, cache_read: 1000 });
    expect(semantics).toMatchObject({ profile: 'unknown-emitter', flags: ['unknown_emitter'] });
  });

  test('an emitter that is known to include them and contradicts itself is believed by arithmetic, and flagged', () => {
    const { usage, semantics } = observe(otel({ ...opus, 'gen_ai.usage.input_tokens': 5, 'gen_ai.usage.cache_read.input_tokens': 1000 }));
    expect(usage.input_uncached).toBe(5);
    expect(semantics).toMatchObject({ confidence: 'likely', flags: ['cache_exceeds_input'] });
  });
});

describe('B. a parent that repeats its children is not billed', () => {
  test('an agent of 29,899 tokens over four requests of 29,899 tokens costs 29,899 tokens', async () => {
    const tokens = (input: number) => ({
      'gen_ai.request.model': 'gpt-5',
      'gen_ai.provider.name': 'openai',
      'gen_ai.usage.input_tokens': input,
    });
    const parent = otel({ ...tokens(29_899), 'gen_ai.operation.name': 'invoke_agent' }, { id: 1 });
    const children = [7000, 7000, 7000, 8899].map((input) => otel(tokens(input), { parent: 1 }));
    expect((await billOf(parent, ...children)).sums).toMatchObject({ calls: 4, input_uncached: 29_899 });
  });

  test('two nested embedding spans of one name and operation are one request', async () => {
    const embeddings = {
      'gen_ai.operation.name': 'embeddings',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'text-embedding-3-small',
      'gen_ai.usage.input_tokens': 28,
    };
    const outer = spanOf({ scope: 'gen_ai', id: 1, attributes: embeddings });
    const inner = spanOf({ scope: 'gen_ai', parent: 1, attributes: embeddings });
    expect((await billOf(outer, inner)).sums).toMatchObject({ calls: 1, input_uncached: 28 });
  });

  test('a request inside a tool of another request is a request of its own', async () => {
    const model = { 'gen_ai.request.model': 'gpt-5', 'gen_ai.provider.name': 'openai', 'gen_ai.usage.input_tokens': 10 };
    const outer = otel(model, { id: 1 });
    const tool = spanOf({ id: 2, parent: 1, attributes: { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'search' } });
    const inner = otel(model, { parent: 2 });
    expect((await billOf(outer, tool, inner)).sums).toMatchObject({ calls: 2, input_uncached: 20 });
  });

  test('an agent without any request below it is billed for what it says', async () => {
    const agent = otel({
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-5',
      'gen_ai.usage.input_tokens': 10,
    });
    expect((await billOf(agent)).sums).toMatchObject({ calls: 1, input_uncached: 10 });
  });
});

test('C. a stream without usage is a call of unknown cost, not a free one', async () => {
  const { billed, sums } = await billOf(otel({ 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': 'gpt-5' }));
  expect(billed).toMatchObject([{ usage: {}, cost: null, priceStatus: 'unpriced', unpricedReason: 'no_usage' }]);
  expect(sums).toMatchObject({ calls: 1, unpriced: 1, requests: 1 });
  expect(sums).not.toHaveProperty('cost');
});

describe('D. thinking tokens of Gemini are billed once', () => {
  const gemini = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gemini-3.1-pro-preview', 'gen_ai.usage.input_tokens': 2000 };
  test('where output leaves them out', () => {
    const { usage } = observe(
      spanOf({
        scope: '@traceloop/instrumentation-google-generativeai',
        attributes: {
          ...gemini,
          'gen_ai.provider.name': 'gcp.gen_ai',
          'gen_ai.usage.output_tokens': 150,
          'gen_ai.usage.reasoning_tokens': 8000,
          'gen_ai.usage.total_tokens': 10_150,
        },
      }),
    );
    expect(usage).toMatchObject({ output_text: 150, reasoning: 8000 });
  });

  test('where only the total knows them', () => {
    const { usage, semantics } = observe(
      spanOf({
        scope: '@traceloop/instrumentation-langchain',
        attributes: {
          ...gemini,
          'gen_ai.provider.name': 'gcp.gemini',
          'gen_ai.usage.output_tokens': 150,
          'gen_ai.usage.total_tokens': 10_150,
        },
      }),
    );
    expect(usage).toMatchObject({ output_text: 150, reasoning: 8000 });
    expect(semantics.flags).toEqual([]);
  });

  test('where output holds them already', () => {
    const { usage } = observe(
      spanOf({
        scope: 'ai',
        attributes: {
          'ai.operationId': 'ai.generateText.doGenerate',
          'ai.model.provider': 'google.generative-ai',
          'ai.model.id': 'gemini-3.1-pro-preview',
          'ai.usage.outputTokens': 22,
          'ai.usage.outputTokenDetails.textTokens': 1,
          'ai.usage.outputTokenDetails.reasoningTokens': 21,
        },
      }),
    );
    expect(usage).toEqual({ output_text: 1, reasoning: 21 });
  });
});

test('E. reasoning inside output is not billed again', async () => {
  const call = otel({
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'gpt-5',
    'gen_ai.usage.output_tokens': 1970,
    'gen_ai.usage.reasoning.output_tokens': 956,
  });
  const { billed, cost } = await billOf(call);
  expect(billed[0]?.usage).toEqual({ output_text: 1014, reasoning: 956 });
  expect(cost).toBe(parseUsd('0.0197'));
});

describe('F. Bedrock', () => {
  const bedrock = (model: string) =>
    spanOf({
      scope: '@opentelemetry/instrumentation-aws-sdk',
      attributes: {
        'gen_ai.system': 'aws.bedrock',
        'gen_ai.operation.name': 'chat',
        'gen_ai.request.model': model,
        'cloud.region': 'us-east-1',
        'gen_ai.usage.input_tokens': 1_000_000,
      },
    });
  test('a regional profile costs its premium, a global one does not', async () => {
    expect((await billOf(bedrock('us.anthropic.claude-opus-5-v1:0'))).cost).toBe(parseUsd('5.5'));
    expect((await billOf(bedrock('global.anthropic.claude-opus-5-v1:0'))).cost).toBe(parseUsd('5'));
  });

  test.each([
    ['global.anthropic.claude-opus-5-v1:0', '5'],
    ['arn:aws:bedrock:us-east-1:123456789012:inference-profile/global.anthropic.claude-opus-5-v1:0', '5'],
    ['us.anthropic.claude-opus-5-v1:0', '5.5'],
  ])('%s has its own price, also when the answer names the model without its profile', async (model, usd) => {
    const call = otel({
      'gen_ai.system': 'aws.bedrock',
      'gen_ai.request.model': model,
      'gen_ai.response.model': 'claude-opus-5',
      'gen_ai.usage.input_tokens': 1_000_000,
    });
    expect((await billOf(call)).cost).toBe(parseUsd(usd));
  });

  test('an application inference profile that nobody mapped has no price, not the price 0', async () => {
    const arn = 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123';
    expect((await billOf(bedrock(arn))).billed).toMatchObject([
      { provider: 'aws.bedrock', model: arn, cost: null, priceStatus: 'unpriced' },
    ]);
  });
});

test('G. an Azure deployment name that nobody mapped has no price, not the price 0', async () => {
  const call = otel({ 'gen_ai.system': 'az.ai.openai', 'gen_ai.request.model': 'my-gpt4o-deploy', 'gen_ai.usage.input_tokens': 10 });
  expect((await billOf(call)).billed).toMatchObject([{ provider: 'azure.ai.openai', cost: null, priceStatus: 'unpriced' }]);
});

describe('F. the region that an address names', () => {
  const MILLION = { 'gen_ai.request.model': 'gpt-5.6', 'gen_ai.usage.input_tokens': 1_000_000 };
  test.each([
    ['server.address', 'eu.api.openai.com', 'eu'],
    ['server.address', 'GB.api.openai.com:443', 'uk'],
    ['gen_ai.openai.api_base', 'https://us.api.openai.com/v1/', 'us'],
  ])('%s %s costs a tenth more', async (name, address, region) => {
    const there = (await billOf(otel({ ...MILLION, [name]: address }))).billed[0];
    const anywhere = (await billOf(otel({ ...MILLION, [name]: 'https://api.openai.com/v1' }))).billed[0];
    expect(there).toMatchObject({ provider: 'openai', region });
    expect(anywhere?.region).toBeUndefined();
    expect(there?.cost).toBe(((anywhere?.cost ?? 0n) * 11n) / 10n);
  });

  test.each([
    ['bedrock-runtime-fips.us-gov-west-1.amazonaws.com', 'aws.bedrock', 'us-gov-west-1'],
    ['vpce-1a-2b.bedrock-runtime.eu-west-1.vpce.amazonaws.com', 'aws.bedrock', 'eu-west-1'],
    ['bedrock-runtime.amazonaws.com', 'aws.bedrock', undefined],
    ['us-east5-aiplatform.googleapis.com', 'gcp.vertex_ai', 'us-east5'],
    ['aiplatform.eu.rep.googleapis.com', 'gcp.vertex_ai', 'eu'],
    ['aiplatform.googleapis.com', 'gcp.vertex_ai', undefined],
  ])('%s is %s in %s', (address, provider, region) => {
    const seen = observe(otel({ ...MILLION, 'server.address': address }));
    expect({ provider: seen.provider, region: seen.region }).toEqual({ provider, region });
  });

  test('gives way to a region that is told', () => {
    expect(observe(otel({ ...MILLION, 'server.address': 'eu.api.openai.com', 'cloud.region': 'us' })).region).toBe('us');
  });
});

describe('H. cache writes of one hour', () => {
  const native = (attributes: Record<string, number>) =>
    spanOf({
      scope: 'com.anthropic.sdk.typescript',
      attributes: {
        'gen_ai.operation.name': 'chat',
        ...opus,
        'gen_ai.usage.input_tokens': 1005,
        'gen_ai.usage.cache_write.input_tokens': 1000,
        ...attributes,
      },
    });
  test('cost twice the input where the emitter tells them apart', async () => {
    const hour = native({
      'anthropic.usage.cache_creation.ephemeral_5m_input_tokens': 0,
      'anthropic.usage.cache_creation.ephemeral_1h_input_tokens': 1000,
    });
    expect((await billOf(hour)).cost).toBe(parseUsd('0.010025'));
    const minutes = native({
      'anthropic.usage.cache_creation.ephemeral_5m_input_tokens': 1000,
      'anthropic.usage.cache_creation.ephemeral_1h_input_tokens': 0,
    });
    expect((await billOf(minutes)).cost).toBe(parseUsd('0.006275'));
  });

  test('stay of unknown lifetime where it does not', () => {
    expect(observe(native({})).usage).toEqual({ input_uncached: 5, cache_write: 1000 });
  });
});

test('I. a long context is measured by the whole prompt, cached tokens included, and re-rates the whole request', async () => {
  const call = otel(
    {
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-5.6-sol',
      'gen_ai.usage.input_tokens': 270_540 + 7936,
      'gen_ai.usage.cache_read.input_tokens': 7936,
      'gen_ai.usage.output_tokens': 630,
    },
    { at: '2026-08-01T12:00:00Z' },
  );
  expect((await billOf(call)).cost).toBe(parseUsd('2.741686'));
});

test('J. tools cost a fee per use, not per declaration', async () => {
  const call = (searches: number) =>
    spanOf({
      scope: '@tokenledger/instrumentation',
      attributes: {
        'gen_ai.operation.name': 'chat',
        ...opus,
        'gen_ai.usage.input_tokens': 100,
        'tokenledger.usage.web_searches': searches,
      },
    });
  const none = await billOf(call(0));
  const three = await billOf(call(3));
  expect(three.cost - none.cost).toBe(parseUsd('0.03'));
});

test('K. the tier that answered is priced, not the tier that was asked for', async () => {
  const call = (tier: string) =>
    otel({
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-5',
      'openai.request.service_tier': 'priority',
      'openai.response.service_tier': tier,
      'gen_ai.usage.input_tokens': 10_000,
    });
  const standard = await billOf(call('default'));
  expect(standard.cost).toBe(parseUsd('0.0125'));
  expect((await billOf(call('flex'))).cost).toBe(parseUsd('0.00625'));
});

describe('L. no other model is priced in place of the one that answered', () => {
  test('the answering model is priced', async () => {
    const call = otel({
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-5',
      'gen_ai.response.model': 'gpt-5-mini-2025-08-07',
      'gen_ai.usage.input_tokens': 1_000_000,
    });
    expect((await billOf(call)).cost).toBe(parseUsd('0.25'));
  });

  test.each(['gpt-5.3-codex-unheard-of', 'gpt-6-agent', 'claude-opus-55'])('%s has no neighbour', async (model) => {
    const call = otel({
      'gen_ai.provider.name': model.startsWith('gpt') ? 'openai' : 'anthropic',
      'gen_ai.request.model': model,
      'gen_ai.usage.input_tokens': 10,
    });
    expect((await billOf(call)).billed).toMatchObject([{ model, cost: null, priceStatus: 'unpriced' }]);
  });

  test('a provider where the model should stand is no model', async () => {
    const call = spanOf({
      scope: '@openlit/instrumentation-langchain',
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'anthropic',
        'gen_ai.request.model': 'anthropic',
        'gen_ai.usage.input_tokens': 5,
      },
    });
    expect((await billOf(call)).billed).toMatchObject([{ model: '', cost: null, priceStatus: 'unpriced' }]);
  });
});

describe('M. audio, images and embeddings', () => {
  test('audio tokens are taken out of the totals', () => {
    const { usage } = observe(
      otel({
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'gpt-4o-audio-preview',
        'gen_ai.usage.input_tokens': 100,
        'gen_ai.usage.audio.input_tokens': 80,
        'gen_ai.usage.output_tokens': 50,
        'gen_ai.usage.audio.output_tokens': 40,
      }),
    );
    expect(usage).toEqual({ input_uncached: 20, audio_input: 80, output_text: 10, audio_output: 40 });
  });

  test('cached audio is in neither audio nor cached text', () => {
    const { usage } = observe(
      otel({
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'gpt-realtime',
        'gen_ai.usage.input_tokens': 100,
        'gen_ai.usage.audio.input_tokens': 60,
        'gen_ai.usage.audio.cache_read.input_tokens': 20,
        'gen_ai.usage.cache_read.input_tokens': 30,
      }),
    );
    expect(usage).toEqual({ input_uncached: 30, cache_read: 10, audio_cache_read: 20, audio_input: 40 });
  });

  test('an embedding has a price', async () => {
    const call = otel({
      'gen_ai.operation.name': 'embeddings',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'text-embedding-3-small',
      'gen_ai.usage.input_tokens': 1_000_000,
    });
    expect((await billOf(call)).cost).toBe(parseUsd('0.02'));
  });
});

describe('N. unknown is not zero', () => {
  test('a cost of 0 from an emitter that knows no price is no cost', async () => {
    const call = spanOf({
      scope: '@openlit/instrumentation-openai',
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'gpt-6-unheard-of',
        'gen_ai.usage.input_tokens': 10,
        'gen_ai.usage.cost': 0,
      },
    });
    const { billed, sums } = await billOf(call);
    expect(billed).toMatchObject([{ cost: null, reportedCost: undefined, priceStatus: 'unpriced' }]);
    expect(sums['unpriced']).toBe(1);
  });

  test('a cost that the provider billed is taken where no price is known, and marked', async () => {
    const call = otel({
      'gen_ai.provider.name': 'openrouter',
      'gen_ai.request.model': 'some/model',
      'gen_ai.usage.input_tokens': 10,
      'gen_ai.usage.cost.amount': 0.0035,
      'gen_ai.usage.cost.currency': 'USD',
      'gen_ai.usage.cost.source': 'provider',
    });
    const { billed, cost } = await billOf(call);
    expect(billed).toMatchObject([{ priceStatus: 'provider_reported', charges: [{ meter: 'requests', amount: parseUsd('0.0035') }] }]);
    expect(cost).toBe(parseUsd('0.0035'));
  });

  test.each([-1, NaN, Infinity, 12.5, 2 ** 53, 1e18, '12.5', 'many', true])(
    'a token count of %s is no count: the bucket is absent and flagged',
    (count) => {
      const { usage, semantics, rawUsage } = observe(
        otel({ ...opus, 'gen_ai.usage.input_tokens': count, 'gen_ai.usage.output_tokens': 7 }),
      );
      expect(usage).toEqual({ output_text: 7 });
      expect(semantics.flags).toEqual(['not_a_count:gen_ai.usage.input_tokens']);
      expect(Object.keys(rawUsage)).toEqual(['gen_ai.usage.input_tokens', 'gen_ai.usage.output_tokens']);
    },
  );

  test('a request that failed without usage costs nothing, with usage it costs', async () => {
    const failed = otel({ ...opus }, { status: 'error' });
    expect((await billOf(failed)).calls).toMatchObject([{ billable: false, notBillableReason: 'failed_without_usage', cost: 0n }]);
    const late = otel({ ...opus, 'gen_ai.usage.input_tokens': 1_000_000 }, { status: 'error' });
    expect((await billOf(late)).cost).toBe(parseUsd('5'));
  });
});

test('a retried request is one call; two identical calls stay two', async () => {
  const call = (facts: Parameters<typeof spanOf>[0]) => otel({ ...opus, 'gen_ai.usage.input_tokens': 10 }, facts);
  const attempts = [call({ id: 7 }), call({ id: 7 })];
  expect((await billOf(...attempts)).sums['calls']).toBe(1);
  expect((await billOf(call({}), call({}))).sums['calls']).toBe(2);
});

test.each([
  ['ai.transcribe', 'transcription', { 'gen_ai.usage.seconds': 3 }, { 'tokenledger.usage.audio_seconds': 3 }],
  ['ai.generateSpeech', 'text_to_speech', { 'gen_ai.usage.characters': 5 }, { 'tokenledger.usage.characters': 5 }],
])('%s of the AI SDK 7 and %s of ours in two traces are one call', async (theirs, ours, said, seen) => {
  const model = { 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': 'tts-1' };
  const { billed } = await billOf(
    spanOf({ scope: 'gen_ai', trace: 1, attributes: { ...model, 'gen_ai.operation.name': theirs, ...said } }),
    spanOf({ scope: '@tokenledger/instrumentation', trace: 2, attributes: { ...model, 'gen_ai.operation.name': ours, ...seen } }),
  );
  expect(billed).toHaveLength(1);
});

describe('xAI counts thoughts beside the answer, and in the total', () => {
  const grok = { 'gen_ai.request.model': 'grok-4', 'gen_ai.provider.name': 'x_ai' };
  const input = { 'gen_ai.operation.name': 'chat', 'gen_ai.usage.input_tokens': 279 };

  test('who passes on its numbers and tells no total is read so', () => {
    const parts = { 'gen_ai.usage.output_tokens': 120, 'gen_ai.usage.reasoning_tokens': 89 };
    const scopes = ['openlit.instrumentation.openai', 'opentelemetry.instrumentation.ag2', 'agent_framework'];
    for (const scope of scopes) {
      const { usage, semantics } = observe(spanOf({ scope, attributes: { ...grok, ...input, ...parts } }));
      expect(usage).toEqual({ input_uncached: 279, output_text: 120, reasoning: 89 });
      expect(semantics.flags).toEqual([]);
    }
  });

  test('what only the total shows are thoughts', () => {
    const attributes = {
      'openinference.span.kind': 'LLM',
      'llm.model_name': 'grok-4',
      'llm.provider': 'xai',
      'llm.token_count.prompt': 279,
      'llm.token_count.completion': 6,
      'llm.token_count.total': 374,
    };
    const { usage, semantics } = observe(spanOf({ scope: 'openinference.instrumentation.openai', attributes }));
    expect(usage).toEqual({ input_uncached: 279, output_text: 6, reasoning: 89 });
    expect(semantics.flags).toEqual([]);
  });

  test('who has put them into the output is believed', () => {
    const parts = { 'gen_ai.usage.output_tokens': 209, 'gen_ai.usage.reasoning.output_tokens': 89 };
    expect(observe(spanOf({ scope: 'gen_ai', attributes: { ...grok, ...input, ...parts } })).usage).toEqual({
      input_uncached: 279,
      output_text: 120,
      reasoning: 89,
    });
  });
});

test('the AI SDK 4 leaves out Gemini’s thoughts and tells them nowhere: an estimate, where the model thinks', () => {
  const told = { 'ai.model.provider': 'google.generative-ai', 'ai.usage.promptTokens': 1910, 'ai.usage.completionTokens': 1010 };
  const of = (model: string, more: Record<string, AttributeValue> = {}) => {
    const attributes = { 'ai.operationId': 'ai.generateText.doGenerate', 'gen_ai.request.model': model, ...told, ...more };
    return observe(spanOf({ scope: 'ai', attributes })).estimated;
  };
  expect(of('gemini-2.5-flash', { 'ai.response.providerMetadata': '{"google":{"groundingMetadata":null}}' })).toBe(true);
  expect(of('gemini-2.0-flash')).toBe(false);
  expect(of('gemini-2.5-flash', { 'ai.response.providerMetadata': '{"google":{"usageMetadata":{"candidatesTokenCount":1010}}}' })).toBe(
    false,
  );
  expect(of('gemini-2.5-flash', { 'ai.usage.reasoningTokens': 0 })).toBe(false);
  expect(of('gemini-2.5-flash', { 'ai.request.headers.user-agent': 'ai/6.0.12' })).toBe(false);
});
