import { z } from 'zod';

const count = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);
const amount = z.number().finite().nonnegative();

/**
 * Usage as providers and the OpenTelemetry conventions state it: `input_tokens` contains cached, cache-write, audio and image
 * input; `output_tokens` contains reasoning, audio and image output. The body of `POST /v1/price`.
 */
export const inclusiveUsageSchema = z.strictObject({
  input_tokens: count.optional(),
  output_tokens: count.optional(),
  cache_read_tokens: count.optional(),
  cache_write_5m_tokens: count.optional(),
  cache_write_1h_tokens: count.optional(),
  cache_write_tokens: count.optional(),
  reasoning_tokens: count.optional(),
  audio_input_tokens: count.optional(),
  audio_cache_read_tokens: count.optional(),
  audio_output_tokens: count.optional(),
  image_input_tokens: count.optional(),
  image_cache_read_tokens: count.optional(),
  image_output_tokens: count.optional(),
  video_input_tokens: count.optional(),
  video_output_tokens: count.optional(),
  audio_seconds: amount.optional(),
  video_seconds: amount.optional(),
  gpu_seconds: amount.optional(),
  characters: count.optional(),
  images: count.optional(),
  pages: count.optional(),
  requests: count.optional(),
  web_search_requests: count.optional(),
  file_search_requests: count.optional(),
  code_sessions: count.optional(),
  search_units: count.optional(),
});
export type InclusiveUsage = z.infer<typeof inclusiveUsageSchema>;
