import { count, object, text } from '../json.ts';
import { addFinishReason, state } from './reader.ts';
import type { ApiReader } from './reader.ts';
import { readRequestParameters } from './request-parameters.ts';

const UNFINISHED = new Set(['starting', 'processing']);

/** Predictions are jobs: billed by the second of the machine that ran them, or by token for the models Replicate hosts itself. */
export const replicate: ApiReader = {
  request(body, call) {
    readRequestParameters(body, call);
    call.requestModel ??= text(body['version']);
  },
  answerKeys: [],
  telling: /"metrics":/,
  response(body, call) {
    call.responseId ??= text(body['id']);
    call.responseModel = text(body['model']) ?? call.responseModel;
    const status = text(body['status']);
    call.isPending = status !== undefined && UNFINISHED.has(status);
    if (!call.isPending) addFinishReason(call, status);
    const metrics = object(body['metrics']);
    state(call, {
      input_tokens: count(metrics?.['input_token_count']),
      output_tokens: count(metrics?.['output_token_count']),
      gpu_seconds: count(metrics?.['predict_time']),
    });
  },
};
