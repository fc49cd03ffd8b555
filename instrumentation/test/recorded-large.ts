import type { Recorded } from './follow.ts';
import type { Expected } from './recorded-exchanges.ts';

const openai = 'https://api.openai.com/v1';
const gemini = 'https://generativelanguage.googleapis.com/v1beta/models';
const picture = 'A'.repeat(300_000);
const vector = Array.from({ length: 6_000 }, (_, index) => index / 7);
const counted = { input_tokens: 1, output_tokens: 2 };

/** Larger than what is kept whole, as the SDKs send pictures: a file, the model, another file. */
const form = Buffer.concat([
  Buffer.from('--b\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'),
  Buffer.alloc(200_000, 1),
  Buffer.from('\r\n--b\r\nContent-Disposition: form-data; name="model"\r\n\r\ngpt-image-1\r\n'),
  Buffer.from('--b\r\nContent-Disposition: form-data; name="mask"; filename="m.png"\r\nContent-Type: image/png\r\n\r\n'),
  Buffer.alloc(200_000, 1),
  Buffer.from('\r\n--b--\r\n'),
]);

/** A response that drew, in the order in which OpenAI writes it: instructions before the model, tools behind the picture. */
const drew = {
  id: 'resp_1',
  object: 'response',
  status: 'completed',
  background: false,
  error: null,
  instructions: 'Say "model": '.repeat(1_000),
  model: 'gpt-5-2025-08-07',
  output: [{ id: 'ig_1', type: 'image_generation_call', status: 'completed', background: 'opaque', result: picture }],
  service_tier: 'flex',
  tool_usage: {
    image_gen: {
      input_tokens: 10,
      output_tokens: 200,
      total_tokens: 210,
      input_tokens_details: { text_tokens: 7, image_tokens: 3 },
      output_tokens_details: { image_tokens: 190, text_tokens: 10 },
    },
    web_search: { num_requests: 0 },
  },
  tools: [{ type: 'image_generation', background: 'auto', model: 'gpt-image-1', quality: 'low' }],
  usage: counted,
  metadata: { model: 'mine', status: 'odd' },
};
const drawing = {
  operation: 'image_generation',
  requestModel: 'gpt-image-1',
  usage: { input_tokens: 10, output_tokens: 200, image_input_tokens: 3, image_output_tokens: 190 },
};

/** Answers too big to parse: what is billed is found all the same. */
export const LARGE: Readonly<Record<string, readonly [Recorded, Expected]>> = {
  'OpenAI responses draw: the model of a tool is not that of the response': [
    { url: `${openai}/responses`, request: { model: 'gpt-5', input: 'draw' }, json: drew },
    {
      responseId: 'resp_1',
      responseModel: 'gpt-5-2025-08-07',
      finishReasons: ['completed'],
      usage: counted,
      inner: [drawing],
      attributes: { 'openai.response.service_tier': 'flex' },
    },
  ],
  'OpenAI responses draw, streamed': [
    {
      url: `${openai}/responses`,
      request: { model: 'gpt-5', input: 'draw', stream: true },
      events: [
        { type: 'response.created', response: { id: 'resp_1', model: 'gpt-5-2025-08-07', status: 'in_progress' } },
        { type: 'response.completed', response: drew, sequence_number: 9 },
      ],
    },
    { responseModel: 'gpt-5-2025-08-07', finishReasons: ['completed'], usage: counted, inner: [drawing] },
  ],
  'OpenAI images, asked by a form with the model between two files': [
    {
      url: `${openai}/images/edits`,
      requestHeaders: { 'content-type': 'multipart/form-data; boundary=b' },
      request: form,
      json: { data: [{ b64_json: 'AAAA' }], usage: counted },
    },
    { operation: 'image_generation', requestModel: 'gpt-image-1', usage: { ...counted, image_output_tokens: 2 } },
  ],
  'Gemini draws and searches': [
    {
      url: `${gemini}/gemini-3-pro-image:generateContent`,
      request: { contents: [] },
      json: {
        candidates: [
          {
            content: { parts: [{ inlineData: { mimeType: 'image/png', data: picture } }] },
            finishReason: 'STOP',
            groundingMetadata: { webSearchQueries: ['a', 'of ["b"]'] },
          },
        ],
        usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 9, candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 9 }] },
        modelVersion: 'gemini-3-pro-image-1',
        responseId: 'r1',
      },
    },
    {
      responseId: 'r1',
      responseModel: 'gemini-3-pro-image-1',
      finishReasons: ['STOP'],
      usage: { input_tokens: 3, output_tokens: 9, image_output_tokens: 9, web_search_requests: 2 },
    },
  ],
  'Vertex AI embeds many texts, each with its own count': [
    {
      url: 'https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/us-central1/publishers/google/models/text-embedding-005:predict',
      request: { instances: [] },
      bytes: Buffer.from(
        JSON.stringify(
          { predictions: Array.from({ length: 9 }, () => ({ embeddings: { values: vector, statistics: { token_count: 6 } } })) },
          null,
          2,
        ),
      ),
      headers: { 'content-type': 'application/json' },
    },
    { operation: 'embeddings', usage: { input_tokens: 54 } },
  ],
  'Ollama embeds at length': [
    {
      url: 'http://localhost:11434/api/embed',
      request: { model: 'embeddinggemma', input: ['a'] },
      json: { model: 'embeddinggemma', embeddings: [vector], total_duration: 5, load_duration: 1, prompt_eval_count: 8 },
    },
    { operation: 'embeddings', responseModel: 'embeddinggemma', usage: { input_tokens: 8 } },
  ],
  'Replicate draws': [
    {
      method: 'GET',
      url: 'https://api.replicate.com/v1/predictions/p1',
      json: {
        id: 'p1',
        model: 'o/m',
        output: [picture],
        error: null,
        status: 'succeeded',
        metrics: { predict_time: 1.5 },
        urls: { get: 'u' },
      },
    },
    { responseId: 'p1', isPending: false, finishReasons: ['succeeded'], usage: { gpu_seconds: 1.5 } },
  ],
  'Bedrock Converse at length': [
    {
      url: 'https://bedrock-runtime.us-west-2.amazonaws.com/model/amazon.nova-pro-v1%3A0/converse',
      request: { messages: [] },
      json: {
        metrics: { latencyMs: 5 },
        output: { message: { content: [{ text: 'x'.repeat(80_000) }] } },
        serviceTier: { type: 'flex' },
        stopReason: 'max_tokens',
        usage: { inputTokens: 1, outputTokens: 2 },
      },
    },
    { finishReasons: ['max_tokens'], usage: counted, attributes: { 'gen_ai.response.service_tier': 'flex' } },
  ],
  'Cohere at length': [
    {
      url: 'https://api.cohere.com/v2/chat',
      request: { model: 'c', messages: [] },
      json: {
        id: 'c1',
        message: { role: 'assistant', content: [{ type: 'text', text: 'x'.repeat(80_000) }] },
        finish_reason: 'COMPLETE',
        usage: { billed_units: counted, tokens: { input_tokens: 9, output_tokens: 9 } },
      },
    },
    { responseId: 'c1', finishReasons: ['COMPLETE'], usage: counted },
  ],
  'AI Gateway draws and says what it cost': [
    {
      url: 'https://ai-gateway.vercel.sh/v3/ai/image-model',
      requestHeaders: { 'ai-model-id': 'bfl/flux-pro' },
      request: { prompt: 'a cat', n: 2 },
      json: { images: [picture, picture], warnings: [], providerMetadata: { gateway: { cost: '0.08', generationId: 'gen_1' } } },
    },
    { requestModel: 'bfl/flux-pro', responseId: 'gen_1', reportedCostUsd: 0.08, usage: { images: 2 } },
  ],
  'Claude refuses after a long answer: that is billed': [
    {
      url: 'https://api.anthropic.com/v1/messages',
      request: { model: 'claude-fable-5' },
      json: { id: 'm', content: [{ type: 'text', text: 'x'.repeat(80_000) }], stop_reason: 'refusal', usage: counted },
    },
    { responseId: 'm', finishReasons: ['refusal'], usage: counted },
  ],
};
