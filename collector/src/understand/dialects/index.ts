import type { Dialect } from '../dialect.ts';
import { otelGenAi } from './otel-genai.ts';

/** In order: the first whose scope fits, else the first whose marker is on the span. */
export const DIALECTS: readonly Dialect[] = [otelGenAi];
