import { array, count, object, sum, text } from '../json.ts';
import type { HeaderReader, JsonObject, ObservedCall } from '../observed-call.ts';
import { addFinishReason, state } from './reader.ts';
import type { ApiReader } from './reader.ts';
import { readRequestParameters } from './request-parameters.ts';

/** Gemini and Vertex AI: the model is in the path; each event of a stream repeats the usage so far, so the last one counts. */
export const gemini: ApiReader = {
  request(body, call) {
    readRequestParameters(object(body['generationConfig']) ?? {}, call);
    const limit = count(object(body['generationConfig'])?.['maxOutputTokens']);
    if (limit !== undefined) call.attributes['gen_ai.request.max_tokens'] = limit;
    const tier = text(body['serviceTier'])?.toLowerCase();
    if (tier) call.attributes['gen_ai.request.service_tier'] = tier;
  },
  headers: readTier,
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

/** The Gemini API says in a header by which tier it served; Vertex AI in the usage. */
function readTier(header: HeaderReader, call: ObservedCall): void {
  const tier = text(header('x-gemini-service-tier'))?.toLowerCase();
  if (tier) call.attributes['gen_ai.response.service_tier'] = tier;
}

const UNFINISHED = new Set(['queued', 'in_progress']);

/**
 * The interactions API names everything anew. Every event may state the usage so far. Only the request says whether the work goes on in
 * the background.
 */
export const geminiInteractions: ApiReader = {
  request(body, call) {
    readRequestParameters(body, call);
    call.requestModel ??= text(body['agent']);
    if (body['background'] === true) call.isPending = true;
  },
  headers: readTier,
  answerKeys: ['text', 'arguments'],
  telling: /"(?:total_)?usage":\s*\{|"status":\s*"/,
  response(body, call) {
    const interaction = object(body['interaction']) ?? body;
    call.responseId ??= text(interaction['id']) ?? text(body['interaction_id']);
    call.responseModel = text(interaction['model']) ?? call.responseModel;
    const tier = text(interaction['service_tier']);
    if (tier) call.attributes['gen_ai.response.service_tier'] = tier;
    const status = text(interaction['status']);
    if (status && !UNFINISHED.has(status)) {
      call.isPending = false;
      if (!call.finishReasons.includes(status)) addFinishReason(call, status);
    }
    readInteractionUsage(object(interaction['usage']) ?? object(object(body['metadata'])?.['total_usage']) ?? {}, call);
  },
};

function readInteractionUsage(usage: JsonObject, call: ObservedCall): void {
  const of = (list: string, type: string, quantity: string, wanted: string): number | undefined =>
    sum(
      ...array(usage[list])
        .map(object)
        .filter((each) => each?.[type] === wanted)
        .map((each) => count(each?.[quantity])),
    );
  const tokens = (list: string, modality: string): number | undefined => of(`${list}_tokens_by_modality`, 'modality', 'tokens', modality);
  state(call, {
    input_tokens: sum(count(usage['total_input_tokens']), count(usage['total_tool_use_tokens'])),
    output_tokens: sum(count(usage['total_output_tokens']), count(usage['total_thought_tokens'])),
    cache_read_tokens: count(usage['total_cached_tokens']),
    reasoning_tokens: count(usage['total_thought_tokens']),
    audio_input_tokens: tokens('input', 'audio'),
    audio_cache_read_tokens: tokens('cached', 'audio'),
    image_input_tokens: tokens('input', 'image'),
    image_cache_read_tokens: tokens('cached', 'image'),
    video_input_tokens: tokens('input', 'video'),
    audio_output_tokens: tokens('output', 'audio'),
    image_output_tokens: tokens('output', 'image'),
    video_output_tokens: tokens('output', 'video'),
  });
  readGrounding(of('grounding_tool_count', 'type', 'count', 'google_search') ?? 0, call);
}
