import { count, text } from '../json.ts';
import { addFinishReason, state } from './reader.ts';
import type { ApiReader } from './reader.ts';
import { readRequestParameters } from './request-parameters.ts';

/** Ollama streams JSON lines unless it is told not to; the last one counts the tokens. */
export const ollama: ApiReader = {
  request(body, call) {
    readRequestParameters(body, call);
    call.streamed = body['stream'] !== false && call.operation !== 'embeddings';
  },
  answerKeys: ['content', 'response', 'thinking'],
  telling: /"done":\s*true/,
  response(body, call) {
    // Apps have routes by these names, too, which pass on what others answer.
    if (typeof body['done'] !== 'boolean' && body['prompt_eval_count'] === undefined) return;
    call.responseModel = text(body['model']) ?? call.responseModel;
    addFinishReason(call, text(body['done_reason']));
    state(call, { input_tokens: count(body['prompt_eval_count']), output_tokens: count(body['eval_count']) });
  },
};
