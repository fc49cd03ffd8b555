import { extendOtel } from './otel-genai.ts';

/* Spans of Anthropic's own SDKs (on by default since 0.134) and of its servers. Input contains cached tokens; tokens of compaction are in neither total. */
export const anthropicNative = extendOtel({
  name: 'anthropic-native',
  scopes: [/^com\.anthropic\.sdk\./],
  facts: { responseId: ['gen_ai.response.id', 'anthropic.request.id'] },
  profiles: [{ name: 'anthropic-native', input: 'inclusive', output: 'inclusive', basis: 'measured' }],
});
