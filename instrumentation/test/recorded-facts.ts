import { frame } from './recorded-exchanges.ts';
import type { Expected } from './recorded-exchanges.ts';
import type { Recorded } from './follow.ts';

const messages = [{ role: 'user', content: 'hello' }];
const openai = 'https://api.openai.com/v1';
const gemini = 'https://generativelanguage.googleapis.com/v1beta';
const bedrock = 'https://bedrock-runtime.eu-west-1.amazonaws.com/model';
const ESTIMATED = { 'tokenledger.usage.estimated': true };

/** Vendors' events, as InvokeModel wraps them. */
function wrapped(...events: readonly unknown[]): Buffer {
  return Buffer.concat(events.map((event) => frame({ bytes: Buffer.from(JSON.stringify(event)).toString('base64') })));
}

const FRAMES = { 'content-type': 'application/vnd.amazon.eventstream' };

/** What decides or explains a price beside the tokens, meters that few calls have, and streams that were broken off, by provider. */
export const FACTS: Readonly<Record<string, readonly [Recorded, Expected]>> = {
  'Claude in fast mode, bound to a region': [
    {
      url: 'https://api.anthropic.com/v1/messages',
      request: { model: 'claude-opus-4-6', messages, max_tokens: 5, top_k: 3, output_config: { effort: 'high' }, service_tier: 'auto' },
      json: {
        id: 'msg_1',
        model: 'claude-opus-4-6-20260101',
        stop_reason: 'end_turn',
        usage: { input_tokens: 3, output_tokens: 4, service_tier: 'standard', speed: 'fast', inference_geo: 'us' },
      },
    },
    {
      responseModel: 'claude-opus-4-6-20260101',
      responseId: 'msg_1',
      usage: { input_tokens: 3, output_tokens: 4 },
      attributes: {
        'anthropic.request.service_tier': 'auto',
        'anthropic.response.service_tier': 'fast',
        'anthropic.response.speed': 'fast',
        'anthropic.response.inference_geo': 'us',
        'cloud.region': 'us',
        'gen_ai.request.max_tokens': 5,
        'gen_ai.request.top_k': 3,
        'gen_ai.request.reasoning.level': 'high',
      },
    },
  ],
  'Claude anywhere at its own pace': [
    {
      url: 'https://api.anthropic.com/v1/messages',
      request: { model: 'claude-opus-4-6', messages },
      json: { usage: { input_tokens: 3, output_tokens: 4, service_tier: 'batch', speed: 'standard', inference_geo: 'global' } },
    },
    {
      usage: { input_tokens: 3, output_tokens: 4 },
      attributes: { 'anthropic.response.service_tier': 'batch' },
      absent: ['cloud.region'],
    },
  ],
  'Claude broken off: estimated by text, thoughts and what it wrote to tools': [
    {
      url: 'https://api.anthropic.com/v1/messages',
      request: { model: 'claude-opus-4-6', messages, stream: true },
      events: [
        { type: 'message_start', message: { id: 'm', model: 'claude-opus-4-6-20260101', usage: { input_tokens: 50, output_tokens: 1 } } },
        { type: 'content_block_delta', delta: { type: 'thinking_delta', thinking: 'abcd' } },
        { type: 'content_block_delta', delta: { type: 'text_delta', text: 'efgh' } },
        { type: 'content_block_delta', delta: { type: 'input_json_delta', partial_json: 'ijkl' } },
      ],
    },
    { responseModel: 'claude-opus-4-6-20260101', answerBytes: 12, usage: { input_tokens: 50, output_tokens: 3 }, attributes: ESTIMATED },
  ],
  'Bedrock Converse: the tier asked for and the tier given': [
    {
      url: `${bedrock}/amazon.nova-pro-v1%3A0/converse`,
      request: { messages: [], inferenceConfig: { maxTokens: 7 }, serviceTier: { type: 'priority' } },
      json: { serviceTier: { type: 'default' }, usage: { inputTokens: 1, outputTokens: 2 } },
    },
    {
      usage: { input_tokens: 1, output_tokens: 2 },
      attributes: {
        'gen_ai.request.max_tokens': 7,
        'gen_ai.request.service_tier': 'priority',
        'gen_ai.response.service_tier': 'default',
      },
    },
  ],
  'Bedrock Converse broken off': [
    {
      url: `${bedrock}/amazon.nova-pro-v1%3A0/converse-stream`,
      request: { messages: [] },
      headers: FRAMES,
      bytes: frame({ contentBlockIndex: 0, delta: { text: 'abcdefgh' } }),
    },
    { answerBytes: 8, usage: { input_tokens: 0, output_tokens: 2 }, attributes: ESTIMATED },
  ],
  'Bedrock InvokeModel of a vendor who speaks as OpenAI': [
    {
      url: `${bedrock}/openai.gpt-oss-120b-1%3A0/invoke`,
      request: { messages: [] },
      json: { id: 'c', usage: { prompt_tokens: 9, completion_tokens: 4 } },
    },
    { usage: { input_tokens: 9, output_tokens: 4 } },
  ],
  'Bedrock InvokeModel stream of a vendor who counts nothing: Bedrock does': [
    {
      url: `${bedrock}/meta.llama3-70b/invoke-with-response-stream`,
      request: { prompt: 'hi' },
      headers: FRAMES,
      bytes: wrapped(
        { generation: 'abcd' },
        { generation: '', 'amazon-bedrock-invocationMetrics': { inputTokenCount: 11, outputTokenCount: 5 } },
      ),
    },
    { answerBytes: 4, usage: { input_tokens: 11, output_tokens: 5 }, absent: ['tokenledger.usage.estimated'] },
  ],
  'Bedrock InvokeModel stream: what the vendor counted stands': [
    {
      url: `${bedrock}/anthropic.claude-opus-4-6/invoke-with-response-stream`,
      request: { messages: [] },
      headers: FRAMES,
      bytes: wrapped(
        {
          type: 'message_start',
          message: { id: 'm', model: 'c', usage: { input_tokens: 3, cache_read_input_tokens: 8, output_tokens: 1 } },
        },
        { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 5 } },
        { type: 'message_stop', 'amazon-bedrock-invocationMetrics': { inputTokenCount: 3, outputTokenCount: 5 } },
      ),
    },
    { usage: { input_tokens: 11, cache_read_tokens: 8, output_tokens: 5 } },
  ],
  'Cohere with a cache and pictures, streamed and broken off': [
    {
      url: 'https://api.cohere.com/v2/chat',
      request: { model: 'command-a', messages, stream: true },
      events: [{ type: 'content-delta', id: 'c1', delta: { message: { content: { text: 'abcd' } } } }],
    },
    { responseId: 'c1', answerBytes: 4, usage: { input_tokens: 2, output_tokens: 1 }, attributes: ESTIMATED },
  ],
  'Cohere embeds pictures': [
    {
      url: 'https://api.cohere.com/v2/embed',
      request: { model: 'embed-v4', inputs: [] },
      json: { id: 'e', meta: { billed_units: { input_tokens: 2, images: 3 }, cached_tokens: 1 } },
    },
    { operation: 'embeddings', usage: { input_tokens: 2, images: 3, cache_read_tokens: 1 } },
  ],
  'Gemini hears, sees and draws': [
    {
      url: `${gemini}/models/gemini-3-pro:generateContent`,
      request: { contents: [], generationConfig: { maxOutputTokens: 9, temperature: 0.5 } },
      json: {
        responseId: 'r1',
        modelVersion: 'gemini-3-pro-001',
        usageMetadata: {
          promptTokenCount: 100,
          cachedContentTokenCount: 30,
          candidatesTokenCount: 60,
          promptTokensDetails: [
            { modality: 'AUDIO', tokenCount: 20 },
            { modality: 'IMAGE', tokenCount: 21 },
            { modality: 'VIDEO', tokenCount: 22 },
          ],
          cacheTokensDetails: [
            { modality: 'AUDIO', tokenCount: 10 },
            { modality: 'IMAGE', tokenCount: 11 },
          ],
          candidatesTokensDetails: [
            { modality: 'AUDIO', tokenCount: 12 },
            { modality: 'IMAGE', tokenCount: 13 },
            { modality: 'VIDEO', tokenCount: 14 },
          ],
        },
      },
    },
    {
      usage: {
        input_tokens: 100,
        output_tokens: 60,
        cache_read_tokens: 30,
        audio_input_tokens: 20,
        image_input_tokens: 21,
        video_input_tokens: 22,
        audio_cache_read_tokens: 10,
        image_cache_read_tokens: 11,
        audio_output_tokens: 12,
        image_output_tokens: 13,
        video_output_tokens: 14,
      },
      attributes: { 'gen_ai.request.max_tokens': 9, 'gen_ai.request.temperature': 0.5 },
    },
  ],
  'Gemini broken off: the first answer names the call': [
    {
      url: `${gemini}/models/gemini-3-pro:streamGenerateContent?alt=sse`,
      request: { contents: [{ parts: [{ text: 'hello' }] }] },
      events: [
        { responseId: 'r1', candidates: [{ content: { parts: [{ text: 'abcd' }] } }] },
        { responseId: 'r2', candidates: [{ content: { parts: [{ text: 'efgh' }] }, finishReason: 'STOP' }] },
      ],
    },
    { responseId: 'r1', answerBytes: 8, finishReasons: ['STOP'], usage: { input_tokens: 2, output_tokens: 2 }, attributes: ESTIMATED },
  ],
  'Imagen is billed by the picture': [
    {
      url: 'https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/us-central1/publishers/google/models/imagen-4:predict',
      request: { instances: [] },
      json: { predictions: [{ mimeType: 'image/png' }, { mimeType: 'image/png' }, { raiFilteredReason: 'no' }] },
    },
    { operation: 'image_generation', requestModel: 'imagen-4', usage: { images: 2 }, attributes: { 'cloud.region': 'us-central1' } },
  ],
  'Gemini interactions, streamed': [
    {
      url: `${gemini}/interactions`,
      request: { model: 'gemini-3-pro', input: 'hello', stream: true },
      events: [
        { event_type: 'interaction.start', interaction: { id: 'i1', model: 'gemini-3-pro-001', status: 'in_progress' } },
        { event_type: 'content.delta', delta: { type: 'text', text: 'abcd' } },
        {
          event_type: 'interaction.complete',
          interaction: { id: 'i1', status: 'completed', usage: { total_input_tokens: 10, total_output_tokens: 5 } },
        },
      ],
    },
    {
      responseId: 'i1',
      responseModel: 'gemini-3-pro-001',
      finishReasons: ['completed'],
      answerBytes: 4,
      usage: { input_tokens: 10, output_tokens: 5 },
    },
  ],
  'Mistral conversations, streamed': [
    {
      url: 'https://api.mistral.ai/v1/conversations',
      request: { model: 'mistral-large', inputs: 'hello', stream: true },
      events: [
        { type: 'conversation.response.started', conversation_id: 'conv_1' },
        { type: 'message.output.delta', content: 'abcd' },
        { type: 'conversation.response.done', usage: { prompt_tokens: 9, completion_tokens: 4, connector_tokens: 6 } },
      ],
    },
    { responseId: 'conv_1', finishReasons: ['stop'], answerBytes: 4, usage: { input_tokens: 15, output_tokens: 4 } },
  ],
  'Ollama generates, whole': [
    {
      url: 'http://localhost:11434/api/generate',
      request: { model: 'llama3.2', prompt: 'hi', stream: false },
      json: { model: 'llama3.2:3b', response: 'abcd', done: true, done_reason: 'length', prompt_eval_count: 3, eval_count: 4 },
    },
    { streamed: false, responseModel: 'llama3.2:3b', finishReasons: ['length'], usage: { input_tokens: 3, output_tokens: 4 } },
  ],
  'Ollama broken off: lines of text and thoughts': [
    {
      url: 'http://localhost:11434/api/chat',
      request: { model: 'llama3.2', messages },
      lines: [
        { model: 'llama3.2:3b', message: { content: 'abcd' }, done: false },
        { model: 'llama3.2:3b', message: { content: '', thinking: 'efgh' }, done: false },
      ],
    },
    { streamed: true, responseModel: 'llama3.2:3b', answerBytes: 8, usage: { input_tokens: 2, output_tokens: 2 }, attributes: ESTIMATED },
  ],
  'Ollama embeds': [
    {
      url: 'http://localhost:11434/api/embed',
      request: { model: 'embeddinggemma', input: ['a'] },
      json: { model: 'embeddinggemma', embeddings: [[1]], prompt_eval_count: 2 },
    },
    { operation: 'embeddings', streamed: false, usage: { input_tokens: 2 } },
  ],
  'OpenAI: what was asked for is said': [
    {
      url: `${openai}/responses`,
      request: {
        model: 'gpt-5',
        input: 'hello',
        max_output_tokens: 8,
        top_p: 0.9,
        n: 2,
        previous_response_id: 'resp_0',
        reasoning: { effort: 'minimal' },
        service_tier: 'priority',
      },
      json: { id: 'resp_1', model: 'gpt-5-1', status: 'completed', system_fingerprint: 'fp', usage: { input_tokens: 1, output_tokens: 2 } },
    },
    {
      responseModel: 'gpt-5-1',
      usage: { input_tokens: 1, output_tokens: 2 },
      attributes: {
        'gen_ai.request.max_tokens': 8,
        'gen_ai.request.top_p': 0.9,
        'gen_ai.request.choice.count': 2,
        'gen_ai.request.previous_response.id': 'resp_0',
        'gen_ai.request.reasoning.level': 'minimal',
        'openai.request.service_tier': 'priority',
        'openai.response.system_fingerprint': 'fp',
      },
    },
  ],
  'OpenAI embeddings of a chosen length': [
    {
      url: `${openai}/embeddings`,
      request: { model: 'text-embedding-3-large', input: 'hello', dimensions: 256, n: 1 },
      json: { model: 'text-embedding-3-large', usage: { prompt_tokens: 2, total_tokens: 2 } },
    },
    {
      usage: { input_tokens: 2 },
      attributes: { 'gen_ai.embeddings.dimension.count': 256 },
      absent: ['gen_ai.request.choice.count'],
    },
  ],
  'OpenAI responses broken off': [
    {
      url: `${openai}/responses`,
      request: { model: 'gpt-5', input: 'hello', stream: true },
      events: [
        { type: 'response.created', response: { id: 'resp_1', model: 'gpt-5-1', status: 'in_progress' } },
        { type: 'response.output_text.delta', delta: 'abcd' },
      ],
    },
    { responseId: 'resp_1', finishReasons: [], answerBytes: 4, usage: { input_tokens: 2, output_tokens: 1 }, attributes: ESTIMATED },
  ],
  'OpenAI responses cut short, with an interpreter of code': [
    {
      url: `${openai}/responses`,
      request: { model: 'gpt-5', input: 'hello' },
      json: {
        id: 'resp_1',
        status: 'incomplete',
        background: false,
        incomplete_details: { reason: 'max_output_tokens' },
        output: [{ type: 'code_interpreter_call' }, { type: 'message' }],
        usage: { input_tokens: 1, output_tokens: 2 },
      },
    },
    {
      finishReasons: ['max_output_tokens'],
      usage: { input_tokens: 1, output_tokens: 2, code_sessions: 1 },
    },
  ],
  'OpenAI responses in the background: only a receipt': [
    {
      url: `${openai}/responses`,
      request: { model: 'gpt-5', input: 'hello', background: true },
      json: { id: 'resp_1', status: 'queued', background: true, usage: null },
    },
    { responseId: 'resp_1', finishReasons: [], isPending: true, usage: {} },
  ],
  'OpenAI transcription in events': [
    {
      url: `${openai}/audio/transcriptions`,
      request: { model: 'gpt-4o-transcribe', stream: true },
      events: [
        { type: 'transcript.text.delta', delta: 'abcd' },
        { type: 'transcript.text.done', text: 'abcd', usage: { type: 'tokens', input_tokens: 9, output_tokens: 3 } },
      ],
    },
    { answerBytes: 4, usage: { input_tokens: 9, output_tokens: 3 } },
  ],
  'OpenAI transcription by token has no seconds to pay for': [
    {
      url: `${openai}/audio/transcriptions`,
      request: { model: 'gpt-4o-transcribe' },
      json: { text: 'hi', duration: 3.5, usage: { type: 'tokens', input_tokens: 9, output_tokens: 3 } },
    },
    { usage: { input_tokens: 9, output_tokens: 3 } },
  ],
  'OpenAI speech names its model': [
    {
      url: `${openai}/audio/speech`,
      request: { model: 'tts-1', input: 'hello', voice: 'alloy' },
      headers: { 'content-type': 'audio/mpeg' },
      bytes: Buffer.from([1, 2, 3]),
    },
    { operation: 'text_to_speech', requestModel: 'tts-1', usage: { characters: 5 } },
  ],
  'Replicate begins: a receipt': [
    {
      url: 'https://api.replicate.com/v1/predictions',
      request: { version: 'abc', input: {} },
      json: { id: 'p1', model: 'owner/model', status: 'processing' },
    },
    { requestModel: 'abc', responseModel: 'owner/model', responseId: 'p1', isPending: true, finishReasons: [], usage: {} },
  ],
  'Replicate is asked how it is: done, by token': [
    {
      method: 'GET',
      url: 'https://api.replicate.com/v1/predictions/p1',
      json: {
        id: 'p1',
        model: 'owner/model',
        status: 'succeeded',
        metrics: { input_token_count: 3, output_token_count: 4, predict_time: 1.5 },
      },
    },
    {
      responseId: 'p1',
      isPending: false,
      finishReasons: ['succeeded'],
      usage: { input_tokens: 3, output_tokens: 4, gpu_seconds: 1.5 },
    },
  ],
  'OpenAI chat draws; the first event names the call': [
    {
      url: `${openai}/chat/completions`,
      request: { model: 'gpt-image', messages, max_tokens: 7, stream: true },
      events: [
        { id: 'a', choices: [{ delta: { content: 'x' } }] },
        {
          id: 'b',
          choices: [{ finish_reason: 'stop' }],
          usage: { prompt_tokens: 1, completion_tokens: 9, completion_tokens_details: { image_tokens: 8 } },
        },
      ],
    },
    {
      responseId: 'a',
      usage: { input_tokens: 1, output_tokens: 9, image_output_tokens: 8 },
      attributes: { 'gen_ai.request.max_tokens': 7 },
    },
  ],
};
