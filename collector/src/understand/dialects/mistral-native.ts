import type { Dialect } from '../dialect.ts';
import { OTEL_COUNTS, OTEL_FACTS, OTEL_OPERATIONS } from './otel-genai.ts';

/* Spans of Mistral's own SDKs: OpenTelemetry names on INTERNAL spans; cached tokens are not told. */
export const mistralNative: Dialect = {
  name: 'mistral-native',
  scopes: [/^mistralai_sdk_tracer$/],
  markers: [],
  counts: OTEL_COUNTS,
  facts: OTEL_FACTS,
  operationNames: OTEL_OPERATIONS,
  profiles: [{ name: 'mistral-native', input: 'inclusive', output: 'inclusive', basis: 'measured' }],
};
