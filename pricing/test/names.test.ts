import { describe, expect, test } from 'vitest';
import { canonicalProvider, canonicalServiceTier, createPriceBook } from '../src/index.ts';

const book = createPriceBook();
const at = Date.parse('2026-07-01T12:00:00Z');
const resolve = (provider: string, model: string, more: { at?: number; region?: string } = {}) =>
  book.explain({ provider, model, at, usage: { input_uncached: 1_000_000 }, ...more });
const inputPrice = (provider: string, model: string, more: { at?: number; region?: string } = {}): string | undefined => {
  const { lines } = resolve(provider, model, more);
  return lines
    .find(({ meter }) => meter === 'input_uncached')
    ?.amount.toString()
    .replace(/0{6}$/, '');
};

describe('every well-known provider name means one provider', () => {
  test.each([
    ['openai', ['openai', 'OpenAI', 'openai.responses', 'openai.chat', 'openai.completion']],
    [
      'azure',
      ['azure.ai.openai', 'az.ai.openai', 'azure.ai.inference', 'az.ai.inference', 'Azure', 'azure-openai.chat', 'azure_openai', 'azure'],
    ],
    ['anthropic', ['anthropic', 'Anthropic', 'anthropic.messages', 'ChatAnthropic']],
    ['google', ['google', 'gemini', 'gcp.gemini', 'gcp.gen_ai', 'google.generative-ai', 'google_genai']],
    [
      'vertex',
      ['vertex_ai', 'gcp.vertex_ai', 'google.vertex.chat', 'google.vertex', 'google_vertexai', 'VertexAI', 'vertex.anthropic.messages'],
    ],
    ['bedrock', ['aws.bedrock', 'bedrock', 'amazon-bedrock', 'AWS', 'bedrock_converse']],
    ['mistral', ['mistral_ai', 'mistral', 'mistralai', 'mistral.chat']],
    ['xai', ['x_ai', 'xai', 'x-ai', 'xai.chat']],
    ['moonshot', ['moonshot_ai', 'moonshotai', 'moonshot']],
    ['watsonx', ['ibm.watsonx.ai', 'watsonx']],
    ['together', ['together', 'together_ai', 'togetherai', 'togetherai.chat']],
    ['fireworks', ['fireworks', 'fireworks_ai', 'fireworks-ai']],
    ['voyage', ['voyage', 'voyageai']],
    ['cohere', ['cohere', 'cohere.chat']],
    ['groq', ['groq', 'groq.chat']],
    ['deepseek', ['deepseek', 'deepseek.chat']],
    ['perplexity', ['perplexity', 'pplx']],
    ['openrouter', ['openrouter', 'OpenRouter']],
    ['acme', ['acme', 'Acme']],
  ])('%s', (canonical, names) => {
    expect(names.map(canonicalProvider)).toEqual(names.map(() => canonical));
  });
});

test('service tiers are read as providers write them', () => {
  expect([undefined, 'default', 'auto', 'STANDARD', 'standard_only', 'on_demand', ''].map(canonicalServiceTier)).toEqual(
    Array(7).fill('standard'),
  );
  expect(['Flex', 'priority', 'batch', 'ultrafast'].map(canonicalServiceTier)).toEqual(['flex', 'priority', 'batch', 'ultrafast']);
  expect(['ON_DEMAND', 'ON_DEMAND_PRIORITY', 'ON_DEMAND_FLEX', 'PROVISIONED_THROUGHPUT'].map(canonicalServiceTier)).toEqual([
    'standard',
    'priority',
    'flex',
    'provisioned',
  ]);
});

describe('one model under all the ids it is known by', () => {
  test.each([
    ['openai', 'gpt-5', '1250000', ['gpt-5-2025-08-07', 'GPT-5', 'openai/gpt-5', 'litellm_proxy/openai/gpt-5', ' gpt-5 ']],
    [
      'anthropic',
      'claude-opus-4-6',
      '5000000',
      ['claude-opus-4.6', 'anthropic/claude-opus-4-6', 'claude-opus-4-6-20260205', 'claude-opus-4-6-latest'],
    ],
    ['anthropic', 'claude-fable-5-1', '10000000', ['claude-fable-5.1', 'anthropic/claude-fable-5.1']],
    ['anthropic', 'claude-sonnet-4-5', '6000000', ['claude-sonnet-4-5[1m]', 'claude-sonnet-4-5-20250929[1m]']],
    ['openrouter', 'openai/gpt-5', '1250000', ['openai/gpt-5:nitro', 'openai/gpt-5:floor']],
    [
      'openrouter',
      'anthropic/claude-sonnet-4.5',
      '6000000',
      ['anthropic/claude-sonnet-4.5:thinking', 'anthropic/claude-sonnet-4.5:beta', 'openrouter/anthropic/claude-sonnet-4.5:nitro'],
    ],
    ['openrouter', 'google/gemini-2.5-pro', '2500000', ['google/gemini-2.5-pro:nitro']],
    [
      'google',
      'gemini-2.5-pro',
      '2500000',
      ['models/gemini-2.5-pro', 'publishers/google/models/gemini-2.5-pro', 'gemini-2.5-pro-preview-05-06', 'gemini/gemini-2.5-pro'],
    ],
    [
      'vertex_ai',
      'gemini-2.5-pro',
      '2500000',
      ['projects/p/locations/global/publishers/google/models/gemini-2.5-pro', 'gemini-2.5-pro-001'],
    ],
    [
      'vertex_ai',
      'claude-sonnet-4-5',
      '6000000',
      ['claude-sonnet-4-5@20250929', 'projects/p/locations/global/publishers/anthropic/models/claude-sonnet-4-5@20250929'],
    ],
    ['vertex_ai', 'claude-3-5-sonnet', '3000000', ['claude-3-5-sonnet@20240620', 'claude-3-5-sonnet-v2@20241022', 'claude-3-5-sonnet-v2']],
    ['bedrock', 'anthropic.claude-v2', '8000000', ['anthropic.claude-v2:1', 'bedrock/anthropic.claude-v2']],
    ['bedrock', 'anthropic.claude-instant-v1', '800000', ['bedrock/anthropic.claude-instant-v1']],
    ['azure', 'gpt-3.5-turbo', '500000', ['gpt-35-turbo', 'azure/gpt-35-turbo']],
    ['azure', 'gpt-4o', '2500000', ['gpt-4o-2024-08-06', 'azure/gpt-4o', 'global/gpt-4o']],
    [
      'fireworks',
      'accounts/fireworks/models/llama-v3p3-70b-instruct',
      '900000',
      [
        'llama-v3p3-70b-instruct',
        'fireworks/models/llama-v3p3-70b-instruct',
        'fireworks_ai/accounts/fireworks/models/llama-v3p3-70b-instruct',
      ],
    ],
    ['groq', 'openai/gpt-oss-120b', '150000', ['groq/openai/gpt-oss-120b']],
    [
      'together',
      'meta-llama/llama-3.3-70b-instruct-turbo',
      '880000',
      ['meta-llama/Llama-3.3-70B-Instruct-Turbo', 'together_ai/meta-llama/Llama-3.3-70B-Instruct-Turbo'],
    ],
    ['openrouter', 'openai/gpt-5', '1250000', ['openrouter/openai/gpt-5']],
    [
      'openai',
      'ft:gpt-4.1-mini',
      '800000',
      ['ft:gpt-4.1-mini-2025-04-14:acme::AbC123', 'ft:gpt-4.1-mini-2025-04-14:acme:support:AbC123:ckpt-step-80'],
    ],
    ['openai', 'ft:gpt-4o-mini', '300000', ['ft:gpt-4o-mini-2024-07-18:acme::x', 'gpt-4o-mini-2024-07-18.ft-0123abc']],
    ['openai', 'ft:gpt-3.5-turbo', '3000000', ['ft:gpt-3.5-turbo-0125:acme::x', 'ft:gpt-3.5-turbo-1106:acme::x']],
  ])('%s %s', (provider, model, price, ids) => {
    expect(inputPrice(provider, model)).toBe(price);
    for (const id of ids) expect(inputPrice(provider, id), id).toBe(price);
  });

  test('a gateway in front of a provider is looked through', () => {
    expect(inputPrice('litellm', 'anthropic/claude-opus-4-6')).toBe('5000000');
    expect(inputPrice('openai', 'anthropic/claude-opus-4-6')).toBe('5000000');
    expect(inputPrice('vercel', 'openai/gpt-5')).toBe('1250000');
    expect(inputPrice('openai', 'claude-opus-4-6')).toBe('5000000');
    expect(inputPrice('openai', 'gemini-2.5-flash')).toBe('300000');
    expect(resolve('openai', 'llama-3.3-70b').result).toMatchObject({ status: 'unpriced' });
    expect(resolve('openai', 'anthropic/claude-opus-4-6').resolved).toMatchObject({ provider: 'anthropic', model: 'claude-opus-4-6' });
  });

  test.each(['deepseek/deepseek-chat-v3.1:free', 'never/heard-of:free', 'qwen/qwen3-coder:free'])(
    '%s costs nothing at OpenRouter',
    (model) => {
      expect(resolve('openrouter', model).result).toMatchObject({ cost: 0n });
      expect(resolve('litellm', `openrouter/${model}`).result).toMatchObject({ cost: 0n });
      expect(resolve('deepinfra', model).result.cost).toBe(null);
    },
  );

  test('a dated snapshot with a price of its own keeps it', () => {
    expect(inputPrice('openai', 'gpt-4o-2024-05-13')).toBe('5000000');
    expect(inputPrice('openai', 'gpt-4o-2024-11-20')).toBe('2500000');
  });
});

describe('Bedrock', () => {
  test.each([
    ['us.anthropic.claude-sonnet-4-5-20250929-v1:0', '6600000'],
    ['eu.anthropic.claude-sonnet-4-5-20250929-v1:0', '6600000'],
    ['ca.anthropic.claude-sonnet-4-5-20250929-v1:0', '6600000'],
    ['anthropic.claude-sonnet-4-5-20250929-v1:0', '6600000'],
    ['global.anthropic.claude-sonnet-4-5-20250929-v1:0', '6000000'],
    ['bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0', '6600000'],
    ['bedrock/converse/us.anthropic.claude-sonnet-4-5-20250929-v1:0', '6600000'],
    ['arn:aws:bedrock:us-east-1:123456789012:inference-profile/global.anthropic.claude-sonnet-4-5-20250929-v1:0', '6000000'],
    ['arn:aws:bedrock:eu-central-1::foundation-model/anthropic.claude-3-5-sonnet-20241022-v2:0', '3000000'],
    ['us.meta.llama3-3-70b-instruct-v1:0', '720000'],
    ['amazon.titan-embed-text-v2:0', '20000'],
    ['amazon.titan-embed-text-v1', '100000'],
    ['eu.amazon.nova-lite-v1:0', '78000'],
    ['us.amazon.nova-lite-v1:0', '60000'],
    ['bedrock/eu-west-2/meta.llama3-70b-instruct-v1:0', '3450000'],
    ['nova-pro-v1:0', '800000'],
    ['llama3-3-70b-instruct-v1:0', '720000'],
    ['command-r-plus-v1:0', '3000000'],
    ['claude-sonnet-4-5-20250929', '6600000'],
    ['arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/anthropic.claude-3-5-sonnet-20240620-v1:0', '3600000'],
  ])('%s', (model, price) => {
    expect(inputPrice('aws.bedrock', model)).toBe(price);
  });

  test.each([
    'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123def456',
    'arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abc123',
    'arn:aws:bedrock:us-east-1:123456789012:custom-model/anthropic.claude-3-haiku/abc',
    'arn:aws:bedrock:us-east-1:123456789012:imported-model/abc',
  ])('an opaque ARN is unpriced: %s', (model) => {
    expect(resolve('bedrock', model).result).toMatchObject({ status: 'unpriced', cost: null, charges: [] });
  });
});

describe('regional premiums', () => {
  test.each([
    ['anthropic', 'claude-opus-4-6', 'us', '5500000'],
    ['anthropic', 'claude-opus-4-6', 'global', '5000000'],
    ['anthropic', 'claude-sonnet-4-5', 'us', '6000000'],
    ['openai', 'gpt-5.4', 'eu', '5500000'],
    ['openai', 'gpt-5', 'eu', '1250000'],
    ['vertex_ai', 'claude-opus-4-6', 'europe-west4', '5500000'],
    ['vertex_ai', 'claude-3-5-sonnet', 'europe-west4', '3000000'],
    ['azure', 'gpt-4o', 'datazone', '2750000'],
    ['azure', 'gpt-4o', 'eastus2', '2500000'],
  ])('%s %s in %s', (provider, model, region, price) => {
    expect(inputPrice(provider, model, { region })).toBe(price);
  });

  test('a region in the model id is understood', () => {
    expect(inputPrice('vertex_ai', 'projects/p/locations/us-east5/publishers/anthropic/models/claude-opus-4-6')).toBe('5500000');
    expect(inputPrice('azure', 'azure/eu/gpt-4o-2024-08-06')).toBe('2750000');
  });
});

test('a Bedrock model whose profile was cut off with its vendor is an estimate where the profile changes the price', () => {
  const status = (model: string) => resolve('aws.bedrock', model).result.status;
  expect(status('claude-sonnet-4-5-20250929-v1:0')).toBe('estimated');
  expect(status('anthropic.claude-sonnet-4-5-20250929-v1:0')).toBe('exact');
  expect(status('us.anthropic.claude-sonnet-4-5-20250929-v1:0')).toBe('exact');
  expect(status('claude-3-haiku-20240307-v1:0')).toBe('exact');
});

describe('a neighbour is never priced', () => {
  test.each([
    ['openai', 'gpt-9'],
    ['openai', 'gpt-5-turbo'],
    ['openai', 'gpt-4o-mini-pro'],
    ['openai', 'gpt-oss-120b'],
    ['anthropic', 'claude-sonnet-4-5-fast'],
    ['anthropic', 'claude-opus-9'],
    ['anthropic', 'claude-haiku'],
    ['google', 'gemini-2.5-pro-max'],
    ['google', 'gemini-9-pro'],
    ['google', 'gemini-flash-latest'],
    ['google', 'gemini-pro-latest'],
    ['deepseek', 'deepseek-chat-v9'],
    ['deepseek', 'deepseek-v4-flash-max'],
    ['azure', 'acme-prod-chat'],
    ['azure', 'my-gpt-4o-deployment'],
    ['bedrock', 'amazon.titan-embed-text-v3:0'],
    ['bedrock', 'global.amazon.nova-ultra-v1:0'],
    ['mistral', 'mistral-large-9912'],
    ['xai', 'grok-4-0709-fast'],
    ['openrouter', 'qwen/qwen3-coder:nitro'],
    ['openrouter', 'openai/gpt-oss-120b:floor'],
    ['openrouter', 'openai/gpt-5:online'],
    ['openrouter', 'meta-llama/llama-9'],
    ['ollama', 'llama3.3'],
    ['', 'gpt-5'],
    ['openai', ''],
  ])('%s %s is unpriced', (provider, model) => {
    const { result } = resolve(provider, model);
    expect(result).toMatchObject({ status: 'unpriced', cost: null, charges: [] });
    expect(result.reason).toBeTruthy();
  });

  test('the reason names the nearest candidates, as a hint', () => {
    expect(resolve('anthropic', 'claude-sonnet-4-5-fast').result.reason).toBe(
      'no price for anthropic model "claude-sonnet-4-5-fast"; nearest: claude-sonnet-4-5, claude-sonnet-4-0, claude-sonnet-4-6',
    );
    expect(book.candidates('openai', 'gpt-5.4-minni')).toContain('gpt-5.4-mini');
    expect(book.candidates('openai', 'gtp-5')).toEqual(['gpt-5']);
    expect(book.candidates('azure', 'acme-prod-chat')).toEqual([]);
  });
});

test('a call without a usable time is unpriced', () => {
  expect(resolve('openai', 'gpt-5', { at: NaN }).result.reason).toBe('the time of the call is unknown');
});
