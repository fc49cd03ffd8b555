import type { Dialect } from '../dialect.ts';
import { aiSdk } from './ai-sdk.ts';
import { anthropicNative } from './anthropic-native.ts';
import { langfuse } from './langfuse.ts';
import { mistralNative } from './mistral-native.ts';
import { openInference } from './openinference.ts';
import { openLlmetry } from './openllmetry.ts';
import { openLit } from './openlit.ts';
import { otelGenAi } from './otel-genai.ts';

/**
 * In order: the first whose scope fits, else the first whose marker is on the span. OpenTelemetry's own names come last, because the
 * others use them beside their own.
 */
export const DIALECTS: readonly Dialect[] = [
  anthropicNative,
  mistralNative,
  aiSdk,
  openLit,
  langfuse,
  openLlmetry,
  openInference,
  otelGenAi,
];
