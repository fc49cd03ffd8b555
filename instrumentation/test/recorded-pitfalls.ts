import type { Recorded } from './follow.ts';
import { frame } from './recorded-exchanges.ts';
import type { Expected } from './recorded-exchanges.ts';

const openai = 'https://api.openai.com/v1';
const bedrock = 'https://bedrock-runtime.us-west-2.amazonaws.com/model';
const aws = { 'content-type': 'application/vnd.amazon.eventstream' };
const picture = 'A'.repeat(300_000);
const counted = { input_tokens: 1, output_tokens: 2 };

/** A vendor's own event, as InvokeModel wraps it. */
const wrapped = (event: unknown): Buffer => frame({ bytes: Buffer.from(JSON.stringify(event)).toString('base64') });

const tools = [
  { id: 'ws1', type: 'web_search_call', status: 'completed', action: { type: 'search', query: 'q' } },
  { id: 'ws2', type: 'web_search_call', status: 'completed', action: { type: 'open_page', url: 'u' } },
  { id: 'c1', type: 'code_interpreter_call', status: 'completed', container_id: 'a' },
  { id: 'c2', type: 'code_interpreter_call', status: 'completed', container_id: 'a' },
];
const response = (output: readonly unknown[], more = {}): object => ({
  id: 'r',
  model: 'gpt-5',
  status: 'completed',
  output,
  ...more,
  usage: counted,
});

/** Answers in which what is billed is not where, or not what, it seems. */
export const PITFALLS: Readonly<Record<string, readonly [Recorded, Expected]>> = {
  'OpenAI images as data, too big to parse': [
    {
      url: `${openai}/images/generations`,
      request: { model: 'dall-e-2', n: 2 },
      json: { created: 1, data: [{ b64_json: picture }, { b64_json: picture }] },
    },
    { operation: 'image_generation', usage: { images: 2 } },
  ],
  'Imagen as data, too big to parse': [
    {
      url: 'https://generativelanguage.googleapis.com/v1beta/models/imagen-4:predict',
      request: { instances: [], parameters: { sampleCount: 3 } },
      json: {
        predictions: [
          { mimeType: 'image/png', bytesBase64Encoded: picture },
          { mimeType: 'image/png', bytesBase64Encoded: picture },
        ],
      },
    },
    { operation: 'image_generation', usage: { images: 2 } },
  ],
  'Bedrock draws, too big to parse': [
    {
      url: `${bedrock}/amazon.nova-canvas-v1%3A0/invoke`,
      request: { imageGenerationConfig: { numberOfImages: 2 } },
      json: { images: [picture, picture] },
    },
    { operation: 'image_generation', usage: { images: 2 } },
  ],
  'OpenAI speech that was refused spoke nothing': [
    { url: `${openai}/audio/speech`, request: { model: 'tts-1', input: 'twelve chars' }, status: 400, json: {} },
    { requestModel: 'tts-1', usage: {} },
  ],
  'OpenAI transcription with its segments, too big to parse': [
    {
      url: `${openai}/audio/transcriptions`,
      json: { task: 'transcribe', language: 'english', duration: 61.5, text: 'x', segments: [{ text: 'y'.repeat(70_000) }] },
    },
    { usage: { audio_seconds: 61.5 } },
  ],
  'OpenAI responses: opening a page is no search, a container is billed once': [
    { url: `${openai}/responses`, request: { model: 'gpt-5' }, json: response(tools) },
    { usage: { ...counted, web_search_requests: 1, code_sessions: 1 } },
  ],
  'OpenAI responses, too big to parse: opening a page is no search': [
    {
      url: `${openai}/responses`,
      request: { model: 'gpt-5' },
      json: response([...tools, { type: 'message', content: [{ text: 'x'.repeat(80_000) }] }]),
    },
    { usage: { ...counted, web_search_requests: 1, code_sessions: 1 } },
  ],
  'OpenAI responses say how many searches are billed': [
    {
      url: `${openai}/responses`,
      request: { model: 'gpt-5' },
      json: response(tools.slice(0, 1), { tool_usage: { web_search: { num_requests: 3 } } }),
    },
    { usage: { ...counted, web_search_requests: 3 } },
  ],
  'a chat too big to parse says why it stopped': [
    {
      url: `${openai}/chat/completions`,
      request: { model: 'gpt-5' },
      json: {
        id: 'c',
        choices: [{ message: { content: 'x'.repeat(80_000) }, finish_reason: 'length' }],
        usage: { prompt_tokens: 1, completion_tokens: 2 },
      },
    },
    { finishReasons: ['length'], usage: counted },
  ],
  'Ollama breaks off with a sentence': [
    {
      url: 'http://localhost:11434/api/chat',
      request: { model: 'l' },
      lines: [{ model: 'l', message: { content: 'x' }, done: false }, { error: 'model runner has stopped' }],
    },
    { error: { type: 'error', isAbort: false }, usage: { input_tokens: 0, output_tokens: 1 } },
  ],
  'OpenRouter in Anthropic’s dialect says what it cost': [
    {
      url: 'https://openrouter.ai/api/v1/messages',
      request: { model: 'anthropic/claude' },
      json: { id: 'm', model: 'c', stop_reason: 'end_turn', usage: { ...counted, cost: 0.01 } },
    },
    { provider: 'openrouter', reportedCostUsd: 0.01, usage: counted },
  ],
  'Bedrock Converse stream: an exception is an error': [
    {
      url: `${bedrock}/amazon.nova/converse-stream`,
      request: {},
      headers: aws,
      bytes: Buffer.concat([
        frame({ role: 'assistant' }),
        frame({ contentBlockIndex: 0, delta: { text: 'hi, you' } }),
        frame({ message: 'broke' }, { ':message-type': 'exception', ':exception-type': 'modelStreamErrorException' }),
      ]),
    },
    { error: { type: 'modelStreamErrorException', isAbort: false }, usage: { input_tokens: 0, output_tokens: 2 } },
  ],
  'Bedrock InvokeModel stream of Nova: events under their names, with the cache': [
    {
      url: `${bedrock}/amazon.nova-lite-v1%3A0/invoke-with-response-stream`,
      request: {},
      headers: aws,
      bytes: Buffer.concat([
        wrapped({ messageStart: { role: 'assistant' } }),
        wrapped({ contentBlockDelta: { delta: { text: 'hi' } } }),
        wrapped({ messageStop: { stopReason: 'end_turn' } }),
        wrapped({
          metadata: { usage: { inputTokens: 60, outputTokens: 20, cacheReadInputTokens: 30 } },
          'amazon-bedrock-invocationMetrics': { inputTokenCount: 60, outputTokenCount: 20 },
        }),
      ]),
    },
    { finishReasons: ['end_turn'], usage: { input_tokens: 90, output_tokens: 20, cache_read_tokens: 30 } },
  ],
  'Bedrock InvokeModel of Llama says why it stopped': [
    {
      url: `${bedrock}/meta.llama3/invoke`,
      request: {},
      headers: { 'x-amzn-bedrock-input-token-count': '1', 'x-amzn-bedrock-output-token-count': '2' },
      json: { generation: 'hi', stop_reason: 'stop' },
    },
    { operation: 'chat', finishReasons: ['stop'], usage: counted },
  ],
  'Bedrock InvokeModel of Titan embeds': [
    {
      url: `${bedrock}/amazon.titan-embed-text-v2%3A0/invoke`,
      request: { inputText: 'x' },
      headers: { 'x-amzn-bedrock-input-token-count': '7' },
      json: { embedding: [0.1], inputTextTokenCount: 7 },
    },
    { operation: 'embeddings', usage: { input_tokens: 7 } },
  ],
  'Bedrock Converse by way of a prompt router: the model it chose': [
    {
      url: `${bedrock}/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Adefault-prompt-router%2Fanthropic.claude%3A1/converse`,
      request: {},
      json: { usage: { inputTokens: 1, outputTokens: 2 }, trace: { promptRouter: { invokedModelId: 'us.anthropic.claude-sonnet-4' } } },
    },
    { responseModel: 'us.anthropic.claude-sonnet-4', usage: counted },
  ],
  'Bedrock InvokeModel stream: Bedrock counts the cache, too': [
    {
      url: `${bedrock}/meta.llama3/invoke-with-response-stream`,
      request: {},
      headers: aws,
      bytes: wrapped({
        generation: 'x',
        'amazon-bedrock-invocationMetrics': { inputTokenCount: 3, outputTokenCount: 2, cacheReadInputTokenCount: 7 },
      }),
    },
    { usage: { input_tokens: 10, output_tokens: 2, cache_read_tokens: 7 } },
  ],
  'Bedrock InvokeModel of Titan embeds, counted in the body': [
    { url: `${bedrock}/amazon.titan-embed-text-v2%3A0/invoke`, request: {}, json: { embedding: [0.1], inputTextTokenCount: 7 } },
    { operation: 'embeddings', usage: { input_tokens: 7 } },
  ],
  'Bedrock InvokeModel of Cohere reranks: a question for each hundred documents': [
    {
      url: `${bedrock}/cohere.rerank-v3-5%3A0/invoke`,
      request: { query: 'q', documents: Array.from({ length: 101 }, () => 'd') },
      json: { results: [{ index: 0, relevance_score: 1 }] },
    },
    { operation: 'rerank', usage: { search_units: 2 } },
  ],
  'Gemini in OpenAI’s words: thoughts are in the total only': [
    {
      url: 'https://generativelanguage.googleapis.com/v1beta/openai/chat/completions',
      request: { model: 'gemini-3-pro' },
      json: { id: 'c', model: 'gemini-3-pro', usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 115 } },
    },
    { provider: 'gcp.gemini', usage: { input_tokens: 10, output_tokens: 105, reasoning_tokens: 100 } },
  ],
  'Gemini streams a list, not events': [
    {
      url: 'https://generativelanguage.googleapis.com/v1beta/models/gemini-3-pro:streamGenerateContent',
      request: { contents: [] },
      headers: { 'content-type': 'application/json' },
      bytes: Buffer.from(
        JSON.stringify([
          {
            responseId: 'r1',
            modelVersion: 'gemini-3-pro-1',
            candidates: [{}],
            usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1 },
          },
          { candidates: [{ finishReason: 'STOP' }], usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 2 } },
        ]),
      ),
    },
    { streamed: true, responseId: 'r1', responseModel: 'gemini-3-pro-1', finishReasons: ['STOP'], usage: counted },
  ],
  'Perplexity thinks beside its answer': [
    {
      url: 'https://api.perplexity.ai/chat/completions',
      request: { model: 'sonar-deep-research' },
      json: {
        id: 'p',
        usage: { prompt_tokens: 33, completion_tokens: 70, total_tokens: 103, reasoning_tokens: 900, num_search_queries: 18 },
      },
    },
    { usage: { input_tokens: 33, output_tokens: 970, reasoning_tokens: 900, web_search_requests: 18 } },
  ],
  'OpenAI decides': [
    {
      url: `${openai}/decisions`,
      request: { model: 'gpt-6-luna', input: 'x', questions: [] },
      json: { model: 'gpt-6-luna', answers: [], usage: { input_tokens: 9, output_tokens: 0, input_tokens_details: { cached_tokens: 2 } } },
    },
    { operation: 'decision', requestModel: 'gpt-6-luna', usage: { input_tokens: 9, output_tokens: 0, cache_read_tokens: 2 } },
  ],
  'OpenRouter broken off while it thinks': [
    {
      url: 'https://openrouter.ai/api/v1/chat/completions',
      request: { model: 'x', stream: true },
      events: [
        { id: 'g', choices: [{ delta: { content: '', reasoning: 'abcd' } }] },
        { id: 'g', choices: [{ delta: { refusal: 'efgh' } }] },
      ],
    },
    { answerBytes: 8, usage: { input_tokens: 0, output_tokens: 2 } },
  ],
  'Cohere broken off while it thinks and plans': [
    {
      url: 'https://api.cohere.com/v2/chat',
      request: { model: 'c', stream: true },
      events: [
        { type: 'content-delta', delta: { message: { content: { thinking: 'abcd' } } } },
        { type: 'tool-plan-delta', delta: { message: { tool_plan: 'efgh' } } },
        { type: 'tool-call-delta', delta: { message: { tool_calls: { function: { arguments: 'ijkl' } } } } },
      ],
    },
    { answerBytes: 12, usage: { input_tokens: 0, output_tokens: 3 } },
  ],
  'Claude asks an advisor: another model, beside the totals': [
    {
      url: 'https://api.anthropic.com/v1/messages',
      request: { model: 'claude-haiku-4-5' },
      json: {
        id: 'm',
        model: 'claude-haiku-4-5',
        usage: {
          ...counted,
          iterations: [
            { type: 'message', ...counted },
            { type: 'advisor_message', model: 'claude-opus-5', input_tokens: 800, cache_read_input_tokens: 100, output_tokens: 1500 },
          ],
        },
      },
    },
    {
      usage: counted,
      inner: [
        { operation: 'chat', requestModel: 'claude-opus-5', usage: { input_tokens: 900, cache_read_tokens: 100, output_tokens: 1500 } },
      ],
    },
  ],
  'Claude declines, another takes its place in the stream': [
    {
      url: 'https://api.anthropic.com/v1/messages',
      request: { model: 'claude-fable-5', stream: true },
      events: [
        { type: 'message_start', message: { id: 'm', model: 'claude-fable-5', usage: { input_tokens: 1, output_tokens: 1 } } },
        {
          type: 'message_delta',
          delta: { stop_reason: 'end_turn' },
          usage: { ...counted, iterations: [{ type: 'fallback_message', model: 'claude-opus-5', ...counted }] },
        },
      ],
    },
    { requestModel: 'claude-fable-5', responseModel: 'claude-opus-5', usage: counted },
  ],
  'Claude’s server tools write more into the cache than the start split': [
    {
      url: 'https://api.anthropic.com/v1/messages',
      request: { model: 'claude-opus-5', stream: true },
      events: [
        {
          type: 'message_start',
          message: {
            id: 'm',
            usage: {
              input_tokens: 1,
              cache_creation_input_tokens: 4,
              cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 4 },
            },
          },
        },
        { type: 'message_delta', delta: {}, usage: { input_tokens: 1, cache_creation_input_tokens: 10, output_tokens: 2 } },
      ],
    },
    {
      usage: { input_tokens: 11, output_tokens: 2, cache_write_5m_tokens: 0, cache_write_1h_tokens: 4, cache_write_tokens: 6 },
    },
  ],
  'OpenAI speech of characters, not of what they are written in': [
    { url: `${openai}/audio/speech`, request: { model: 'tts-1', input: 'hi 😀' }, bytes: Buffer.from([1, 2, 3]) },
    { usage: { characters: 4 } },
  ],
  'Gemini interaction by modality, with its searches and its tier': [
    {
      url: 'https://generativelanguage.googleapis.com/v1beta/interactions',
      request: { model: 'gemini-3-pro', input: 'hello', service_tier: 'flex' },
      json: {
        id: 'i1',
        model: 'gemini-3-pro-1',
        status: 'completed',
        service_tier: 'flex',
        usage: {
          total_input_tokens: 20,
          total_output_tokens: 9,
          input_tokens_by_modality: [
            { modality: 'text', tokens: 5 },
            { modality: 'audio', tokens: 15 },
          ],
          output_tokens_by_modality: [{ modality: 'image', tokens: 9 }],
          grounding_tool_count: [
            { type: 'google_maps', count: 1 },
            { type: 'google_search', count: 3 },
          ],
        },
      },
    },
    {
      usage: { input_tokens: 20, output_tokens: 9, audio_input_tokens: 15, image_output_tokens: 9, web_search_requests: 3 },
      attributes: { 'gen_ai.response.service_tier': 'flex' },
    },
  ],
  'Gemini interaction broken off: every event may say what was used so far': [
    {
      url: 'https://generativelanguage.googleapis.com/v1beta/interactions',
      request: { agent: 'deep-research', input: 'hello', stream: true },
      events: [
        { event_type: 'interaction.created', interaction: { id: 'i1', status: 'in_progress' } },
        { event_type: 'step.delta', index: 0, delta: { type: 'text', text: 'abcd' } },
        {
          event_type: 'step.delta',
          index: 0,
          delta: { type: 'text', text: 'efgh' },
          metadata: { total_usage: { total_input_tokens: 1, total_output_tokens: 2 } },
        },
      ],
    },
    { requestModel: 'deep-research', finishReasons: [], usage: counted, absent: ['tokenledger.usage.estimated'] },
  ],
  'Gemini interaction whose end is told twice': [
    {
      url: 'https://generativelanguage.googleapis.com/v1beta/interactions',
      request: { model: 'gemini-3-pro', input: 'hello', stream: true },
      events: [
        { event_type: 'interaction.status_update', interaction_id: 'i1', status: 'completed', usage: { total_input_tokens: 1 } },
        { event_type: 'interaction.completed', interaction: { id: 'i1', status: 'completed', usage: { total_output_tokens: 2 } } },
      ],
    },
    { responseId: 'i1', finishReasons: ['completed'], usage: counted },
  ],
  'Gemini says in a header by which tier it served': [
    {
      url: 'https://generativelanguage.googleapis.com/v1beta/models/gemini-3-pro:generateContent',
      request: { contents: [], serviceTier: 'PRIORITY' },
      headers: { 'x-gemini-service-tier': 'standard' },
      json: { usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 2 } },
    },
    { usage: counted, attributes: { 'gen_ai.request.service_tier': 'priority', 'gen_ai.response.service_tier': 'standard' } },
  ],
  'Mistral says in the usage by which tier it served': [
    {
      url: 'https://api.mistral.ai/v1/chat/completions',
      request: { model: 'mistral-large-latest' },
      json: { id: 'm', usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3, service_tier: 'priority' } },
    },
    { usage: counted, attributes: { 'gen_ai.response.service_tier': 'priority' } },
  ],
  'Cohere embeds pictures by the token': [
    {
      url: 'https://api.cohere.com/v2/embed',
      request: { model: 'embed-v4.0', inputs: [] },
      json: { id: 'e', meta: { billed_units: { input_tokens: 2, image_tokens: 1156, images: 1 } } },
    },
    { operation: 'embeddings', usage: { input_tokens: 1158, image_input_tokens: 1156 } },
  ],
  'Claude refuses before it answers: nothing is billed': [
    {
      url: 'https://api.anthropic.com/v1/messages',
      request: { model: 'claude-fable-5' },
      json: { id: 'm', content: [], stop_reason: 'refusal', usage: { input_tokens: 106, cache_read_input_tokens: 9, output_tokens: 1 } },
    },
    { finishReasons: ['refusal'], usage: { input_tokens: 0, output_tokens: 0 } },
  ],
  'Claude refuses in the middle of its answer: that is billed': [
    {
      url: 'https://api.anthropic.com/v1/messages',
      request: { model: 'claude-fable-5', stream: true },
      events: [
        { type: 'message_start', message: { id: 'm', content: [], stop_reason: null, usage: { input_tokens: 1, output_tokens: 1 } } },
        { type: 'content_block_delta', delta: { type: 'text_delta', text: 'abcd' } },
        { type: 'message_delta', delta: { stop_reason: 'refusal' }, usage: { output_tokens: 2 } },
      ],
    },
    { finishReasons: ['refusal'], usage: counted },
  ],
  'Claude on Bedrock refuses: billed as it says': [
    {
      url: `${bedrock}/anthropic.claude-fable-5/invoke`,
      request: {},
      json: { id: 'm', content: [], stop_reason: 'refusal', usage: counted },
    },
    { usage: counted },
  ],
  'Cloudflare’s AI Gateway answers from its cache: nobody sends a bill': [
    {
      url: 'https://gateway.ai.cloudflare.com/v1/a/g/openai/chat/completions',
      request: { model: 'gpt-5' },
      headers: { 'cf-aig-cache-status': 'HIT' },
      json: { id: 'c', usage: { prompt_tokens: 900, completion_tokens: 20, prompt_tokens_details: { cached_tokens: 800 } } },
    },
    { responseId: 'c', usage: { input_tokens: 0, output_tokens: 0 } },
  ],
  'Portkey answers from its cache, streamed': [
    {
      url: 'https://api.portkey.ai/v1/chat/completions',
      request: { model: 'gpt-5', stream: true },
      headers: { 'x-portkey-cache-status': 'SEMANTIC HIT' },
      events: [{ id: 'c', choices: [{ delta: { content: 'hi' } }] }],
    },
    { usage: { input_tokens: 0, output_tokens: 0 }, absent: ['tokenledger.usage.estimated'] },
  ],
  'Helicone asks the provider': [
    {
      url: 'https://oai.helicone.ai/v1/chat/completions',
      request: { model: 'gpt-5' },
      headers: { 'helicone-cache': 'MISS' },
      json: { id: 'c', usage: { prompt_tokens: 1, completion_tokens: 2 } },
    },
    { usage: counted },
  ],
  'LiteLLM says in a header what it cost': [
    {
      url: 'http://litellm.internal:4000/v1/chat/completions',
      request: { model: 'smart' },
      headers: { 'x-litellm-response-cost': '0.00042' },
      json: { id: 'c', usage: { prompt_tokens: 1, completion_tokens: 2 } },
    },
    { reportedCostUsd: 0.00042, usage: counted },
  ],
  'LiteLLM does not know yet what a stream costs': [
    {
      url: 'http://litellm.internal:4000/v1/chat/completions',
      request: { model: 'smart', stream: true },
      headers: { 'x-litellm-response-cost': '0.0' },
      events: [{ id: 'c', choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } }],
    },
    { reportedCostUsd: undefined, usage: counted },
  ],
  'DeepInfra says what it cost': [
    {
      url: 'https://api.deepinfra.com/v1/openai/chat/completions',
      request: { model: 'meta-llama/Llama-3.3-70B-Instruct' },
      json: { id: 'c', usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3, estimated_cost: 0.0000268 } },
    },
    { provider: 'deepinfra', reportedCostUsd: 0.0000268, usage: counted },
  ],
  'OpenAI’s model that searches before every answer': [
    {
      url: `${openai}/chat/completions`,
      request: { model: 'gpt-4o-search-preview', stream: true },
      events: [
        { id: 'c', model: 'gpt-4o-search-preview-2025-03-11', choices: [{ delta: { content: 'a' } }] },
        { id: 'c', choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } },
      ],
    },
    { usage: { ...counted, web_search_requests: 1 } },
  ],
  'Gemini gives a tool arguments that are called as what is counted': [
    {
      url: 'https://generativelanguage.googleapis.com/v1beta/models/gemini-3-pro:generateContent',
      request: { contents: [] },
      json: {
        candidates: [{ content: { parts: [{ functionCall: { name: 'f', args: { token_count: 77, bytesBase64Encoded: 'AA' } } }] } }],
        usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 2 },
      },
    },
    { operation: 'generate_content', usage: counted },
  ],
  'Claude on Bedrock gives a tool pictures': [
    {
      url: `${bedrock}/anthropic.claude-opus-5/invoke`,
      request: {},
      json: { id: 'm', content: [{ type: 'tool_use', input: { images: ['a'] } }], stop_reason: 'tool_use', usage: counted },
    },
    { operation: 'chat', usage: counted },
  ],
};
