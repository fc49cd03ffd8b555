import type { InclusiveUsage } from '@tokenledger/model';
import { array, count, object, sum, text } from '../json.ts';
import type { JsonObject, Mutable, ObservedCall } from '../observed-call.ts';
import type { ApiReader } from './reader.ts';
import { readRequestParameters } from './request-parameters.ts';

/** Chat completions, completions and embeddings of OpenAI and of everyone who speaks their dialect. */
export const openaiChat: ApiReader = {
  request: readRequestParameters,
  answerKeys: ['content', 'reasoning_content', 'arguments', 'text'],
  telling: /"usage":\s*\{|"finish_reason":\s*"|"x_groq":/,
  response(body, call) {
    readIdentity(body, call);
    for (const choice of array(body['choices'])) addFinishReason(text(object(choice)?.['finish_reason']), call);
    readUsage(object(body['usage']) ?? object(object(body['x_groq'])?.['usage']), call);
  },
};

const TOOL_METERS: Readonly<Record<string, keyof InclusiveUsage>> = {
  web_search_call: 'web_search_requests',
  file_search_call: 'file_search_requests',
  code_interpreter_call: 'code_sessions',
};

/** The responses API: one JSON object, or events that carry the whole response when it starts and when it is done. */
export const openaiResponses: ApiReader = {
  request: readRequestParameters,
  answerKeys: ['delta'],
  telling: /"type":\s*"response\.(?:created|completed|incomplete|failed)"/,
  response(body, call) {
    const response = object(body['response']) ?? body;
    readIdentity(response, call);
    const incomplete = text(object(response['incomplete_details'])?.['reason']);
    const status = text(response['status']);
    if (status !== 'in_progress' && status !== 'queued') addFinishReason(incomplete ?? status, call);
    readUsage(object(response['usage']), call);
    readToolCalls(array(response['output']), call);
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

function addFinishReason(reason: string | undefined, call: ObservedCall): void {
  if (reason) call.finishReasons.push(reason);
}

/**
 * Usage in OpenAI's words, old (`prompt_tokens`) and new (`input_tokens`). Details are parts of their total; only xAI and a few
 * others leave reasoning out of it, which their own `total_tokens` gives away.
 */
export function readUsage(usage: JsonObject | undefined, call: ObservedCall): void {
  if (!usage) return;
  const input = count(usage['prompt_tokens']) ?? count(usage['input_tokens']);
  const output = count(usage['completion_tokens']) ?? count(usage['output_tokens']);
  const inputDetails =
    object(usage['prompt_tokens_details']) ?? object(usage['input_tokens_details']) ?? object(usage['input_token_details']) ?? {};
  const outputDetails =
    object(usage['completion_tokens_details']) ?? object(usage['output_tokens_details']) ?? object(usage['output_token_details']) ?? {};
  const reasoning = count(outputDetails['reasoning_tokens']) ?? count(usage['reasoning_tokens']);
  const isReasoningExtra =
    !!reasoning && input !== undefined && output !== undefined && count(usage['total_tokens']) === input + output + reasoning;
  assign(call, {
    input_tokens: input,
    output_tokens: isReasoningExtra ? sum(output, reasoning) : output,
    cache_read_tokens: count(inputDetails['cached_tokens']) ?? count(usage['cached_tokens']) ?? count(usage['prompt_cache_hit_tokens']),
    cache_write_tokens: count(inputDetails['cache_write_tokens']),
    reasoning_tokens: reasoning,
    audio_input_tokens: count(inputDetails['audio_tokens']),
    image_input_tokens: count(inputDetails['image_tokens']),
    audio_output_tokens: count(outputDetails['audio_tokens']),
    image_output_tokens: count(outputDetails['image_tokens']),
  });
  call.reportedCostUsd = count(usage['cost']) ?? count(object(usage['cost'])?.['total_cost']) ?? call.reportedCostUsd;
}

/** Hosted tools are billed per use beside the tokens; the answer lists each use. */
function readToolCalls(output: readonly unknown[], call: ObservedCall): void {
  const uses: Partial<Record<keyof InclusiveUsage, number>> = {};
  for (const item of output) {
    const meter = TOOL_METERS[text(object(item)?.['type']) ?? ''];
    if (meter) uses[meter] = (uses[meter] ?? 0) + 1;
  }
  assign(call, uses);
}

/** Sets what is stated, so that a later event of a stream replaces an earlier one and silence replaces nothing. */
export function assign(call: ObservedCall, stated: Mutable<InclusiveUsage>): void {
  for (const [field, quantity] of Object.entries(stated)) {
    if (quantity === undefined) continue;
    call.usage[field as keyof InclusiveUsage] = quantity;
  }
}
