import type { Recorded } from './follow.ts';
import type { Expected } from './recorded-exchanges.ts';

const contents = [{ parts: [{ text: 'hello' }] }];
const gemini = {
  responseId: 'r1',
  modelVersion: 'gemini-2.5-flash',
  candidates: [{ finishReason: 'STOP' }],
  usageMetadata: { promptTokenCount: 7, candidatesTokenCount: 3 },
};
const aiGateway = 'https://ai-gateway.vercel.sh/v3/ai';
const prompt = [{ role: 'user', content: [{ type: 'text', text: 'hello' }] }];
const small = { input_tokens: 7, output_tokens: 3 };
const counted = { inputTokens: { total: 7, noCache: 3, cacheRead: 4 }, outputTokens: { total: 3, text: 1, reasoning: 2 } };

/** Calls by way of somebody else, and models that are somebody's own. */
export const ROUTES: Readonly<Record<string, readonly [Recorded, Expected]>> = {
  'AI Gateway in the AI SDK’s words: model in a header, cost in the metadata': [
    {
      url: `${aiGateway}/language-model`,
      requestHeaders: { 'ai-language-model-id': 'anthropic/claude-opus-4.5', 'ai-language-model-streaming': 'false' },
      request: { prompt },
      json: {
        content: [{ type: 'text', text: 'hi' }],
        finishReason: { unified: 'stop', raw: 'end_turn' },
        usage: counted,
        response: { id: 'msg_1', modelId: 'claude-opus-4-5' },
        providerMetadata: { gateway: { generationId: 'gen_1', cost: '0.00123' } },
      },
    },
    {
      provider: 'vercel',
      operation: 'chat',
      requestModel: 'anthropic/claude-opus-4.5',
      responseModel: 'claude-opus-4-5',
      responseId: 'msg_1',
      finishReasons: ['stop'],
      reportedCostUsd: 0.00123,
      usage: { ...small, cache_read_tokens: 4, reasoning_tokens: 2 },
    },
  ],
  'AI Gateway, streamed': [
    {
      url: `${aiGateway}/language-model`,
      requestHeaders: { 'ai-language-model-id': 'openai/gpt-5' },
      request: { prompt },
      events: [
        { type: 'stream-start', warnings: [] },
        { type: 'response-metadata', id: 'r1', modelId: 'gpt-5-2025-08-07' },
        { type: 'text-delta', id: '0', delta: 'hi' },
        { type: 'finish', finishReason: { unified: 'stop' }, usage: counted, providerMetadata: { gateway: { cost: '0' } } },
      ],
    },
    {
      streamed: true,
      requestModel: 'openai/gpt-5',
      responseModel: 'gpt-5-2025-08-07',
      responseId: 'r1',
      finishReasons: ['stop'],
      answerBytes: 2,
      usage: { ...small, cache_read_tokens: 4, reasoning_tokens: 2 },
    },
  ],
  'AI Gateway as the AI SDK 5 speaks it': [
    {
      url: 'https://ai-gateway.vercel.sh/v1/ai/language-model',
      requestHeaders: { 'ai-language-model-id': 'openai/gpt-5' },
      request: { prompt },
      events: [
        {
          type: 'finish',
          finishReason: 'length',
          usage: { inputTokens: 7, outputTokens: 3, totalTokens: 10, reasoningTokens: 2, cachedInputTokens: 4 },
        },
      ],
    },
    { finishReasons: ['length'], usage: { ...small, cache_read_tokens: 4, reasoning_tokens: 2 } },
  ],
  'AI Gateway broken off: what went by is estimated': [
    {
      url: `${aiGateway}/language-model`,
      requestHeaders: { 'ai-language-model-id': 'openai/gpt-5' },
      request: { prompt },
      events: [{ type: 'text-delta', id: '0', delta: 'hello' }],
    },
    {
      usage: { input_tokens: 2, output_tokens: 2 },
      attributes: { 'tokenledger.usage.estimated': true },
    },
  ],
  'AI Gateway embeddings': [
    {
      url: `${aiGateway}/embedding-model`,
      requestHeaders: { 'ai-model-id': 'openai/text-embedding-3-small' },
      request: { values: ['hello'] },
      json: { embeddings: [[0.5]], usage: { tokens: 7 }, providerMetadata: { gateway: { cost: '0.00000014' } } },
    },
    {
      operation: 'embeddings',
      requestModel: 'openai/text-embedding-3-small',
      reportedCostUsd: 0.00000014,
      usage: { input_tokens: 7 },
    },
  ],
  'AI Gateway images': [
    {
      url: `${aiGateway}/image-model`,
      requestHeaders: { 'ai-model-id': 'bfl/flux-pro' },
      request: { prompt: 'a cat', n: 2 },
      json: { images: ['aaaa', 'bbbb'], warnings: [] },
    },
    { operation: 'image_generation', requestModel: 'bfl/flux-pro', usage: { images: 2 } },
  ],
  'Gemini, a model tuned by oneself': [
    {
      url: 'https://generativelanguage.googleapis.com/v1beta/tunedModels/mine-1:generateContent',
      request: { contents },
      json: gemini,
    },
    { provider: 'gcp.gemini', requestModel: 'mine-1', responseModel: 'gemini-2.5-flash', usage: small },
  ],
  'Vertex AI, an endpoint of one’s own': [
    {
      url: 'https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/us-central1/endpoints/1234:streamGenerateContent?alt=sse',
      request: { contents },
      events: [gemini],
    },
    { provider: 'gcp.vertex_ai', requestModel: '1234', responseModel: 'gemini-2.5-flash', usage: small },
  ],
  'Vertex AI behind a gateway is known by its paths': [
    {
      url: 'https://gateway.example/v1/projects/p/locations/us-east5/publishers/anthropic/models/claude-sonnet-4-5@20250929:rawPredict',
      request: { messages: [], max_tokens: 5 },
      json: { id: 'msg_1', model: 'claude-sonnet-4-5-20250929', usage: { input_tokens: 7, output_tokens: 3 } },
    },
    { provider: 'gcp.vertex_ai', gateway: 'gateway.example', requestModel: 'claude-sonnet-4-5@20250929', usage: small },
  ],
  'Mistral, a conversation restarted': [
    {
      url: 'https://api.mistral.ai/v1/conversations/conv_1/restart#stream',
      request: { inputs: 'hello', from_entry_id: 'e1' },
      json: { conversation_id: 'conv_2', outputs: [], usage: { prompt_tokens: 7, completion_tokens: 3 } },
    },
    { provider: 'mistral_ai', responseId: 'conv_2', usage: small },
  ],
};
