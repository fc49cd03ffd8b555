import type { ObservedCall } from '../observed-call.ts';
import type { ExchangeStart } from './exchange.ts';

/**
 * Whether an exchange that is over was a model's. A redirect is followed by the call itself. On an unknown host a common path needs a named
 * model and an answer in its dialect, if there is one; or an SDK for models.
 */
export function isModelCall({ gateway, endpoint, requestHeader }: ExchangeStart, call: ObservedCall): boolean {
  const status = call.status ?? 0;
  if (status >= 300 && status < 400) return false;
  if (!gateway || !endpoint.isCommonPath) return true;
  if (!endpoint.only && requestHeader('x-stainless-lang') !== undefined) return true;
  // Who asks how a job is names no model; the answer does.
  const model = endpoint.asksAboutJob ? call.responseModel : call.requestModel;
  const isAnswered = status >= 200 && status < 300 && !call.error;
  return model !== undefined && (!isAnswered || isAnswerKnown(call));
}

function isAnswerKnown({ responseId, responseModel, finishReasons, usage }: ObservedCall): boolean {
  return responseId !== undefined || responseModel !== undefined || finishReasons.length > 0 || Object.keys(usage).length > 0;
}
