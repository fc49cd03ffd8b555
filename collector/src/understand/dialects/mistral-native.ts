import { extendOtel } from './otel-genai.ts';

/* Spans of Mistral's own SDKs: OpenTelemetry names on INTERNAL spans; cached tokens are not told. */
export const mistralNative = extendOtel({
  name: 'mistral-native',
  scopes: [/^mistralai_sdk_tracer$/],
  profiles: [{ name: 'mistral-native', input: 'inclusive', output: 'inclusive', basis: 'measured' }],
});
