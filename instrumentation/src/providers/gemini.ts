import { array, count, object, sum, text } from '../json.ts';
import type { JsonObject, ObservedCall } from '../observed-call.ts';
import { addFinishReason, state } from './reader.ts';
import type { ApiReader } from './reader.ts';
import { readRequestParameters } from './request-parameters.ts';

/** Gemini and Vertex AI: the model is in the path; each event of a stream repeats the usage so far, so the last one counts. */
export const gemini: ApiReader = {
  request(body, call) {
    readRequestParameters(object(body['generationConfig']) ?? {}, call);
    const limit = count(object(body['generationConfig'])?.['maxOutputTokens']);
    if (limit !== undefined) call.attributes['gen_ai.request.max_tokens'] = limit;
  },
  answerKeys: ['text'],
  telling: /"usageMetadata":|"finishReason":/,
  marks: {
    '"bytesBase64Encoded"': (pictures, call) => readPictures(pictures.length, call),
    '"token_count":': (counts, call) =>
      readTexts(
        counts.map((behind) => count(Number.parseInt(behind, 10))),
        call,
      ),
  },
  response(body, call) {
    call.responseId ??= text(body['responseId']);
    call.responseModel = text(body['modelVersion']) ?? call.responseModel;
    for (const each of array(body['candidates'])) {
      const candidate = object(each) ?? {};
      addFinishReason(call, text(candidate['finishReason']));
      readGrounding(array(object(candidate['groundingMetadata'])?.['webSearchQueries']).length, call);
    }
    const usage = object(body['usageMetadata']);
    if (usage) readUsage(usage, call);
    readPredictions(array(body['predictions']), call);
  },
};

/** Thoughts are beside the candidates and tool results beside the prompt; the conventions count both in. */
function readUsage(usage: JsonObject, call: ObservedCall): void {
  const prompt = byModality(usage['promptTokensDetails']);
  const cached = byModality(usage['cacheTokensDetails']);
  const answer = byModality(usage['candidatesTokensDetails']);
  state(call, {
    input_tokens: sum(count(usage['promptTokenCount']), count(usage['toolUsePromptTokenCount'])),
    output_tokens: sum(count(usage['candidatesTokenCount']), count(usage['thoughtsTokenCount'])),
    cache_read_tokens: count(usage['cachedContentTokenCount']),
    reasoning_tokens: count(usage['thoughtsTokenCount']),
    audio_input_tokens: prompt['AUDIO'],
    audio_cache_read_tokens: cached['AUDIO'],
    image_input_tokens: prompt['IMAGE'],
    image_cache_read_tokens: cached['IMAGE'],
    video_input_tokens: prompt['VIDEO'],
    audio_output_tokens: answer['AUDIO'],
    image_output_tokens: answer['IMAGE'],
    video_output_tokens: answer['VIDEO'],
  });
  const traffic = text(usage['trafficType'])
    ?.replace(/^ON_DEMAND_?/, '')
    .toLowerCase();
  if (traffic !== undefined) call.attributes['gen_ai.response.service_tier'] = traffic || 'standard';
}

function byModality(details: unknown): Readonly<Record<string, number | undefined>> {
  return Object.fromEntries(array(details).map((each) => [text(object(each)?.['modality']) ?? '', count(object(each)?.['tokenCount'])]));
}

/** Since Gemini 3 each search is billed; before, each prompt that searched. */
function readGrounding(searches: number, call: ObservedCall): void {
  const model = call.responseModel ?? call.requestModel ?? '';
  if (searches > 0) state(call, { web_search_requests: /gemini-[12]/.test(model) ? 1 : searches });
}

/** `:predict`: Vertex embeddings state their tokens one by one, Imagen answers with pictures, some by their address. */
function readPredictions(predictions: readonly unknown[], call: ObservedCall): void {
  readPictures(predictions.filter((each) => text(object(each)?.['mimeType'])?.startsWith('image/')).length, call);
}

function readTexts(tokens: readonly (number | undefined)[], call: ObservedCall): void {
  const total = sum(...tokens);
  if (total === undefined) return;
  call.operation = 'embeddings';
  state(call, { input_tokens: total });
}

function readPictures(images: number, call: ObservedCall): void {
  if (images === 0) return;
  call.operation = 'image_generation';
  state(call, { images });
}

/** The interactions API names everything anew. */
export const geminiInteractions: ApiReader = {
  request: readRequestParameters,
  answerKeys: ['text'],
  telling: /"usage":\s*\{|"status":\s*"/,
  response(body, call) {
    const interaction = object(body['interaction']) ?? body;
    call.responseId ??= text(interaction['id']);
    call.responseModel = text(interaction['model']) ?? call.responseModel;
    const status = text(interaction['status']);
    if (status && status !== 'in_progress') addFinishReason(call, status);
    const usage = object(interaction['usage']) ?? {};
    state(call, {
      input_tokens: sum(count(usage['total_input_tokens']), count(usage['total_tool_use_tokens'])),
      output_tokens: sum(count(usage['total_output_tokens']), count(usage['total_thought_tokens'])),
      cache_read_tokens: count(usage['total_cached_tokens']),
      reasoning_tokens: count(usage['total_thought_tokens']),
    });
  },
};
