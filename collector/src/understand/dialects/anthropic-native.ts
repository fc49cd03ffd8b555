import type { Dialect } from '../dialect.ts';
import { OTEL_COUNTS, OTEL_FACTS, OTEL_OPERATIONS } from './otel-genai.ts';

/*
 * Spans of Anthropic's own SDKs (on by default since 0.134) and of its servers. OpenTelemetry names plus `anthropic.*`; input contains
 * cached tokens; tokens of compaction are in neither total.
 */
export const anthropicNative: Dialect = {
  name: 'anthropic-native',
  scopes: [/^com\.anthropic\./],
  markers: [],
  counts: OTEL_COUNTS,
  facts: { ...OTEL_FACTS, responseId: ['gen_ai.response.id', 'anthropic.request.id'] },
  operationNames: OTEL_OPERATIONS,
  profiles: [{ name: 'anthropic-native', input: 'inclusive', output: 'inclusive', basis: 'measured' }],
};
