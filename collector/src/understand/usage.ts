import type { Meter, Semantics, Usage } from '@tokenledger/model';
import type { Profile } from './dialect.ts';
import type { Evidence } from './observation.ts';
import { inputOfTotal } from './input-of-total.ts';
import { THINK_BESIDE_OUTPUT } from './providers.ts';
import type { CountField, Counts } from './reading.ts';
import { Verdict } from './verdict.ts';

export interface ReadUsage {
  readonly usage: Usage;
  readonly confidence: Semantics['confidence'];
  readonly flags: readonly string[];
  readonly evidence: readonly Evidence[];
}

type Buckets = Partial<Record<Meter, number>>;

/**
 * Counts as an emitter wrote them → disjoint buckets. The profile says how they read, arithmetic checks it; where they contradict each
 * other the arithmetic wins and a flag says so. Nothing is clamped: what cannot be known stays absent.
 */
export function readUsage(told: Counts, profile: Profile, provider: string, operation: string): ReadUsage {
  const verdict = new Verdict(profile);
  const usage: Buckets = {};
  const counts = inputOfTotal(withoutEmptyInput(told, verdict), operation);
  if (counts.input !== undefined && counts.input !== told.input)
    verdict.byArithmetic('input_from_total', `${counts.total} total = input, for there is no output`);
  const written = readCacheWrites(counts, usage);
  const input = readInput(counts, written, profile, usage, verdict);
  const output = readOutput(counts, input, profile, usage, verdict) ?? outputOfTotal(counts, input, usage, verdict);
  readResidual(counts, input, output, provider, usage, verdict);
  readPlain(counts, usage);
  return { usage, confidence: verdict.confidence, flags: verdict.flags, evidence: verdict.evidence };
}

/** Counts that no other count contains. Asked for of every call and mostly not there, so written out. */
function readPlain(counts: Counts, usage: Buckets): void {
  if (counts.audioSeconds !== undefined) usage.audio_seconds = counts.audioSeconds;
  if (counts.videoSeconds !== undefined) usage.video_seconds = counts.videoSeconds;
  if (counts.gpuSeconds !== undefined) usage.gpu_seconds = counts.gpuSeconds;
  if (counts.characters !== undefined) usage.characters = counts.characters;
  if (counts.images !== undefined) usage.images = counts.images;
  if (counts.pages !== undefined) usage.pages = counts.pages;
  if (counts.requests !== undefined) usage.requests = counts.requests;
  if (counts.webSearches !== undefined) usage.web_searches = counts.webSearches;
  if (counts.fileSearches !== undefined) usage.file_searches = counts.fileSearches;
  if (counts.codeSessions !== undefined) usage.code_sessions = counts.codeSessions;
  if (counts.searchUnits !== undefined) usage.search_units = counts.searchUnits;
}

const INPUT_PARTS = [
  'inputUncached',
  'cacheRead',
  'cacheWrite',
  'cacheWrite5m',
  'cacheWrite1h',
  'audioInput',
  'audioCacheRead',
  'imageInput',
  'imageCacheRead',
  'videoInput',
  'toolInput',
  'compactionInput',
] as const satisfies readonly CountField[];

/** No model answers to nothing: an input of 0 is one that the emitter missed, as of a stream whose beginning it does not read. */
function withoutEmptyInput(counts: Counts, verdict: Verdict): Counts {
  const { input, output = 0 } = counts;
  if (input !== 0 || output === 0 || INPUT_PARTS.some((part) => (counts[part] ?? 0) > 0)) return counts;
  verdict.contradiction('input_untold', 'input_untold', `${output} output for an input of 0: the input was not counted`);
  return { ...counts, input: undefined, inputUncached: undefined };
}

/** Everything on one side, whatever its bucket; absent when the emitter gave no total for it. */
type Total = number | undefined;

/** Their sum. With the split known, `cache_write` holds only what the split does not explain. */
function readCacheWrites({ cacheWrite, cacheWrite5m, cacheWrite1h }: Counts, usage: Buckets): number {
  const split = (cacheWrite5m ?? 0) + (cacheWrite1h ?? 0);
  if (cacheWrite5m !== undefined) usage.cache_write_5m = cacheWrite5m;
  if (cacheWrite1h !== undefined) usage.cache_write_1h = cacheWrite1h;
  const rest = (cacheWrite ?? 0) - split;
  const splitKnown = cacheWrite5m !== undefined || cacheWrite1h !== undefined;
  if (cacheWrite !== undefined && (rest > 0 || !splitKnown)) usage.cache_write = Math.max(rest, 0);
  return Math.max(split, cacheWrite ?? 0);
}

function readInput(counts: Counts, written: number, profile: Profile, usage: Buckets, verdict: Verdict): Total {
  const { input, inputUncached } = counts;
  const audioCached = counts.audioCacheRead ?? 0;
  const imageCached = counts.imageCacheRead ?? 0;
  if (counts.cacheRead !== undefined) usage.cache_read = Math.max(counts.cacheRead - audioCached - imageCached, 0);
  if (counts.audioCacheRead !== undefined) usage.audio_cache_read = audioCached;
  if (counts.imageCacheRead !== undefined) usage.image_cache_read = imageCached;
  if (counts.audioInput !== undefined) usage.audio_input = Math.max(counts.audioInput - audioCached, 0);
  if (counts.imageInput !== undefined) usage.image_input = Math.max(counts.imageInput - imageCached, 0);
  if (counts.videoInput !== undefined) usage.video_input = counts.videoInput;
  const cached = Math.max(counts.cacheRead ?? 0, audioCached + imageCached) + written;
  const modal = (usage.audio_input ?? 0) + (usage.image_input ?? 0) + (usage.video_input ?? 0);
  const beside = (counts.toolInput ?? 0) + (counts.compactionInput ?? 0);
  if (input === undefined) {
    if (inputUncached !== undefined) usage.input_uncached = inputUncached + beside;
    return inputUncached === undefined ? undefined : inputUncached + cached + modal + beside;
  }
  const inside = insideInput(counts, cached, modal, profile, verdict);
  usage.input_uncached = input - inside + beside;
  return input - inside + cached + modal + beside;
}

/** How much of `input` is counted in other buckets as well. */
function insideInput(counts: Counts, cached: number, modal: number, profile: Profile, verdict: Verdict): number {
  const { input = 0, inputUncached } = counts;
  if (cached === 0 && modal === 0) return 0;
  if (inputUncached !== undefined && inputUncached + cached === input) {
    verdict.byArithmetic('uncached_identity', `${inputUncached} uncached + ${cached} cached = ${input} input`);
    return cached + modal;
  }
  if (profile.input === 'disjoint') {
    verdict.byProfile('input contains no part');
    return 0;
  }
  const modalInside = modal <= input ? modal : 0;
  if (modalInside < modal) {
    verdict.contradiction('input_parts_exceed_total', 'parts_exceed_total', `${modal} audio, image and video tokens > ${input} input`);
  }
  if (cached === 0) return modalInside;
  return modalInside + (containsCached(counts, cached, modalInside, profile, verdict) ? cached : 0);
}

function containsCached(counts: Counts, cached: number, modal: number, profile: Profile, verdict: Verdict): boolean {
  const { input = 0, inputUncached, output = 0, reasoning = 0, total } = counts;
  if (inputUncached === input) {
    verdict.byArithmetic('uncached_identity', `${inputUncached} uncached = ${input} input, so input excludes ${cached} cached tokens`);
    return false;
  }
  if (profile.input === 'exclusive') {
    verdict.byProfile('input excludes cached tokens');
    return false;
  }
  if (cached + modal > input) {
    const detail = `${cached} cached tokens > ${input} input, so input excludes them`;
    if (profile.input === 'inclusive') verdict.contradiction('cache_exceeds_input', 'cache_exceeds_input', detail);
    else verdict.byArithmetic('cache_exceeds_input', detail);
    return false;
  }
  if (total !== undefined && [output, output + reasoning].includes(total - input - cached)) {
    const detail = `${total} total = ${input} input + ${cached} cached + output, so input excludes them`;
    if (profile.input === 'unknown') {
      verdict.byArithmetic('total_identity', detail);
      return false;
    }
    // A total of input, output and as many thoughts as cached tokens says the same of an input that contains these.
    if (total !== input + output + reasoning) {
      verdict.contradiction('cache_outside_input', 'total_identity', detail);
      return false;
    }
  }
  verdict.byProfile('input contains cached tokens');
  return true;
}

function readOutput(counts: Counts, inputTotal: Total, profile: Profile, usage: Buckets, verdict: Verdict): Total {
  const { output, outputText } = counts;
  const beside = counts.compactionOutput ?? 0;
  if (counts.reasoning !== undefined) usage.reasoning = counts.reasoning;
  if (counts.audioOutput !== undefined) usage.audio_output = counts.audioOutput;
  if (counts.imageOutput !== undefined) usage.image_output = counts.imageOutput;
  if (counts.videoOutput !== undefined) usage.video_output = counts.videoOutput;
  const modal = (counts.audioOutput ?? 0) + (counts.imageOutput ?? 0) + (counts.videoOutput ?? 0);
  const reasoning = counts.reasoning ?? 0;
  if (output === undefined) {
    if (outputText !== undefined) usage.output_text = outputText + beside;
    return outputText === undefined ? undefined : outputText + reasoning + modal + beside;
  }
  const inside = insideOutput(counts, inputTotal, modal, profile, verdict);
  usage.output_text = output - inside + beside;
  return output - inside + reasoning + modal + beside;
}

/** Who tells what went in and all in all tells what came out, too. */
function outputOfTotal(
  { input, total, reasoning, audioOutput, imageOutput }: Counts,
  inputTotal: Total,
  usage: Buckets,
  verdict: Verdict,
): Total {
  if (input === undefined || inputTotal === undefined || total === undefined || total <= inputTotal) return undefined;
  const rest = total - inputTotal - (reasoning ?? 0) - (audioOutput ?? 0) - (imageOutput ?? 0);
  if (rest < 0) return undefined;
  usage.output_text = rest;
  verdict.byArithmetic('output_from_total', `${total} total − ${inputTotal} input = output`);
  return total - inputTotal;
}

/** How much of `output` is counted in other buckets as well. */
function insideOutput(counts: Counts, inputTotal: Total, modal: number, profile: Profile, verdict: Verdict): number {
  const { output = 0, outputText, reasoning = 0 } = counts;
  if (profile.output === 'disjoint') {
    if (reasoning + modal > 0) verdict.byProfile('output contains no part');
    return 0;
  }
  const modalInside = modal <= output ? modal : 0;
  if (modalInside < modal) {
    verdict.contradiction('output_parts_exceed_total', 'parts_exceed_total', `${modal} audio, image and video tokens > ${output} output`);
  }
  if (reasoning === 0) return modalInside;
  if (profile.output === 'twice' && modalInside + 2 * reasoning <= output) {
    verdict.byProfile('output contains reasoning twice');
    return modalInside + 2 * reasoning;
  }
  if (outputText !== undefined && outputText + reasoning + modalInside === output) {
    verdict.byArithmetic('text_identity', `${outputText} text + ${reasoning} reasoning = ${output} output`);
    return reasoning + modalInside;
  }
  if (outputText !== undefined && outputText === output && modal === 0) {
    verdict.byArithmetic('text_identity', `${outputText} text = ${output} output, so output excludes ${reasoning} reasoning`);
    return 0;
  }
  return modalInside + (containsReasoning(counts, inputTotal, modalInside, profile, verdict) ? reasoning : 0);
}

function containsReasoning(counts: Counts, inputTotal: Total, modal: number, profile: Profile, verdict: Verdict): boolean {
  const { output = 0, reasoning = 0, total, input = 0 } = counts;
  const totals = (answer: number) => [input + answer, (inputTotal ?? input) + answer];
  const provenInside = total !== undefined && totals(output).includes(total);
  const provenOutside = total !== undefined && !provenInside && totals(output + reasoning).includes(total);
  const tooLarge = reasoning + modal > output;
  if (provenOutside || tooLarge) {
    const rule = provenOutside ? 'total_identity' : 'reasoning_exceeds_output';
    const detail = provenOutside
      ? `${total} total = input + ${output} output + ${reasoning} reasoning`
      : `${reasoning} reasoning > ${output} output`;
    if (profile.output === 'inclusive') verdict.contradiction('reasoning_outside_output', rule, `${detail}, so output excludes it`);
    else verdict.byArithmetic(rule, `${detail}, so output excludes it`);
    return false;
  }
  if (profile.output === 'exclusive' && provenInside) {
    verdict.contradiction(
      'reasoning_inside_output',
      'total_identity',
      `${total} total = input + ${output} output, so output contains reasoning`,
    );
    return true;
  }
  const inside = profile.output !== 'exclusive';
  verdict.byProfile(inside ? 'output contains reasoning' : 'output excludes reasoning');
  return inside;
}

/** Tokens that only the emitter's total shows. */
function readResidual(counts: Counts, input: Total, output: Total, provider: string, usage: Buckets, verdict: Verdict): void {
  const { total } = counts;
  if (total === undefined || input === undefined || output === undefined) return;
  const residual = total - input - output;
  if (residual <= 0) return;
  if (THINK_BESIDE_OUTPUT.includes(provider) && counts.reasoning === undefined) {
    usage.reasoning = residual;
    verdict.byArithmetic('reasoning_from_total', `${total} total − ${input} input − ${output} output = ${residual} thinking tokens`);
    return;
  }
  verdict.contradiction(
    `unattributed_input_tokens:${residual}`,
    'unattributed_total',
    `${residual} of ${total} total tokens are in no bucket`,
  );
  verdict.lower('guess');
}
