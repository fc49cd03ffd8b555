import { meterFacts, type Meter, type Usage } from '@tokenledger/model';
import { DIALECTS } from '../dialects/index.ts';
import { hasUsage, type Observation } from '../observation.ts';

/** A failed request without usage cost nothing, and hides no other. */
export const isFailedWithoutUsage = (observation: Observation): boolean => observation.status === 'error' && !hasUsage(observation);

/** Parts of 0 without what they are parts of tell no total. */
export function total(usage: Usage, side: 'input' | 'output'): number | undefined {
  let sum: number | undefined;
  for (const [meter, quantity] of Object.entries(usage) as [Meter, number][]) {
    if (meterFacts(meter).side === side) sum = (sum ?? 0) + quantity;
  }
  const rest = side === 'input' ? usage.input_uncached : usage.output_text;
  return sum === 0 && rest === undefined ? undefined : sum;
}

/** `gpt-6` and `gpt-6-2026-09-01`, `openai/gpt-6`, `anthropic.claude-opus-5-v1:0` and `claude-opus-5`: one model under two names. */
function sameModel(left: Observation, right: Observation): boolean {
  const names = modelNames(left);
  const others = modelNames(right);
  if (names.length === 0 || others.length === 0) return true;
  return names.some((name) => others.some((other) => name.startsWith(other) || other.startsWith(name)));
}

/** Sizes of one family begin alike, too: `gpt-4o` and `gpt-4o-mini`. */
function areOtherModels(left: Observation, right: Observation): boolean {
  const names = modelNames(left);
  const others = modelNames(right);
  const isOne = (name: string, other: string) => name === other || (name.startsWith(other) && SNAPSHOT.test(name.slice(other.length)));
  return names.length > 0 && others.length > 0 && !names.some((name) => others.some((other) => isOne(name, other) || isOne(other, name)));
}

const SNAPSHOT = /^(?:[-@:]?(?:v?\d|latest|preview|exp)|$)/;

function modelNames({ requestModel, responseModel }: Observation): string[] {
  return [requestModel, responseModel].flatMap((name) => (name === undefined ? [] : [stem(name)]));
}

const VENDOR_PREFIX = /^(?:[a-z-]+\.)*(?:anthropic|amazon|meta|cohere|mistral|ai21|deepseek)\./;

const stem = (model: string): string => model.toLowerCase().replace(/^.*\//, '').replace(VENDOR_PREFIX, '');

/** Nested inference spans are one call unless they name two responses of two models, or are of two kinds and tell two inputs. */
export function areDistinctNested(outer: Observation, inner: Observation): boolean {
  if (family(outer) !== family(inner) && !sameInput(outer, inner)) return true;
  return differ(outer.responseId, inner.responseId) && !sameModel(outer, inner);
}

/**
 * Two models, and neither side agrees. A gateway that falls back to another model repeats what that one used; who makes numbers up, or
 * tells but one side, proves nothing.
 */
export function tellOtherRequests(outer: Observation, inner: Observation): boolean {
  return (
    areOtherModels(outer, inner) &&
    !isVague(outer) &&
    !isVague(inner) &&
    !(outer.responseId !== undefined && outer.responseId === inner.responseId) &&
    !sideAgrees(outer, inner, 'input') &&
    !sideAgrees(outer, inner, 'output')
  );
}

/** Some emitters give an embedding the name of a chat; then both tell the same, or only one does. */
function sameInput(left: Observation, right: Observation): boolean {
  const one = total(left.usage, 'input');
  const other = total(right.usage, 'input');
  return one === undefined || other === undefined || one === other;
}

const differ = (left: string | undefined, right: string | undefined): boolean =>
  left !== undefined && right !== undefined && left !== right;

/** Two clocks of one process, rounded to milliseconds, may disagree by this much about one instant. */
export const CLOCK_STEP_MS = 2;

/** Spans of one request begin this close together, unless the outer waited longer for another attempt. */
export const TWINS_BEGIN_WITHIN_MS = 120_000;

/** Spans that tell no totals have nothing but their times to agree on. */
export const VAGUE_TWINS_BEGIN_WITHIN_MS = 5000;

/** Each covers at least half of the shorter one. */
function overlap(left: Observation, right: Observation): boolean {
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

const CHATS: ReadonlySet<string> = new Set(['chat', 'generate_content', 'text_completion']);
export const family = ({ operation }: Pick<Observation, 'operation'>): string => (CHATS.has(operation) ? 'chat' : operation);

/**
 * Could two spans of two instrumentations, neither above the other, be one request? Scopes differ, times overlap, nothing they say
 * contradicts, and totals agree. A span without usage agrees with any.
 */
export function couldBeTwins(left: Observation, right: Observation): boolean {
  return (
    left.scope?.name !== right.scope?.name &&
    left.service === right.service &&
    family(left) === family(right) &&
    Math.abs(left.timeMs - right.timeMs) <= (isVague(left) || isVague(right) ? VAGUE_TWINS_BEGIN_WITHIN_MS : TWINS_BEGIN_WITHIN_MS) &&
    !differ(left.responseId, right.responseId) &&
    (left.status === 'error') === (right.status === 'error') &&
    overlap(left, right) &&
    sameModel(left, right) &&
    totalsAgree(left, right)
  );
}

/** Unless both totals are told, and not made up; embeddings have but one. */
export function isVague(call: Observation): boolean {
  const sides = family(call) === 'embeddings' ? (['input'] as const) : (['input', 'output'] as const);
  return call.estimated || sides.some((side) => total(call.usage, side) === undefined);
}

function totalsAgree(left: Observation, right: Observation): boolean {
  if (left.responseId !== undefined && left.responseId === right.responseId) return true;
  if (left.estimated || right.estimated) return true;
  const inputsAgree = sideAgrees(left, right, 'input') || hidesCached(left, right) || hidesCached(right, left);
  return inputsAgree && (sideAgrees(left, right, 'output') || differByOpening(left, right));
}

function sideAgrees(left: Observation, right: Observation, side: 'input' | 'output'): boolean {
  const one = total(left.usage, side);
  const other = total(right.usage, side);
  if (one === undefined || other === undefined || one === other) return true;
  const rest = restOf(left, side);
  return rest !== undefined && rest === restOf(right, side);
}

const WITHOUT_CACHED: ReadonlySet<string> = new Set(
  DIALECTS.flatMap(({ profiles }) => profiles.filter(({ input }) => input === 'exclusive').map(({ name }) => name)),
);
const CACHED = ['cache_read', 'cache_write', 'cache_write_5m', 'cache_write_1h'] as const satisfies readonly Meter[];

/** Its input is without cached tokens, of which it tells nothing: there may have been some. */
export const mayHideCached = ({ semantics, usage }: Observation): boolean =>
  WITHOUT_CACHED.has(semantics.profile) && CACHED.every((meter) => usage[meter] === undefined);

/** Whether `one` may have the input that `other` tells, but for the cached tokens in it. */
export const hidesCached = (one: Observation, other: Observation): boolean =>
  mayHideCached(one) &&
  CACHED.some((meter) => (other.usage[meter] ?? 0) > 0) &&
  (one.usage.input_uncached ?? 0) <= (other.usage.input_uncached ?? 0);

/** A stream of Claude's opens with a first count of output; LangChain adds it to the last one, which contains it. */
export const MOST_OPENING_TOKENS = 8;

const differByOpening = (left: Observation, right: Observation): boolean => addsOpening(left, right) || addsOpening(right, left);

/** Whether `one` tells what `other` does and an opening beside it. */
export function addsOpening(one: Observation, other: Observation): boolean {
  if (!isClaude(one) || !isClaude(other) || total(one.usage, 'input') === undefined) return false;
  const added = (total(one.usage, 'output') ?? 0) - (total(other.usage, 'output') ?? 0);
  return added > 0 && added <= MOST_OPENING_TOKENS;
}

const isClaude = ({ provider, requestModel = '', responseModel = requestModel }: Observation): boolean =>
  provider === 'anthropic' || /\bclaude-/.test(responseModel);

/** The bucket that is left when all known parts are taken out: equal when one of two emitters does not tell the parts. */
export const restOf = ({ usage }: Observation, side: 'input' | 'output'): number | undefined =>
  side === 'input' ? usage.input_uncached : usage.output_text;
