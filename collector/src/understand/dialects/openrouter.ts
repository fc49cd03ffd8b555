import { extendOtel } from './otel-genai.ts';

/* OpenRouter's Broadcast, sent from its servers as OTLP/JSON: https://openrouter.ai/docs/guides/features/broadcast. The cost is the one it bills; gen_ai.provider.name is the author of the model, not the seller. */
export const openRouter = extendOtel({
  name: 'openrouter',
  scopes: [/^openrouter/],
  markers: ['openrouter.provider_slug', 'trace.metadata.openrouter.provider_slug', 'trace.metadata.openrouter.provider_name'],
  counts: {
    cacheRead: ['gen_ai.usage.input_tokens.cached'],
    cacheWrite: ['gen_ai.usage.input_tokens.cache_write'],
    reasoning: ['gen_ai.usage.output_tokens.reasoning'],
  },
  facts: { costUsd: ['gen_ai.usage.total_cost'] },
  embedded: () => ({ counts: {}, raw: {}, facts: { provider: 'openrouter', costSource: 'provider' } }),
  profiles: [{ name: 'openrouter', input: 'inclusive', output: 'inclusive', basis: 'documented' }],
});
