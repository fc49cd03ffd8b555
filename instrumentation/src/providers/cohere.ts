import { count, object, sum, text } from '../json.ts';
import { readUsage } from './openai.ts';
import { addFinishReason, state } from './reader.ts';
import type { ApiReader } from './reader.ts';
import { readRequestParameters } from './request-parameters.ts';

/** Cohere states used and billed units; the billed ones are what costs. Others offer its paths with a usage like OpenAI's. */
export const cohere: ApiReader = {
  request: readRequestParameters,
  answerKeys: ['text', 'thinking', 'tool_plan', 'arguments'],
  telling: /"billed_units":|"usage":\s*\{|"finish_reason":\s*"/,
  response(body, call) {
    const answer = object(body['response']) ?? object(body['delta']) ?? body;
    call.responseId ??= text(body['id']) ?? text(body['generation_id']) ?? text(answer['response_id']);
    addFinishReason(call, text(answer['finish_reason']));
    const usage = object(answer['usage']) ?? object(answer['meta']);
    const billed = object(usage?.['billed_units']);
    if (!billed) return readUsage(usage, call);
    const imageTokens = count(billed['image_tokens']);
    state(call, {
      input_tokens: sum(count(billed['input_tokens']), imageTokens),
      image_input_tokens: imageTokens,
      output_tokens: count(billed['output_tokens']),
      cache_read_tokens: count(usage?.['cached_tokens']),
      search_units: count(billed['search_units']),
      images: imageTokens === undefined ? count(billed['images']) : undefined,
    });
  },
};
