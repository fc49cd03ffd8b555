import { count, object, text } from '../json.ts';
import { readUsage } from './openai.ts';
import { addFinishReason, state } from './reader.ts';
import type { ApiReader } from './reader.ts';
import { readRequestParameters } from './request-parameters.ts';

/** Conversations: agents on Mistral's side; connectors' tokens are billed as input. */
export const mistralConversations: ApiReader = {
  request: readRequestParameters,
  answerKeys: ['content'],
  telling: /"usage":\s*\{/,
  response(body, call) {
    call.responseId ??= text(body['conversation_id']);
    const usage = object(body['usage']);
    readUsage(usage, call);
    if (usage) addFinishReason(call, 'stop');
    const connectors = count(usage?.['connector_tokens']);
    if (connectors && call.usage.input_tokens !== undefined) state(call, { input_tokens: call.usage.input_tokens + connectors });
  },
};

/** Document recognition is billed by the page. */
export const mistralOcr: ApiReader = {
  request: readRequestParameters,
  answerKeys: [],
  telling: /"usage_info":/,
  response(body, call) {
    call.responseModel = text(body['model']) ?? call.responseModel;
    state(call, { pages: count(object(body['usage_info'])?.['pages_processed']) });
  },
};
