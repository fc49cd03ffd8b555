import type { InclusiveUsage } from '@tokenledger/model';
import type { ObservedCall } from '../src/observed-call.ts';
import type { Recorded } from './follow.ts';

/** What must be read from an exchange; what is not listed is not compared, except usage, which is. */
export interface Expected extends Partial<Omit<ObservedCall, 'usage' | 'attributes'>> {
  readonly usage: InclusiveUsage;
  readonly attributes?: ObservedCall['attributes'];
  /** Attributes that must not be there. */
  readonly absent?: readonly string[];
}

const messages = [{ role: 'user', content: 'hello' }];
const openai = 'https://api.openai.com/v1';
const gemini = 'https://generativelanguage.googleapis.com/v1beta/models';

/** An AWS event-stream frame, its headers all text; its checksums are not read. */
export function frame(payload: unknown, headers: Readonly<Record<string, string>> = {}): Buffer {
  const json = Buffer.from(JSON.stringify(payload));
  const head = Buffer.concat(Object.entries(headers).map(([name, value]) => header(name, value)));
  const bytes = Buffer.alloc(16 + head.length + json.length);
  bytes.writeUInt32BE(bytes.length, 0);
  bytes.writeUInt32BE(head.length, 4);
  head.copy(bytes, 12);
  json.copy(bytes, 12 + head.length);
  return bytes;
}

function header(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), Buffer.from([7, 0, value.length]), Buffer.from(value)]);
}

/** A form with a file, as the SDKs send audio. */
const form = Buffer.from(
  '--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\nRIFF....\r\n--b\r\nContent-Disposition: form-data; name="model"\r\n\r\nwhisper-1\r\n--b--\r\n',
);

export const EXCHANGES: Readonly<Record<string, readonly [Recorded, Expected]>> = {
  'OpenAI chat: details are parts of their totals': [
    {
      url: `${openai}/chat/completions`,
      request: { model: 'gpt-5', messages, temperature: 0.5, max_completion_tokens: 9, service_tier: 'flex', reasoning_effort: 'low' },
      json: {
        id: 'chatcmpl-1',
        model: 'gpt-5-2025-08-07',
        service_tier: 'flex',
        choices: [{ finish_reason: 'stop', message: {} }],
        usage: {
          prompt_tokens: 1200,
          completion_tokens: 300,
          total_tokens: 1500,
          prompt_tokens_details: { cached_tokens: 1000, audio_tokens: 10, cache_write_tokens: 5 },
          completion_tokens_details: { reasoning_tokens: 120, audio_tokens: 20 },
        },
      },
    },
    {
      provider: 'openai',
      operation: 'chat',
      requestModel: 'gpt-5',
      responseModel: 'gpt-5-2025-08-07',
      responseId: 'chatcmpl-1',
      finishReasons: ['stop'],
      gateway: undefined,
      usage: {
        input_tokens: 1200,
        output_tokens: 300,
        cache_read_tokens: 1000,
        cache_write_tokens: 5,
        audio_input_tokens: 10,
        reasoning_tokens: 120,
        audio_output_tokens: 20,
      },
      attributes: {
        'openai.request.service_tier': 'flex',
        'openai.response.service_tier': 'flex',
        'gen_ai.request.temperature': 0.5,
        'gen_ai.request.max_tokens': 9,
        'gen_ai.request.reasoning.level': 'low',
      },
    },
  ],
  'OpenAI chat stream: usage comes after the text': [
    {
      url: `${openai}/chat/completions`,
      request: { model: 'gpt-5', messages, stream: true },
      events: [
        { id: 'c', model: 'gpt-5-2025-08-07', choices: [{ delta: { content: '' }, finish_reason: null }], usage: null },
        { id: 'c', model: 'gpt-5-2025-08-07', choices: [{ delta: { content: 'Say "usage": {} ' }, finish_reason: null }], usage: null },
        { id: 'c', model: 'gpt-5-2025-08-07', choices: [{ delta: {}, finish_reason: 'length' }], usage: null },
        { id: 'c', choices: [], usage: { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 } },
        '[DONE]',
      ],
    },
    { streamed: true, responseId: 'c', finishReasons: ['length'], usage: { input_tokens: 9, output_tokens: 4 } },
  ],
  'a stream without usage is estimated from its text': [
    {
      url: `${openai}/chat/completions`,
      request: {
        model: 'gpt-5',
        stream: true,
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'x'.repeat(400) },
              { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
            ],
          },
        ],
      },
      events: [
        { id: 'c', model: 'gpt-5', choices: [{ delta: { content: 'y'.repeat(40) } }] },
        { id: 'c', model: 'gpt-5', choices: [{ delta: { content: 'ü'.repeat(20) }, finish_reason: 'stop' }] },
      ],
    },
    {
      usage: { input_tokens: 100, output_tokens: 20 },
      attributes: { 'tokenledger.usage.estimated': true, 'tokenledger.usage.estimation_method': 'utf8_bytes/4' },
    },
  ],
  'OpenAI responses: hosted tools are counted per use': [
    {
      url: `${openai}/responses`,
      request: { model: 'gpt-5', input: 'hello', previous_response_id: 'resp_0' },
      json: {
        id: 'resp_1',
        model: 'gpt-5',
        status: 'completed',
        output: [{ type: 'web_search_call' }, { type: 'web_search_call' }, { type: 'file_search_call' }, { type: 'message' }],
        usage: {
          input_tokens: 50,
          output_tokens: 7,
          input_tokens_details: { cached_tokens: 20 },
          output_tokens_details: { reasoning_tokens: 3 },
        },
      },
    },
    {
      finishReasons: ['completed'],
      usage: {
        input_tokens: 50,
        output_tokens: 7,
        cache_read_tokens: 20,
        reasoning_tokens: 3,
        web_search_requests: 2,
        file_search_requests: 1,
      },
      attributes: { 'gen_ai.request.previous_response.id': 'resp_0' },
    },
  ],
  'OpenAI responses stream: the last event holds the whole response': [
    {
      url: `${openai}/responses`,
      request: { model: 'gpt-5', input: 'hello', stream: true },
      events: [
        { type: 'response.created', response: { id: 'resp_1', model: 'gpt-5', status: 'in_progress', usage: null } },
        { type: 'response.output_text.delta', delta: 'hello' },
        {
          type: 'response.incomplete',
          response: {
            id: 'resp_1',
            model: 'gpt-5',
            status: 'incomplete',
            incomplete_details: { reason: 'max_output_tokens' },
            usage: { input_tokens: 5, output_tokens: 6 },
          },
        },
      ],
    },
    { responseId: 'resp_1', finishReasons: ['max_output_tokens'], usage: { input_tokens: 5, output_tokens: 6 } },
  ],
  'an answer too big to parse is read at its edges': [
    {
      url: `${openai}/responses`,
      request: { model: 'gpt-5', input: 'hello' },
      json: {
        id: 'resp_big',
        status: 'completed',
        model: 'gpt-5',
        output: [{ type: 'web_search_call' }, { type: 'message', text: '{"usage": {'.repeat(40_000) }],
        usage: { input_tokens: 5, output_tokens: 60_000, output_tokens_details: { reasoning_tokens: 1 } },
      },
    },
    {
      responseId: 'resp_big',
      responseModel: 'gpt-5',
      finishReasons: ['completed'],
      usage: { input_tokens: 5, output_tokens: 60_000, reasoning_tokens: 1, web_search_requests: 1 },
    },
  ],
  'OpenAI embeddings: a long list of numbers': [
    {
      url: `${openai}/embeddings`,
      request: { model: 'text-embedding-3-large', input: 'hello', dimensions: 256 },
      json: {
        object: 'list',
        data: [{ embedding: Array.from({ length: 100_000 }, (_, index) => index / 7) }],
        model: 'text-embedding-3-large',
        usage: { prompt_tokens: 8, total_tokens: 8 },
      },
    },
    {
      operation: 'embeddings',
      responseModel: 'text-embedding-3-large',
      usage: { input_tokens: 8 },
      attributes: { 'gen_ai.embeddings.dimension.count': 256 },
    },
  ],
  'OpenAI images by token': [
    {
      url: `${openai}/images/generations`,
      request: { model: 'gpt-image-1', prompt: 'a cat' },
      json: {
        data: [{ b64_json: 'AAAA' }],
        usage: { input_tokens: 13, output_tokens: 272, total_tokens: 285, input_tokens_details: { text_tokens: 10, image_tokens: 3 } },
      },
    },
    { operation: 'image_generation', usage: { input_tokens: 13, output_tokens: 272, image_input_tokens: 3, image_output_tokens: 272 } },
  ],
  'OpenAI images by picture': [
    {
      url: `${openai}/images/generations`,
      request: { model: 'dall-e-3', prompt: 'a cat', n: 2 },
      json: { data: [{ url: 'u' }, { url: 'v' }] },
    },
    { usage: { images: 2 }, attributes: { 'gen_ai.request.choice.count': 2 } },
  ],
  'OpenAI transcription by second, asked by form': [
    {
      url: `${openai}/audio/transcriptions`,
      requestHeaders: { 'content-type': 'multipart/form-data; boundary=b' },
      request: form,
      json: { text: 'hello', usage: { type: 'duration', seconds: 61 } },
    },
    { operation: 'transcription', requestModel: 'whisper-1', usage: { audio_seconds: 61 } },
  ],
  'OpenAI transcription by token': [
    {
      url: `${openai}/audio/transcriptions`,
      requestHeaders: { 'content-type': 'multipart/form-data; boundary=b' },
      request: form,
      json: {
        text: 'hello',
        usage: {
          type: 'tokens',
          input_tokens: 14,
          input_token_details: { audio_tokens: 14, text_tokens: 0 },
          output_tokens: 4,
          total_tokens: 18,
        },
      },
    },
    { usage: { input_tokens: 14, audio_input_tokens: 14, output_tokens: 4 } },
  ],
  'OpenAI speech: characters are in the question': [
    { url: `${openai}/audio/speech`, request: { model: 'tts-1', input: 'twelve chars', voice: 'alloy' }, bytes: Buffer.alloc(100) },
    { operation: 'text_to_speech', usage: { characters: 12 } },
  ],
  'Azure OpenAI: the deployment is in the path': [
    {
      url: 'https://acme.openai.azure.com/openai/deployments/my-gpt/chat/completions?api-version=2026-01-01',
      request: { messages },
      json: { id: 'c', model: 'gpt-4o-2024-11-20', choices: [], usage: { prompt_tokens: 5, completion_tokens: 6, total_tokens: 11 } },
    },
    {
      provider: 'azure.ai.openai',
      requestModel: 'my-gpt',
      responseModel: 'gpt-4o-2024-11-20',
      usage: { input_tokens: 5, output_tokens: 6 },
    },
  ],
  'Anthropic: cached input is beside the input, and joins it': [
    {
      url: 'https://api.anthropic.com/v1/messages?beta=true',
      request: { model: 'claude-sonnet-5', messages, max_tokens: 5 },
      json: {
        id: 'msg_1',
        type: 'message',
        model: 'claude-sonnet-5',
        stop_reason: 'end_turn',
        usage: {
          input_tokens: 20,
          cache_creation_input_tokens: 1000,
          cache_read_input_tokens: 300,
          cache_creation: { ephemeral_5m_input_tokens: 400, ephemeral_1h_input_tokens: 600 },
          output_tokens: 50,
          output_tokens_details: { thinking_tokens: 30 },
          server_tool_use: { web_search_requests: 2 },
          service_tier: 'priority',
          inference_geo: 'us',
        },
      },
    },
    {
      provider: 'anthropic',
      finishReasons: ['end_turn'],
      usage: {
        input_tokens: 1320,
        cache_read_tokens: 300,
        cache_write_5m_tokens: 400,
        cache_write_1h_tokens: 600,
        output_tokens: 50,
        reasoning_tokens: 30,
        web_search_requests: 2,
      },
      attributes: { 'anthropic.response.service_tier': 'priority', 'anthropic.response.inference_geo': 'us', 'cloud.region': 'us' },
    },
  ],
  'Anthropic stream: the delta replaces what the start announced': [
    {
      url: 'https://api.anthropic.com/v1/messages',
      request: { model: 'claude-sonnet-5', messages, max_tokens: 5, stream: true },
      events: [
        {
          type: 'message_start',
          message: {
            id: 'msg_1',
            type: 'message',
            model: 'claude-sonnet-5',
            stop_reason: null,
            usage: { input_tokens: 20, cache_read_input_tokens: 5, cache_creation_input_tokens: 0, output_tokens: 1 },
          },
        },
        { type: 'content_block_delta', delta: { type: 'text_delta', text: 'hello' } },
        { type: 'message_delta', delta: { stop_reason: 'max_tokens' }, usage: { input_tokens: 22, output_tokens: 15 } },
        { type: 'message_stop' },
      ],
    },
    {
      responseId: 'msg_1',
      finishReasons: ['max_tokens'],
      usage: { input_tokens: 27, cache_read_tokens: 5, cache_write_tokens: 0, output_tokens: 15 },
    },
  ],
  'Anthropic compaction is billed beside the answer': [
    {
      url: 'https://api.anthropic.com/v1/messages',
      request: { model: 'claude-sonnet-5', messages, max_tokens: 5 },
      json: {
        id: 'msg_1',
        model: 'claude-sonnet-5',
        usage: {
          input_tokens: 10,
          output_tokens: 5,
          iterations: [
            { type: 'compaction', input_tokens: 1000, cache_read_input_tokens: 100, output_tokens: 50 },
            { type: 'message', input_tokens: 10, output_tokens: 5 },
          ],
        },
      },
    },
    { usage: { input_tokens: 1110, cache_read_tokens: 100, output_tokens: 55 } },
  ],
  'Claude on Vertex AI': [
    {
      url: 'https://us-east5-aiplatform.googleapis.com/v1/projects/p/locations/us-east5/publishers/anthropic/models/claude-sonnet-5@20260101:rawPredict',
      request: { messages, max_tokens: 5 },
      json: { id: 'msg_1', model: 'claude-sonnet-5', usage: { input_tokens: 3, output_tokens: 4 } },
    },
    { provider: 'gcp.vertex_ai', requestModel: 'claude-sonnet-5@20260101', usage: { input_tokens: 3, output_tokens: 4 } },
  ],
  'Gemini: thoughts are beside the candidates, tool results beside the prompt': [
    {
      url: `${gemini}/gemini-2.5-pro:generateContent`,
      request: { contents: [{ parts: [{ text: 'hello' }] }], generationConfig: { maxOutputTokens: 99, temperature: 1 } },
      json: {
        responseId: 'r1',
        modelVersion: 'gemini-2.5-pro-002',
        candidates: [{ finishReason: 'STOP', groundingMetadata: { webSearchQueries: ['a', 'b'] } }],
        usageMetadata: {
          promptTokenCount: 100,
          cachedContentTokenCount: 40,
          candidatesTokenCount: 30,
          thoughtsTokenCount: 20,
          toolUsePromptTokenCount: 7,
          totalTokenCount: 157,
          promptTokensDetails: [
            { modality: 'TEXT', tokenCount: 60 },
            { modality: 'AUDIO', tokenCount: 40 },
          ],
          cacheTokensDetails: [{ modality: 'TEXT', tokenCount: 40 }],
          trafficType: 'ON_DEMAND_PRIORITY',
        },
      },
    },
    {
      provider: 'gcp.gemini',
      operation: 'generate_content',
      requestModel: 'gemini-2.5-pro',
      responseModel: 'gemini-2.5-pro-002',
      responseId: 'r1',
      finishReasons: ['STOP'],
      usage: {
        input_tokens: 107,
        output_tokens: 50,
        cache_read_tokens: 40,
        reasoning_tokens: 20,
        audio_input_tokens: 40,
        web_search_requests: 1,
      },
      attributes: { 'gen_ai.response.service_tier': 'priority' },
    },
  ],
  'Gemini stream: the last event counts': [
    {
      url: `${gemini}/gemini-3-pro:streamGenerateContent?alt=sse`,
      request: { contents: [] },
      events: [
        {
          responseId: 'r',
          modelVersion: 'gemini-3-pro',
          candidates: [{ content: {} }],
          usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 1 },
        },
        {
          responseId: 'r',
          modelVersion: 'gemini-3-pro',
          candidates: [{ finishReason: 'STOP' }],
          usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 9, thoughtsTokenCount: 2 },
        },
      ],
    },
    { streamed: true, usage: { input_tokens: 5, output_tokens: 11, reasoning_tokens: 2 } },
  ],
  'Gemini stream without server-sent events': [
    {
      url: `${gemini}/gemini-3-pro:streamGenerateContent`,
      request: { contents: [] },
      json: [
        { responseId: 'r', modelVersion: 'gemini-3-pro', usageMetadata: { promptTokenCount: 5 } },
        { usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 9 } },
      ],
    },
    { responseId: 'r', responseModel: 'gemini-3-pro', usage: { input_tokens: 5, output_tokens: 9 } },
  ],
  'Vertex embeddings state their tokens one by one': [
    {
      url: 'https://aiplatform.googleapis.com/v1/projects/p/locations/global/publishers/google/models/text-embedding-005:predict',
      request: { instances: [] },
      json: { predictions: [{ embeddings: { statistics: { token_count: 4 } } }, { embeddings: { statistics: { token_count: 6 } } }] },
    },
    { provider: 'gcp.vertex_ai', operation: 'embeddings', usage: { input_tokens: 10 } },
  ],
  'Gemini interactions': [
    {
      url: 'https://generativelanguage.googleapis.com/v1beta/interactions',
      request: { model: 'gemini-3-pro', input: 'hello' },
      json: {
        id: 'i1',
        model: 'gemini-3-pro',
        status: 'completed',
        usage: {
          total_input_tokens: 10,
          total_cached_tokens: 4,
          total_output_tokens: 5,
          total_thought_tokens: 3,
          total_tool_use_tokens: 2,
        },
      },
    },
    {
      responseId: 'i1',
      finishReasons: ['completed'],
      usage: { input_tokens: 12, output_tokens: 8, cache_read_tokens: 4, reasoning_tokens: 3 },
    },
  ],
  'Mistral OCR by page': [
    {
      url: 'https://api.mistral.ai/v1/ocr',
      request: { model: 'mistral-ocr-latest' },
      json: { model: 'mistral-ocr-2512', pages: [], usage_info: { pages_processed: 3 } },
    },
    { provider: 'mistral_ai', operation: 'ocr', responseModel: 'mistral-ocr-2512', usage: { pages: 3 } },
  ],
  'Mistral conversations count their connectors': [
    {
      url: 'https://api.mistral.ai/v1/conversations',
      request: { model: 'mistral-large-latest', inputs: 'hello' },
      json: {
        conversation_id: 'conv_1',
        outputs: [],
        usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 35, connector_tokens: 20 },
      },
    },
    { responseId: 'conv_1', usage: { input_tokens: 30, output_tokens: 5 } },
  ],
  'Cohere: billed units, not used tokens': [
    {
      url: 'https://api.cohere.com/v2/chat',
      request: { model: 'command-a-03-2025', messages },
      json: {
        id: 'co1',
        finish_reason: 'COMPLETE',
        usage: { billed_units: { input_tokens: 5, output_tokens: 6 }, tokens: { input_tokens: 500, output_tokens: 6 } },
      },
    },
    { provider: 'cohere', responseId: 'co1', finishReasons: ['COMPLETE'], usage: { input_tokens: 5, output_tokens: 6 } },
  ],
  'Cohere stream': [
    {
      url: 'https://api.cohere.com/v2/chat',
      request: { model: 'command-a-03-2025', messages, stream: true },
      events: [
        { type: 'message-start', id: 'co1' },
        { type: 'content-delta', delta: { message: { content: { text: 'hello' } } } },
        { type: 'message-end', delta: { finish_reason: 'COMPLETE', usage: { billed_units: { input_tokens: 5, output_tokens: 6 } } } },
      ],
    },
    { responseId: 'co1', finishReasons: ['COMPLETE'], usage: { input_tokens: 5, output_tokens: 6 } },
  ],
  'Cohere rerank by search unit': [
    {
      url: 'https://api.cohere.com/v2/rerank',
      request: { model: 'rerank-v3.5' },
      json: { id: 'r', results: [], meta: { billed_units: { search_units: 1 } } },
    },
    { operation: 'rerank', usage: { search_units: 1 } },
  ],
  'Voyage states a total alone': [
    {
      url: 'https://api.voyageai.com/v1/embeddings',
      request: { model: 'voyage-3.5', input: ['a'] },
      json: { object: 'list', data: [], model: 'voyage-3.5', usage: { total_tokens: 12 } },
    },
    { provider: 'voyageai', operation: 'embeddings', usage: { input_tokens: 12 } },
  ],
  'Voyage rerank': [
    {
      url: 'https://api.voyageai.com/v1/rerank',
      request: { model: 'rerank-2.5' },
      json: { object: 'list', data: [], model: 'rerank-2.5', usage: { total_tokens: 26 } },
    },
    { provider: 'voyageai', operation: 'rerank', usage: { input_tokens: 26 } },
  ],
  'Groq streams its usage in a field of its own': [
    {
      url: 'https://api.groq.com/openai/v1/chat/completions',
      request: { model: 'llama-3.3-70b-versatile', messages, stream: true },
      events: [
        { id: 'c', model: 'llama-3.3-70b-versatile', choices: [{ delta: { content: 'a' } }], x_groq: { id: 'req_1' } },
        {
          id: 'c',
          choices: [{ delta: {}, finish_reason: 'stop' }],
          x_groq: { id: 'req_1', usage: { prompt_tokens: 4, completion_tokens: 2, total_tokens: 6, queue_time: 0.1 } },
        },
      ],
    },
    { provider: 'groq', usage: { input_tokens: 4, output_tokens: 2 } },
  ],
  'xAI leaves reasoning out of the completion': [
    {
      url: 'https://api.x.ai/v1/chat/completions',
      request: { model: 'grok-4', messages },
      json: {
        id: 'x',
        model: 'grok-4',
        choices: [],
        usage: {
          prompt_tokens: 32,
          completion_tokens: 9,
          total_tokens: 135,
          prompt_tokens_details: { cached_tokens: 6 },
          completion_tokens_details: { reasoning_tokens: 94 },
        },
      },
    },
    { provider: 'x_ai', usage: { input_tokens: 32, output_tokens: 103, cache_read_tokens: 6, reasoning_tokens: 94 } },
  ],
  'DeepSeek names its cache hits': [
    {
      url: 'https://api.deepseek.com/chat/completions',
      request: { model: 'deepseek-chat', messages },
      json: {
        id: 'd',
        model: 'deepseek-chat',
        choices: [],
        usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15, prompt_cache_hit_tokens: 8, prompt_cache_miss_tokens: 2 },
      },
    },
    { provider: 'deepseek', usage: { input_tokens: 10, output_tokens: 5, cache_read_tokens: 8 } },
  ],
  'Perplexity says what it cost': [
    {
      url: 'https://api.perplexity.ai/chat/completions',
      request: { model: 'sonar-pro', messages },
      json: {
        id: 'p',
        model: 'sonar-pro',
        choices: [],
        usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15, num_search_queries: 3, cost: { total_cost: 0.0123 } },
      },
    },
    { provider: 'perplexity', reportedCostUsd: 0.0123, usage: { input_tokens: 10, output_tokens: 5, web_search_requests: 3 } },
  ],
  'OpenRouter says what it cost': [
    {
      url: 'https://openrouter.ai/api/v1/chat/completions',
      request: { model: 'anthropic/claude-sonnet-4', messages },
      json: {
        id: 'gen-1',
        model: 'anthropic/claude-4-sonnet',
        choices: [],
        usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15, cost: 0.00042 },
      },
    },
    { provider: 'openrouter', reportedCostUsd: 0.00042, usage: { input_tokens: 10, output_tokens: 5 } },
  ],
  'OpenRouter with a key of one’s own: its fee and what the supplier charges': [
    {
      url: 'https://openrouter.ai/api/v1/chat/completions',
      request: { model: 'openai/gpt-5', messages },
      json: {
        usage: { prompt_tokens: 9, completion_tokens: 4, cost: 0.25, is_byok: true, cost_details: { upstream_inference_cost: 4.5 } },
      },
    },
    { provider: 'openrouter', usage: { input_tokens: 9, output_tokens: 4 }, reportedCostUsd: 4.75 },
  ],
  'xAI says what it cost, in ticks': [
    {
      url: 'https://api.x.ai/v1/responses',
      request: { model: 'grok-4', input: 'hi' },
      json: { id: 'r', model: 'grok-4', status: 'completed', usage: { input_tokens: 9, output_tokens: 4, cost_in_usd_ticks: 37_756_000 } },
    },
    { provider: 'x_ai', usage: { input_tokens: 9, output_tokens: 4 }, reportedCostUsd: 0.0037756 },
  ],
  'Moonshot stream: the usage is in the choice': [
    {
      url: 'https://api.moonshot.ai/v1/chat/completions',
      request: { model: 'kimi-k2', messages, stream: true },
      events: [
        { id: 'c', model: 'kimi-k2', choices: [{ index: 0, delta: { content: 'hi' }, finish_reason: null }] },
        {
          id: 'c',
          model: 'kimi-k2',
          choices: [{ index: 0, delta: {}, finish_reason: 'stop', usage: { prompt_tokens: 9, completion_tokens: 4 } }],
        },
        '[DONE]',
      ],
    },
    { provider: 'moonshot_ai', finishReasons: ['stop'], usage: { input_tokens: 9, output_tokens: 4 } },
  ],
  'OpenAI speech in events: the tokens it spoke': [
    {
      url: `${openai}/audio/speech`,
      request: { model: 'gpt-4o-mini-tts', input: 'twelve chars', voice: 'alloy', stream_format: 'sse' },
      events: [
        { type: 'speech.audio.delta', audio: 'AAAA' },
        { type: 'speech.audio.done', usage: { input_tokens: 14, output_tokens: 101, total_tokens: 115 } },
      ],
    },
    { streamed: true, usage: { input_tokens: 14, output_tokens: 101, audio_output_tokens: 101 } },
  ],
  'Mistral hears: seconds beside the tokens': [
    {
      url: 'https://api.mistral.ai/v1/chat/completions',
      request: { model: 'voxtral-small-latest', messages },
      json: {
        id: 'v',
        model: 'voxtral-small-latest',
        usage: { prompt_tokens: 9, completion_tokens: 4, total_tokens: 388, prompt_audio_seconds: 30 },
      },
    },
    { provider: 'mistral_ai', usage: { input_tokens: 9, output_tokens: 4, audio_seconds: 30 } },
  ],
  'Mistral on Vertex AI': [
    {
      url: 'https://europe-west4-aiplatform.googleapis.com/v1/projects/p/locations/europe-west4/publishers/mistralai/models/mistral-medium-3:rawPredict',
      request: { model: 'mistral-medium-3', messages },
      json: { id: 'm', model: 'mistral-medium-3', usage: { prompt_tokens: 9, completion_tokens: 4 } },
    },
    {
      provider: 'gcp.vertex_ai',
      requestModel: 'mistral-medium-3',
      usage: { input_tokens: 9, output_tokens: 4 },
      attributes: { 'cloud.region': 'europe-west4' },
    },
  ],
  'Bedrock as OpenAI speaks': [
    {
      url: 'https://bedrock-mantle.us-west-2.api.aws/v1/chat/completions',
      request: { model: 'openai.gpt-oss-120b', messages },
      json: { id: 'm', model: 'openai.gpt-oss-120b', usage: { prompt_tokens: 9, completion_tokens: 4 } },
    },
    {
      provider: 'aws.bedrock',
      gateway: undefined,
      usage: { input_tokens: 9, output_tokens: 4 },
      attributes: { 'cloud.region': 'us-west-2' },
    },
  ],
  'Bedrock InvokeModel: the tier is in the headers': [
    {
      url: 'https://vpce-0a1-b2.bedrock-runtime.eu-west-1.vpce.amazonaws.com/model/amazon.nova-pro-v1%3A0/invoke',
      request: { messages: [] },
      headers: { 'x-amzn-bedrock-service-tier': 'flex' },
      json: { usage: { inputTokens: 3, outputTokens: 4 } },
    },
    {
      provider: 'aws.bedrock',
      usage: { input_tokens: 3, output_tokens: 4 },
      attributes: { 'cloud.region': 'eu-west-1', 'gen_ai.response.service_tier': 'flex' },
    },
  ],
  'Ollama streams lines of JSON': [
    {
      url: 'http://localhost:11434/api/chat',
      request: { model: 'llama3.2', messages },
      lines: [
        { model: 'llama3.2', message: { content: 'a' }, done: false },
        { model: 'llama3.2', done: true, done_reason: 'stop', prompt_eval_count: 26, eval_count: 8 },
      ],
    },
    { provider: 'ollama', gateway: 'localhost', streamed: true, finishReasons: ['stop'], usage: { input_tokens: 26, output_tokens: 8 } },
  ],
  'Bedrock Converse: cached input is beside the input': [
    {
      url: 'https://bedrock-runtime.eu-west-1.amazonaws.com/model/eu.anthropic.claude-sonnet-4-v1%3A0/converse',
      request: { messages: [], inferenceConfig: { maxTokens: 7 } },
      json: {
        stopReason: 'end_turn',
        usage: {
          inputTokens: 10,
          outputTokens: 5,
          totalTokens: 45,
          cacheReadInputTokens: 20,
          cacheWriteInputTokens: 10,
          cacheDetails: [{ ttl: '1h', inputTokens: 10 }],
        },
      },
    },
    {
      provider: 'aws.bedrock',
      requestModel: 'eu.anthropic.claude-sonnet-4-v1:0',
      finishReasons: ['end_turn'],
      usage: { input_tokens: 40, output_tokens: 5, cache_read_tokens: 20, cache_write_1h_tokens: 10 },
      attributes: { 'cloud.region': 'eu-west-1' },
    },
  ],
  'Bedrock Converse stream: frames of AWS': [
    {
      url: 'https://bedrock-runtime.us-east-1.amazonaws.com/model/amazon.nova-pro-v1%3A0/converse-stream',
      request: { messages: [] },
      headers: { 'content-type': 'application/vnd.amazon.eventstream' },
      bytes: Buffer.concat([
        frame({ role: 'assistant' }),
        frame({ delta: { text: 'hello' } }),
        frame({ stopReason: 'end_turn' }),
        frame({ usage: { inputTokens: 3, outputTokens: 4 }, metrics: { latencyMs: 5 } }),
      ]),
    },
    { streamed: true, finishReasons: ['end_turn'], usage: { input_tokens: 3, output_tokens: 4 } },
  ],
  'Bedrock InvokeModel stream: the vendor’s events, wrapped': [
    {
      url: 'https://bedrock-runtime.us-east-1.amazonaws.com/model/anthropic.claude-sonnet-4-v1%3A0/invoke-with-response-stream',
      request: { anthropic_version: 'bedrock-2023-05-31', messages },
      headers: { 'content-type': 'application/vnd.amazon.eventstream' },
      bytes: Buffer.concat(
        [
          { type: 'message_start', message: { id: 'msg_1', model: 'claude-sonnet-4', usage: { input_tokens: 10, output_tokens: 1 } } },
          { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 12 } },
          { type: 'message_stop', 'amazon-bedrock-invocationMetrics': { inputTokenCount: 10, outputTokenCount: 12 } },
        ].map((event) => frame({ bytes: Buffer.from(JSON.stringify(event)).toString('base64') })),
      ),
    },
    { responseId: 'msg_1', finishReasons: ['end_turn'], usage: { input_tokens: 10, output_tokens: 12 } },
  ],
  'Bedrock InvokeModel of others: counts in the headers': [
    {
      url: 'https://bedrock-runtime.us-east-1.amazonaws.com/model/meta.llama3-70b-v1%3A0/invoke',
      request: { prompt: 'hello' },
      headers: { 'x-amzn-bedrock-input-token-count': '17', 'x-amzn-bedrock-output-token-count': '21' },
      json: { generation: 'hi' },
    },
    { usage: { input_tokens: 17, output_tokens: 21 } },
  ],
  'Replicate bills machine time': [
    {
      url: 'https://api.replicate.com/v1/models/black-forest-labs/flux-dev/predictions',
      request: { input: {} },
      json: { id: 'p1', model: 'black-forest-labs/flux-dev', status: 'succeeded', metrics: { predict_time: 2.5 } },
    },
    { provider: 'replicate', requestModel: 'black-forest-labs/flux-dev', isPending: false, usage: { gpu_seconds: 2.5 } },
  ],
  'an unknown gateway is known by its path': [
    {
      url: 'https://llm.acme.internal/proxy/v1/chat/completions',
      request: { model: 'my-model', messages },
      json: { id: 'g', model: 'my-model', choices: [], usage: { prompt_tokens: 5, completion_tokens: 6, total_tokens: 11 } },
    },
    { provider: 'openai', gateway: 'llm.acme.internal', usage: { input_tokens: 5, output_tokens: 6 } },
  ],
};
