import { TOKENLEDGER_ATTRIBUTES } from '@tokenledger/model/semconv';
import { array, object } from './json.ts';
import type { JsonObject, ObservedCall } from './observed-call.ts';

/** About what the tokenizers in use average over English and code; three-byte scripts come out near one token a character. */
const BYTES_PER_TOKEN = 4;
const METHOD = 'utf8_bytes/4';

const PROMPT_FIELDS = ['messages', 'input', 'prompt', 'system', 'instructions', 'contents', 'systemInstruction', 'tools'];
/** Where images and files lie, inline or by address: their size says nothing about tokens. */
const NOT_TEXT = new Set(['image_url', 'url', 'data', 'file_data', 'source', 'inlineData', 'input_audio', 'type', 'role', 'id']);
const MAX_DEPTH = 12;

/** Size of the prompt's text in UTF-8 bytes. */
export function promptBytes(body: JsonObject): number {
  return PROMPT_FIELDS.reduce((total, field) => total + textBytes(body[field], MAX_DEPTH), 0);
}

function textBytes(value: unknown, depth: number): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (depth === 0) return 0;
  if (Array.isArray(value)) return array(value).reduce<number>((total, each) => total + textBytes(each, depth - 1), 0);
  return Object.entries(object(value) ?? {}).reduce(
    (total, [key, each]) => (NOT_TEXT.has(key) ? total : total + textBytes(each, depth - 1)),
    0,
  );
}

/**
 * A stream may end without its usage: chat completions without `include_usage`, or a stream the app broke off. The provider
 * bills it all the same, so what is missing is estimated from the text that went by, and flagged as an estimate. A job goes on without
 * its listener: what it will have used nothing tells.
 */
export function estimateMissingUsage(call: ObservedCall): void {
  const isAnswered = call.status !== undefined && call.status < 400;
  if (!call.streamed || call.isPending || !isAnswered || call.usage.output_tokens !== undefined || call.promptBytes === undefined) return;
  if (call.promptBytes !== null) call.usage.input_tokens ??= Math.ceil(call.promptBytes / BYTES_PER_TOKEN);
  call.usage.output_tokens = Math.ceil(call.answerBytes / BYTES_PER_TOKEN);
  call.attributes[TOKENLEDGER_ATTRIBUTES.usageEstimated] = true;
  call.attributes[TOKENLEDGER_ATTRIBUTES.usageEstimationMethod] = METHOD;
}
