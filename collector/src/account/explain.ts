import { type Call, type Charge, formatUsd, type Meter } from '@tokenledger/model';
import { readCallEvidence } from './stored-evidence.ts';
import type { Evidence, Observation } from '../understand/observation.ts';
import type { CountField } from '../understand/reading.ts';

/** Which numbers of an emitter a bucket is made from. */
const MADE_FROM: Partial<Record<Meter, readonly CountField[]>> = {
  input_uncached: ['input', 'inputUncached', 'toolInput', 'compactionInput'],
  cache_read: ['cacheRead'],
  cache_write: ['cacheWrite'],
  cache_write_5m: ['cacheWrite5m'],
  cache_write_1h: ['cacheWrite1h'],
  audio_input: ['audioInput'],
  audio_cache_read: ['audioCacheRead'],
  image_input: ['imageInput'],
  image_cache_read: ['imageCacheRead'],
  video_input: ['videoInput'],
  output_text: ['output', 'outputText', 'compactionOutput'],
  reasoning: ['reasoning', 'total'],
  audio_output: ['audioOutput'],
  image_output: ['imageOutput'],
  video_output: ['videoOutput'],
  audio_seconds: ['audioSeconds'],
  video_seconds: ['videoSeconds'],
  gpu_seconds: ['gpuSeconds'],
  characters: ['characters'],
  images: ['images'],
  pages: ['pages'],
  requests: ['requests'],
  web_searches: ['webSearches'],
  file_searches: ['fileSearches'],
  code_sessions: ['codeSessions'],
  search_units: ['searchUnits'],
};

export interface ExplainedBucket {
  readonly meter: string;
  readonly quantity: number;
  /** Attributes of this span; empty when the number came from another span about the same request. */
  readonly from: readonly { readonly attribute: string; readonly value: number | string }[];
  readonly unit_price_usd?: string;
  readonly amount_usd?: string;
  readonly price_id?: string;
  readonly source?: string;
}

export interface Explanation {
  readonly emitter: string;
  readonly dialect: string;
  readonly profile: string;
  readonly confidence: string;
  readonly flags: readonly string[];
  /** How the numbers were read, in order, and what the neighbours changed. */
  readonly rules: readonly Evidence[];
  readonly buckets: readonly ExplainedBucket[];
  readonly billable: boolean;
  readonly not_billable_reason?: string;
  readonly cost_usd: string | null;
  /** The same for a person, a line each. */
  readonly text: readonly string[];
}

/** Raw attribute → bucket → rate → charge of one call, with the rule behind each step. Pure; reads only what the ledger holds. */
export function explain(call: Call): Explanation {
  const stored = readCallEvidence(call);
  const span = stored?.span;
  const rules = [...(span?.evidence ?? []), ...(stored?.judged ?? [])];
  const buckets = explainBuckets(call, span);
  const emitter = `${call.scope?.name || 'unnamed scope'}${call.scope?.version ? `@${call.scope.version}` : ''}`;
  const facts = {
    emitter,
    dialect: span?.dialect ?? 'unknown',
    profile: call.semantics.profile,
    confidence: call.semantics.confidence,
    flags: call.semantics.flags,
    rules,
    buckets,
    billable: call.billable,
    ...(call.notBillableReason === undefined ? {} : { not_billable_reason: call.notBillableReason }),
    cost_usd: call.cost === null ? null : formatUsd(call.cost),
  };
  return { ...facts, text: toText(call, facts) };
}

function explainBuckets(call: Call, span: Observation | undefined): ExplainedBucket[] {
  const told = Object.entries(call.usage) as [Meter, number][];
  const extra = call.charges
    .filter(({ meter }) => call.usage[meter] === undefined)
    .map(({ meter, quantity }): [Meter, number] => [meter, quantity]);
  return [...told, ...extra].flatMap(([meter, quantity]) => {
    const from = originsOf(meter, call, span);
    const charges = call.charges.filter((charge) => charge.meter === meter);
    if (charges.length === 0) return [{ meter, quantity, from }];
    return charges.map((charge) => ({ meter, from, ...priceOf(charge) }));
  });
}

const priceOf = ({ quantity, unitPriceUsd, amount, priceId, source }: Charge) => ({
  quantity,
  unit_price_usd: unitPriceUsd,
  amount_usd: formatUsd(amount),
  price_id: priceId,
  source,
});

function originsOf(meter: Meter, call: Call, span: Observation | undefined): ExplainedBucket['from'] {
  const own = `tokenledger.usage.${meter}`;
  const attributes = call.rawUsage[own] === undefined ? (MADE_FROM[meter] ?? []).flatMap((field) => span?.origins[field] ?? []) : [own];
  if (span?.usage[meter] === undefined) return [];
  return attributes.flatMap((attribute) => {
    const value = call.rawUsage[attribute];
    return value === undefined ? [] : [{ attribute, value }];
  });
}

function toText(call: Call, { emitter, profile, confidence, flags, rules, buckets }: Omit<Explanation, 'text'>): string[] {
  const model = call.model || 'an unnamed model';
  return [
    `${call.operation} ${model} by ${call.provider || 'an unknown provider'}, sent by ${emitter}`,
    `numbers read as ${profile} (${confidence})${flags.length > 0 ? `; flags: ${flags.join(', ')}` : ''}`,
    ...rules.map(({ rule, detail }) => `  ${rule}: ${detail}`),
    ...buckets.map(bucketLine),
    verdictLine(call),
  ];
}

function bucketLine({ meter, quantity, from, unit_price_usd, amount_usd, price_id, source }: ExplainedBucket): string {
  const origin =
    from.length === 0 ? 'from another span' : `from ${from.map(({ attribute, value }) => `${attribute} = ${value}`).join(', ')}`;
  const price = amount_usd === undefined ? 'no price' : `× ${unit_price_usd} USD = ${amount_usd} USD (${price_id}, ${source})`;
  return `  ${meter} ${quantity} ${origin} ${price}`;
}

function verdictLine(call: Call): string {
  if (!call.billable) return `not billed: ${call.notBillableReason ?? 'unknown reason'}`;
  return call.cost === null
    ? `billed, cost unknown: ${call.unpricedReason ?? 'no price'}`
    : `billed: ${formatUsd(call.cost)} USD (${call.priceStatus})`;
}
