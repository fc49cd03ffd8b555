import type { RecallWindow } from '@tokenledger/ledger';
import type { Observation } from '../observation.ts';
import { family, isVague, MOST_OPENING_TOKENS, restOf, total, TWINS_BEGIN_WITHIN_MS, VAGUE_TWINS_BEGIN_WITHIN_MS } from './same-call.ts';

/**
 * Where a call is kept in an index, and where to look for calls that could be its twin: by the totals that both would tell, near in time.
 * A vague call could be the twin of any that begins with it: it looks among all, and all look at it.
 */
export function twinKeys(call: Observation, purpose: 'keep' | 'look'): string[] {
  const place = `${call.service ?? ''}/${family(call)}`;
  const at = (key: string, stretchMs: number): string[] => {
    const stretch = Math.floor(call.timeMs / stretchMs);
    return (purpose === 'keep' ? [stretch] : [stretch - 1, stretch, stretch + 1]).map((near) => `${place}/${key}/${near}`);
  };
  const counts = isVague(call) ? [] : countsTold(call, purpose).flatMap((key) => at(key, TWINS_BEGIN_WITHIN_MS));
  if (purpose === 'keep') return [...counts, ...at(isVague(call) ? 'vague' : 'clear', VAGUE_TWINS_BEGIN_WITHIN_MS)];
  const others = isVague(call) ? ['vague', 'clear'] : ['vague'];
  return [...counts, ...others.flatMap((key) => at(key, VAGUE_TWINS_BEGIN_WITHIN_MS))];
}

/** An emitter that does not know the parts tells a total, or what is left without them. Outputs are kept by the stretch they are in. */
function countsTold(call: Observation, purpose: 'keep' | 'look'): string[] {
  const told = (side: 'input' | 'output') => [...new Set([total(call.usage, side), restOf(call, side)])];
  const reach = purpose === 'keep' ? [0] : [-MOST_OPENING_TOKENS, MOST_OPENING_TOKENS];
  const outputs = told('output').flatMap((output) => reach.map((tokens) => output && Math.floor((output + tokens) / OUTPUT_STRETCH)));
  return told('input').flatMap((input) => [...new Set(outputs)].map((output) => `${input}:${output}`));
}

/** At least twice the tokens by which twins may differ, so that two looks are enough. */
const OUTPUT_STRETCH = 2 * MOST_OPENING_TOKENS;

/** When and where other instrumentations may have seen the same requests: a window per emitter, or several where time has gaps. */
export function twinWindows(observations: readonly Observation[]): RecallWindow[] {
  const calls = observations.filter(({ role }) => role === 'inference');
  const byEmitter = Map.groupBy(calls, ({ service = '', scope }) => `${service}\n${scope?.name ?? ''}`);
  return [...byEmitter.values()].flatMap((ofEmitter) => {
    const windows: { service: string; exceptScope: string; fromMs: number; toMs: number }[] = [];
    for (const { service = '', scope, timeMs } of ofEmitter.toSorted((left, right) => left.timeMs - right.timeMs)) {
      const last = windows.at(-1);
      const fromMs = timeMs - TWINS_BEGIN_WITHIN_MS;
      const toMs = timeMs + TWINS_BEGIN_WITHIN_MS;
      if (last && last.toMs >= fromMs) last.toMs = toMs;
      else windows.push({ service, exceptScope: scope?.name ?? '', fromMs, toMs });
    }
    return windows;
  });
}
