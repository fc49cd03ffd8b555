import { object, text } from '../json.ts';
import type { CallError, JsonObject } from '../observed-call.ts';

/** Whether an event may tell of an error, before it is parsed. */
export const MAYBE_ERROR = /"error"\s*[:,}]|"response\.failed"/;

/** What went wrong in an answer whose head had said 200: overload at Anthropic, a failed response at OpenAI, a fault behind a gateway; Ollama and others only have a sentence for it. */
export function statedError(event: JsonObject): CallError | undefined {
  if (text(event['error'])) return { type: text(event['error_type']) ?? 'error', isAbort: false };
  const stated = object(event['error']) ?? object(object(event['response'])?.['error']);
  if (!stated && event['type'] !== 'error' && event['type'] !== 'response.failed') return undefined;
  const { type, code, status } = stated ?? { ...event, type: undefined };
  return { type: text(type) ?? text(code) ?? text(status) ?? 'error', isAbort: false };
}
