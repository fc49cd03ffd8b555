import type { InclusiveUsage } from './inclusive-usage.ts';
import type { Meter } from './meter.ts';

/**
 * Disjoint quantities per meter. A bucket the emitter cannot know is absent, not 0. Tokens are integers up to
 * 2^53-1; seconds may have a fraction. In a correction entry quantities may be negative.
 */
export type Usage = Readonly<Partial<Record<Meter, number>>>;

/** Which inclusive total each part is carved out of, and the meter it becomes. */
const PARTS: readonly {
  readonly field: keyof InclusiveUsage;
  readonly meter: Meter;
  readonly of: 'input_tokens' | 'output_tokens' | null;
}[] = [
  { field: 'cache_read_tokens', meter: 'cache_read', of: 'input_tokens' },
  { field: 'cache_write_5m_tokens', meter: 'cache_write_5m', of: 'input_tokens' },
  { field: 'cache_write_1h_tokens', meter: 'cache_write_1h', of: 'input_tokens' },
  { field: 'cache_write_tokens', meter: 'cache_write', of: 'input_tokens' },
  { field: 'audio_input_tokens', meter: 'audio_input', of: 'input_tokens' },
  { field: 'audio_cache_read_tokens', meter: 'audio_cache_read', of: 'input_tokens' },
  { field: 'image_input_tokens', meter: 'image_input', of: 'input_tokens' },
  { field: 'image_cache_read_tokens', meter: 'image_cache_read', of: 'input_tokens' },
  { field: 'video_input_tokens', meter: 'video_input', of: 'input_tokens' },
  { field: 'reasoning_tokens', meter: 'reasoning', of: 'output_tokens' },
  { field: 'audio_output_tokens', meter: 'audio_output', of: 'output_tokens' },
  { field: 'image_output_tokens', meter: 'image_output', of: 'output_tokens' },
  { field: 'video_output_tokens', meter: 'video_output', of: 'output_tokens' },
  { field: 'audio_seconds', meter: 'audio_seconds', of: null },
  { field: 'video_seconds', meter: 'video_seconds', of: null },
  { field: 'gpu_seconds', meter: 'gpu_seconds', of: null },
  { field: 'characters', meter: 'characters', of: null },
  { field: 'images', meter: 'images', of: null },
  { field: 'pages', meter: 'pages', of: null },
  { field: 'requests', meter: 'requests', of: null },
  { field: 'web_search_requests', meter: 'web_searches', of: null },
  { field: 'file_search_requests', meter: 'file_searches', of: null },
  { field: 'code_sessions', meter: 'code_sessions', of: null },
  { field: 'search_units', meter: 'search_units', of: null },
];

/** Every field that inclusive usage may have. */
export const INCLUSIVE_FIELDS: readonly (keyof InclusiveUsage)[] = ['input_tokens', 'output_tokens', ...PARTS.map(({ field }) => field)];

const REST = { input_tokens: 'input_uncached', output_tokens: 'output_text' } as const;

/**
 * Inclusive totals → disjoint buckets. `contradictions` names each total that is smaller than its parts: the parts are kept
 * as stated and the rest of that total is absent, because no arithmetic can know it.
 */
export function toDisjointUsage(inclusive: InclusiveUsage): { readonly usage: Usage; readonly contradictions: readonly string[] } {
  const usage: Partial<Record<Meter, number>> = {};
  const carved = { input_tokens: 0, output_tokens: 0 };
  for (const { field, meter, of } of PARTS) {
    const quantity = inclusive[field];
    if (quantity === undefined) continue;
    usage[meter] = quantity;
    if (of) carved[of] += quantity;
  }
  const contradictions: string[] = [];
  for (const total of ['input_tokens', 'output_tokens'] as const) {
    const stated = inclusive[total];
    if (stated === undefined) continue;
    if (stated < carved[total]) contradictions.push(`${total} is ${stated} but its parts add up to ${carved[total]}`);
    else usage[REST[total]] = stated - carved[total];
  }
  return { usage, contradictions };
}
