import { array, count, object, sum, text } from '../json.ts';
import type { JsonObject, ObservedCall } from '../observed-call.ts';
import type { ApiReader, Stated } from './reader.ts';
import { addFinishReason, innerCall, state } from './reader.ts';
import { readRequestParameters } from './request-parameters.ts';

/** Chat completions, completions and embeddings of OpenAI and of everyone who speaks their dialect. */
export const openaiChat: ApiReader = {
  request(body, call) {
    readRequestParameters(body, call);
    // At xAI: the answer is to be fetched later.
    if (body['deferred'] === true) call.isPending = true;
  },
  answerKeys: ['content', 'reasoning_content', 'reasoning', 'refusal', 'arguments', 'text'],
  telling: /"usage":\s*\{|"finish_reason":\s*"|"x_groq":/,
  response(body, call) {
    readIdentity(body, call);
    const choices = array(body['choices']).map(object);
    if (call.isPending) {
      call.jobId ??= text(body['request_id']);
      call.isPending = choices.length === 0;
    }
    for (const choice of choices) addFinishReason(call, text(choice?.['finish_reason']));
    // Groq and Moonshot have the usage of a stream elsewhere.
    const elsewhere = object(object(body['x_groq'])?.['usage']) ?? choices.map((choice) => object(choice?.['usage'])).find(Boolean);
    readUsage(object(body['usage']) ?? elsewhere, call);
    // These search before every answer, which is billed beside the tokens and said nowhere.
    if (call.provider === 'openai' && SEARCHES_ALWAYS.test(call.responseModel ?? call.requestModel ?? '')) {
      state(call, { web_search_requests: 1 });
    }
  },
};

/** What was deferred, once it is there: the same answer, under an id of its own. */
export const openaiDeferredChat: ApiReader = {
  ...openaiChat,
  response(body, call) {
    call.isPending = true;
    openaiChat.response(body, call);
  },
};

const SEARCHES_ALWAYS = /^gpt-4o(?:-mini)?-search-preview/;

const UNFINISHED = new Set(['queued', 'in_progress']);

/** The responses API: one JSON object, or events that carry the whole response when it starts and when it is done. */
export const openaiResponses: ApiReader = {
  request: readRequestParameters,
  answerKeys: ['delta'],
  telling: /"type":\s*"response\.(?:created|completed|incomplete|failed)"/,
  response(body, call) {
    const response = object(body['response']) ?? body;
    readIdentity(response, call);
    const status = text(response['status']);
    if (status && !UNFINISHED.has(status)) addFinishReason(call, text(object(response['incomplete_details'])?.['reason']) ?? status);
    if (response['background'] === true) call.isPending = status !== undefined && UNFINISHED.has(status);
    readUsage(object(response['usage']), call);
    readToolCalls(array(response['output']), object(response['tool_usage']), call);
    readDrawing(object(object(response['tool_usage'])?.['image_gen']), array(response['tools']), call);
  },
};

/** Image models bill tokens, the older ones pictures. */
export const openaiImages: ApiReader = {
  request: readRequestParameters,
  answerKeys: [],
  telling: /"usage":\s*\{/,
  marks: { '"b64_json"': (pictures, call) => readPictures(pictures.length, call) },
  response(body, call) {
    readIdentity(body, call);
    readUsage(object(body['usage']), call);
    readPictures(array(body['data']).length, call);
    if (call.usage.image_output_tokens === undefined) state(call, { image_output_tokens: call.usage.output_tokens });
  },
};

/** Pictures in a response are drawn by a model of its own, at its own price. */
function readDrawing(usage: JsonObject | undefined, tools: readonly unknown[], call: ObservedCall): void {
  if (!usage || !count(usage['total_tokens'])) return;
  const tool = tools.map(object).find((each) => each?.['type'] === 'image_generation');
  const tokens = tokensOf(usage, call.provider);
  const stated = { ...tokens, image_output_tokens: tokens.image_output_tokens ?? tokens.output_tokens };
  call.inner = [innerCall('image_generation', text(tool?.['model']), stated)];
}

function readPictures(images: number, call: ObservedCall): void {
  if (images > 0 && call.usage.input_tokens === undefined) state(call, { images });
}

/** Transcription bills tokens or seconds of audio; what it was asked for is a form, what it answers may be plain text. */
export const openaiTranscription: ApiReader = {
  request: readRequestParameters,
  answerKeys: ['delta'],
  telling: /"usage":\s*\{/,
  response(body, call) {
    const usage = object(body['usage']);
    readUsage(usage, call);
    const seconds = count(usage?.['seconds']) ?? count(usage?.['prompt_audio_seconds']) ?? count(body['duration']);
    if (call.usage.input_tokens === undefined && seconds !== undefined) state(call, { audio_seconds: seconds });
  },
};

/** Speech answers with sound: what is billed is the text it was asked to speak, unless a stream of events says tokens. */
export const openaiSpeech: ApiReader = {
  request(body, call) {
    readRequestParameters(body, call);
    const input = text(body['input']);
    if (input) state(call, { characters: Array.from(input).length });
  },
  answerKeys: [],
  telling: /"usage":\s*\{/,
  response(body, call) {
    readUsage(object(body['usage']), call);
    if (call.usage.output_tokens === undefined) return;
    // Billed by what it said, not by what it was to say.
    delete call.usage.characters;
    state(call, { audio_output_tokens: call.usage.audio_output_tokens ?? call.usage.output_tokens });
  },
};

function readIdentity(body: JsonObject, call: ObservedCall): void {
  call.responseId ??= text(body['id']);
  call.responseModel = text(body['model']) ?? call.responseModel;
  const tier = text(body['service_tier']);
  if (tier) call.attributes['openai.response.service_tier'] = tier;
  const fingerprint = text(body['system_fingerprint']);
  if (fingerprint) call.attributes['openai.response.system_fingerprint'] = fingerprint;
}

/**
 * Usage in OpenAI's words, old (`prompt_tokens`) and new (`input_tokens`). Details are parts of their total; only xAI, Perplexity and a
 * few others leave reasoning out of it, which is larger then, or their own `total_tokens` gives it away. Embedders and rerankers may
 * state a total alone.
 */
export function readUsage(usage: JsonObject | undefined, call: ObservedCall): void {
  if (!usage) return;
  state(call, tokensOf(usage, call.provider));
  // Mistral's.
  const tier = text(usage['service_tier']);
  if (tier) call.attributes['gen_ai.response.service_tier'] = tier;
  call.reportedCostUsd = reportedCostUsd(usage) ?? call.reportedCostUsd;
}

function tokensOf(usage: JsonObject, provider: string): Stated {
  const total = count(usage['total_tokens']);
  const output = count(usage['completion_tokens']) ?? count(usage['output_tokens']);
  const input = count(usage['prompt_tokens']) ?? count(usage['input_tokens']) ?? (output === undefined ? total : undefined);
  const inputDetails = firstObject(usage, ['prompt_tokens_details', 'input_tokens_details', 'input_token_details']);
  const outputDetails = firstObject(usage, ['completion_tokens_details', 'output_tokens_details', 'output_token_details']);
  const stated = count(outputDetails['reasoning_tokens']) ?? count(usage['reasoning_tokens']);
  const reasoning = stated ?? (provider.startsWith('gcp.') ? beside(total, input, output) : undefined);
  const isReasoningExtra = !!reasoning && (reasoning > (output ?? 0) || total === sum(input, output, reasoning));
  return {
    input_tokens: input,
    output_tokens: isReasoningExtra ? sum(output, reasoning) : output,
    cache_read_tokens: count(inputDetails['cached_tokens']) ?? count(usage['cached_tokens']) ?? count(usage['prompt_cache_hit_tokens']),
    cache_write_tokens: count(inputDetails['cache_write_tokens']),
    reasoning_tokens: reasoning,
    audio_input_tokens: count(inputDetails['audio_tokens']),
    image_input_tokens: count(inputDetails['image_tokens']),
    image_cache_read_tokens: count(object(usage['cached_tokens_details'])?.['cached_image_tokens']),
    audio_output_tokens: count(outputDetails['audio_tokens']),
    image_output_tokens: count(outputDetails['image_tokens']),
    // Perplexity bills its searches beside the tokens.
    web_search_requests: count(usage['num_search_queries']),
    // Mistral bills what it heard beside the tokens.
    audio_seconds: count(usage['prompt_audio_seconds']),
  };
}

/** What a total has more than its parts: Google's thoughts, of which nothing else tells in OpenAI's dialect. */
function beside(total: number | undefined, input: number | undefined, output: number | undefined): number | undefined {
  const rest = total === undefined || input === undefined ? 0 : total - input - (output ?? 0);
  return rest > 0 ? rest : undefined;
}

const XAI_TICKS_PER_USD = 1e10;

/** OpenRouter's and Perplexity's cost, DeepInfra's, and xAI's. With a key of one's own OpenRouter charges a fee beside what its supplier charges. */
export function reportedCostUsd(usage: JsonObject): number | undefined {
  const ticks = count(usage['cost_in_usd_ticks']);
  if (ticks !== undefined) return ticks / XAI_TICKS_PER_USD;
  const cost = count(usage['cost']) ?? count(object(usage['cost'])?.['total_cost']) ?? count(usage['estimated_cost']);
  const supplier = usage['is_byok'] === true ? count(object(usage['cost_details'])?.['upstream_inference_cost']) : undefined;
  return sum(cost, supplier);
}

function firstObject(body: JsonObject, keys: readonly string[]): JsonObject {
  for (const key of keys) {
    const found = object(body[key]);
    if (found) return found;
  }
  return {};
}

/**
 * Hosted tools are billed beside the tokens: searches, but not the pages that are opened from them (of which the answer itself tells, or
 * each use says what it did), and containers, however often code runs in one.
 */
function readToolCalls(output: readonly unknown[], toolUsage: JsonObject | undefined, call: ObservedCall): void {
  const uses = output.map((item) => object(item) ?? {});
  const of = (type: string): readonly JsonObject[] => uses.filter((use) => use['type'] === type);
  const searches = of('web_search_call').filter((use) => (text(object(use['action'])?.['type']) ?? 'search') === 'search').length;
  const containers = new Set(of('code_interpreter_call').map((use) => text(use['container_id']) ?? use)).size;
  state(call, {
    web_search_requests: (count(object(toolUsage?.['web_search'])?.['num_requests']) ?? searches) || undefined,
    file_search_requests: of('file_search_call').length || undefined,
    code_sessions: containers || undefined,
  });
}
