import { meterFacts, type Meter, type Usage } from '@tokenledger/model';
import { hasUsage, type Observation } from '../observation.ts';

/** A failed request without usage cost nothing, and hides no other. */
export const isFailedWithoutUsage = (observation: Observation): boolean => observation.status === 'error' && !hasUsage(observation);

export function total(usage: Usage, side: 'input' | 'output'): number | undefined {
  let sum: number | undefined;
  for (const [meter, quantity] of Object.entries(usage) as [Meter, number][]) {
    if (meterFacts(meter).side === side) sum = (sum ?? 0) + quantity;
  }
  return sum;
}

/** `gpt-6` and `gpt-6-2026-09-01`, `openai/gpt-6`, `anthropic.claude-opus-5-v1:0` and `claude-opus-5`: one model under two names. */
export function sameModel(left: Observation, right: Observation): boolean {
  const names = modelNames(left);
  const others = modelNames(right);
  if (names.length === 0 || others.length === 0) return true;
  return names.some((name) => others.some((other) => name.startsWith(other) || other.startsWith(name)));
}

function modelNames({ requestModel, responseModel }: Observation): string[] {
  return [requestModel, responseModel].flatMap((name) => (name === undefined ? [] : [stem(name)]));
}

const VENDOR_PREFIX = /^(?:[a-z-]+\.)*(?:anthropic|amazon|meta|cohere|mistral|ai21|deepseek)\./;

const stem = (model: string): string => model.toLowerCase().replace(/^.*\//, '').replace(VENDOR_PREFIX, '');

/** Nested inference spans are one call unless they name two responses of two models. */
export function areDistinctNested(outer: Observation, inner: Observation): boolean {
  return differ(outer.responseId, inner.responseId) && !sameModel(outer, inner);
}

export const differ = (left: string | undefined, right: string | undefined): boolean =>
  left !== undefined && right !== undefined && left !== right;

/** Two clocks of one process, rounded to milliseconds, may disagree by this much about one instant. */
export const CLOCK_STEP_MS = 2;

/** Each covers at least half of the shorter one. */
export function overlap(left: Observation, right: Observation): boolean {
  const start = Math.max(left.timeMs, right.timeMs);
  const end = Math.min(left.timeMs + left.durationMs, right.timeMs + right.durationMs);
  return end - start + CLOCK_STEP_MS >= Math.min(left.durationMs, right.durationMs) / 2;
}

/**
 * One response id is one request, but some servers give every answer the same id. In one trace it must then be the same instrumentation at
 * another time with other usage to be two; across traces it must be two instrumentations at one time to be one.
 */
export function isSameResponse(left: Observation, right: Observation): boolean {
  if (left.responseId === undefined || left.responseId !== right.responseId) return false;
  const sameScope = left.scope?.name === right.scope?.name;
  if (left.traceId !== right.traceId) return !sameScope && overlap(left, right);
  return !sameScope || overlap(left, right) || JSON.stringify(left.usage) === JSON.stringify(right.usage);
}

const FAMILY: Readonly<Record<string, string>> = { generate_content: 'chat', text_completion: 'chat' };
const family = ({ operation }: Observation): string => FAMILY[operation] ?? operation;

/**
 * Could two spans of two instrumentations, neither above the other, be one request? Scopes differ, times overlap, nothing they say
 * contradicts, and totals agree. A span without usage agrees with any.
 */
export function couldBeTwins(left: Observation, right: Observation): boolean {
  return (
    left.scope?.name !== right.scope?.name &&
    left.service === right.service &&
    family(left) === family(right) &&
    !differ(left.responseId, right.responseId) &&
    (left.status === 'error') === (right.status === 'error') &&
    sameModel(left, right) &&
    overlap(left, right) &&
    totalsAgree(left, right)
  );
}

function totalsAgree(left: Observation, right: Observation): boolean {
  if (left.responseId !== undefined && left.responseId === right.responseId) return true;
  if (!hasUsage(left) || !hasUsage(right)) return true;
  return (['input', 'output'] as const).every((side) => {
    const one = total(left.usage, side);
    const other = total(right.usage, side);
    return (
      one === undefined ||
      other === undefined ||
      one === other ||
      restOf(left, side) === restOf(right, side) ||
      left.estimated ||
      right.estimated
    );
  });
}

/** The bucket that is left when all known parts are taken out: equal when one of two emitters does not tell the parts. */
const restOf = ({ usage }: Observation, side: 'input' | 'output'): number | undefined =>
  side === 'input' ? usage.input_uncached : usage.output_text;

/** Twins begin in the same stretch of time or in neighbouring ones, unless the outer of them waited longer than this for the inner. */
const STRETCH_MS = 65_536;
const MOST_STRETCHES = 8;

/**
 * Where a call is kept in an index, and where to look for calls that could be its twin: by what both would say the same. A call without
 * usage could be the twin of any: it looks among all, and all look at it.
 */
export function twinKeys(call: Observation, purpose: 'keep' | 'look'): string[] {
  const place = `${call.service ?? ''}/${family(call)}`;
  const said = countsSaid(call);
  const first = Math.floor(call.timeMs / STRETCH_MS);
  if (purpose === 'keep') return [...(said.length === 0 ? ['silent'] : said), 'any'].map((key) => `${place}/${first}/${key}`);
  const last = Math.floor((call.timeMs + call.durationMs) / STRETCH_MS);
  const stretches = Array.from({ length: Math.min(last - first, MOST_STRETCHES) + 2 }, (_, index) => first - 1 + index);
  return stretches.flatMap((stretch) => (said.length === 0 ? ['any'] : [...said, 'silent']).map((key) => `${place}/${stretch}/${key}`));
}

function countsSaid(call: Observation): string[] {
  if (!hasUsage(call) || call.estimated) return [];
  const side = total(call.usage, 'output') === undefined ? 'input' : 'output';
  return [...new Set([total(call.usage, side), restOf(call, side)])].map((count) => `${side}:${count}`);
}
