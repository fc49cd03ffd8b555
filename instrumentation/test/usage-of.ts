import { toDisjointUsage } from '@tokenledger/model';
import type { InclusiveUsage, Usage } from '@tokenledger/model';
import type { SinkSpan } from './otlp-sink.ts';

/** A span's usage in disjoint buckets, without empty ones: what a provider's bill lists. */
export function usageOf({ attributes }: SinkSpan): Usage {
  const number = (name: string): number | undefined => (typeof attributes[name] === 'number' ? attributes[name] : undefined);
  const written5m = number('anthropic.usage.cache_creation.ephemeral_5m_input_tokens');
  const written1h = number('anthropic.usage.cache_creation.ephemeral_1h_input_tokens');
  const inclusive: Record<keyof InclusiveUsage, number | undefined> = {
    input_tokens: number('gen_ai.usage.input_tokens'),
    output_tokens: number('gen_ai.usage.output_tokens'),
    cache_read_tokens: number('gen_ai.usage.cache_read.input_tokens'),
    cache_write_5m_tokens: written5m,
    cache_write_1h_tokens: written1h,
    cache_write_tokens: written5m === undefined && written1h === undefined ? number('gen_ai.usage.cache_write.input_tokens') : undefined,
    reasoning_tokens: number('gen_ai.usage.reasoning.output_tokens'),
    audio_input_tokens: number('gen_ai.usage.audio.input_tokens'),
    audio_cache_read_tokens: number('gen_ai.usage.audio.cache_read.input_tokens'),
    audio_output_tokens: number('gen_ai.usage.audio.output_tokens'),
    image_input_tokens: number('gen_ai.usage.image.input_tokens'),
    image_cache_read_tokens: number('gen_ai.usage.image.cache_read.input_tokens'),
    image_output_tokens: number('gen_ai.usage.image.output_tokens'),
    video_input_tokens: number('tokenledger.usage.video_input'),
    video_output_tokens: number('tokenledger.usage.video_output'),
    audio_seconds: number('tokenledger.usage.audio_seconds'),
    video_seconds: number('tokenledger.usage.video_seconds'),
    gpu_seconds: number('tokenledger.usage.gpu_seconds'),
    characters: number('tokenledger.usage.characters'),
    images: number('tokenledger.usage.images'),
    pages: number('tokenledger.usage.pages'),
    requests: number('tokenledger.usage.requests'),
    web_search_requests: number('tokenledger.usage.web_searches'),
    file_search_requests: number('tokenledger.usage.file_searches'),
    code_sessions: number('tokenledger.usage.code_sessions'),
    search_units: number('tokenledger.usage.search_units'),
  };
  const { usage } = toDisjointUsage(inclusive);
  return Object.fromEntries(Object.entries(usage).filter(([, quantity]) => quantity !== 0));
}
