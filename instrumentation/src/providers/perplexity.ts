import { object, text } from '../json.ts';
import { openaiChat } from './openai.ts';
import type { ApiReader } from './reader.ts';
import { readRequestParameters } from './request-parameters.ts';

const UNFINISHED = new Set(['CREATED', 'IN_PROGRESS']);

/** Chat completions that are fetched later: a job around a request and, once it is done, around the answer. */
export const perplexityAsync: ApiReader = {
  request: (body, call) => readRequestParameters(object(body['request']) ?? body, call),
  answerKeys: [],
  telling: /"status":/,
  response(body, call) {
    call.responseId ??= text(body['id']);
    call.responseModel = text(body['model']) ?? call.responseModel;
    const status = text(body['status']);
    call.isPending = status !== undefined && UNFINISHED.has(status);
    if (status === 'FAILED') call.error ??= { type: status, isAbort: false };
    const answer = object(body['response']);
    if (answer) openaiChat.response(answer, call);
  },
};
