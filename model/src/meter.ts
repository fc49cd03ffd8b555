/** A meter is something a provider counts and bills. Buckets are disjoint: no token is in two meters. */
export type MeterUnit = 'token' | 'second' | 'character' | 'image' | 'page' | 'request';
export type MeterSide = 'input' | 'output' | 'other';

interface MeterFacts {
  readonly unit: MeterUnit;
  readonly side: MeterSide;
}

const METER_FACTS = {
  input_uncached: { unit: 'token', side: 'input' },
  cache_read: { unit: 'token', side: 'input' },
  cache_write_5m: { unit: 'token', side: 'input' },
  cache_write_1h: { unit: 'token', side: 'input' },
  /** A cache write whose time to live the emitter did not say. */
  cache_write: { unit: 'token', side: 'input' },
  audio_input: { unit: 'token', side: 'input' },
  audio_cache_read: { unit: 'token', side: 'input' },
  image_input: { unit: 'token', side: 'input' },
  image_cache_read: { unit: 'token', side: 'input' },
  video_input: { unit: 'token', side: 'input' },
  output_text: { unit: 'token', side: 'output' },
  reasoning: { unit: 'token', side: 'output' },
  audio_output: { unit: 'token', side: 'output' },
  image_output: { unit: 'token', side: 'output' },
  video_output: { unit: 'token', side: 'output' },
  audio_seconds: { unit: 'second', side: 'other' },
  video_seconds: { unit: 'second', side: 'other' },
  gpu_seconds: { unit: 'second', side: 'other' },
  characters: { unit: 'character', side: 'other' },
  images: { unit: 'image', side: 'other' },
  pages: { unit: 'page', side: 'other' },
  requests: { unit: 'request', side: 'other' },
  web_searches: { unit: 'request', side: 'other' },
  file_searches: { unit: 'request', side: 'other' },
  code_sessions: { unit: 'request', side: 'other' },
  search_units: { unit: 'request', side: 'other' },
} as const satisfies Record<string, MeterFacts>;

export type Meter = keyof typeof METER_FACTS;

export const METERS = Object.keys(METER_FACTS) as readonly Meter[];

export function meterFacts(meter: Meter): MeterFacts {
  return METER_FACTS[meter];
}

const KNOWN: ReadonlySet<string> = new Set(METERS);

export function isMeter(name: string): name is Meter {
  return KNOWN.has(name);
}

export const TOKEN_METERS: readonly Meter[] = METERS.filter((meter) => METER_FACTS[meter].unit === 'token');
