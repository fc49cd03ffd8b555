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
};
