import type { TwinQuery, TwinsQuery } from '@tokenledger/ledger';
import type { Observation } from '../observation.ts';
import {
  family,
  isVague,
  mayHideCached,
  MOST_OPENING_TOKENS,
  restOf,
  total,
  TWINS_BEGIN_WITHIN_MS,
  VAGUE_TWINS_BEGIN_WITHIN_MS,
} from './same-call.ts';

type Purpose = 'keep' | 'look';

/**
 * Where a call is kept in an index, and where to look for calls that could be its twin: by the totals that both would tell, near in time.
 * A vague call, and one that may hide cached tokens, could be the twin of any that begins with it: it looks among all, and all look at it. A call that names its response looks only
 * among those that name none: the one that names the same is found by that, and one that names another is another request.
 */
export function twinPlaces(call: Observation, purpose: Purpose): string[] {
  const isNamed = call.responseId !== undefined;
  const kinds = purpose === 'keep' ? [isNamed ? 'named' : 'unnamed'] : isNamed ? ['unnamed'] : ['named', 'unnamed'];
  return kinds.map((kind) => `${call.service ?? ''}/${family(call)}/${call.status === 'error'}/${kind}`);
}

/** … and within such a place. */
export function twinKeys(call: Observation, purpose: Purpose): string[] {
  const at = (key: string, stretchMs: number): string[] => {
    const stretch = Math.floor(call.timeMs / stretchMs);
    const stretches = purpose === 'keep' ? [stretch] : [stretch - 1, stretch, stretch + 1];
    return stretches.map((near) => `${key}/${near}`);
  };
  const counts = isVague(call) ? [] : countsTold(call, purpose).flatMap((key) => at(key, TWINS_BEGIN_WITHIN_MS));
  const isLoose = isVague(call) || mayHideCached(call);
  if (purpose === 'keep') return [...counts, ...at(isLoose ? 'vague' : 'clear', VAGUE_TWINS_BEGIN_WITHIN_MS)];
  const others = isLoose ? ['vague', 'clear'] : ['vague'];
  return [...counts, ...others.flatMap((key) => at(key, VAGUE_TWINS_BEGIN_WITHIN_MS))];
}

/** An emitter that does not know the parts tells a total, or what is left without them. Outputs are kept by the stretch they are in. */
function countsTold(call: Observation, purpose: Purpose): string[] {
  const told = (side: 'input' | 'output') => [...new Set([total(call.usage, side), restOf(call, side)])];
  const reach = purpose === 'keep' ? [0] : [-MOST_OPENING_TOKENS, MOST_OPENING_TOKENS];
  const outputs = told('output').flatMap((output) => reach.map((tokens) => output && Math.floor((output + tokens) / OUTPUT_STRETCH)));
  return told('input').flatMap((input) => [...new Set(outputs)].map((output) => `${input}:${output}`));
}

/** At least twice the tokens by which twins may differ, so that two looks are enough. */
const OUTPUT_STRETCH = 2 * MOST_OPENING_TOKENS;

/** What to ask the ledger, so that it brings every call in which another instrumentation may have told of the requests of these. */
export function twinsQuery(observations: readonly Observation[]): TwinsQuery {
  const calls = observations.filter(({ role }) => role === 'inference').map(toTwinQuery);
  return { calls, toldWithinMs: TWINS_BEGIN_WITHIN_MS, vagueWithinMs: VAGUE_TWINS_BEGIN_WITHIN_MS };
}

function toTwinQuery(call: Observation): TwinQuery {
  const { service = '', scope, timeMs, responseId } = call;
  const inputs = [total(call.usage, 'input'), restOf(call, 'input')].filter((tokens) => tokens !== undefined);
  const inputTokens = isVague(call) || mayHideCached(call) ? undefined : [...new Set(inputs)];
  return { service, scope: scope?.name ?? '', timeMs, hasResponseId: responseId !== undefined, inputTokens };
}
