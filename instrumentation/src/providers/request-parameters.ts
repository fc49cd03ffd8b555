import { count, object, text } from '../json.ts';
import type { JsonObject, ObservedCall } from '../observed-call.ts';

/** Request fields that the conventions name; those that decide a price or explain one. Never content. */
const NUMBERS = Object.entries({
  max_tokens: 'gen_ai.request.max_tokens',
  max_completion_tokens: 'gen_ai.request.max_tokens',
  max_output_tokens: 'gen_ai.request.max_tokens',
  temperature: 'gen_ai.request.temperature',
  top_p: 'gen_ai.request.top_p',
  top_k: 'gen_ai.request.top_k',
  dimensions: 'gen_ai.embeddings.dimension.count',
});

/** The parameters that OpenAI's, Anthropic's and most other JSON bodies share. */
export function readRequestParameters(body: JsonObject, call: ObservedCall): void {
  call.requestModel ??= text(body['model']);
  if (body['stream'] === true) call.streamed = true;
  for (const [field, attribute] of NUMBERS) {
    const value = count(body[field]);
    if (value !== undefined) call.attributes[attribute] = value;
  }
  const choices = count(body['n']);
  if (choices !== undefined && choices > 1) call.attributes['gen_ai.request.choice.count'] = choices;
  const previous = text(body['previous_response_id']);
  if (previous) call.attributes['gen_ai.request.previous_response.id'] = previous;
  const effort =
    text(body['reasoning_effort']) ?? text(object(body['reasoning'])?.['effort']) ?? text(object(body['output_config'])?.['effort']);
  if (effort) call.attributes['gen_ai.request.reasoning.level'] = effort;
  const tier = text(body['service_tier']);
  if (tier) call.attributes[`${call.provider === 'anthropic' ? 'anthropic' : 'openai'}.request.service_tier`] = tier;
}
