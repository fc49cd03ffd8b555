import type { RecallWindow } from '@tokenledger/ledger';
import { hasUsage, type Observation } from '../observation.ts';
import { family, restOf, total, TWINS_BEGIN_WITHIN_MS } from './same-call.ts';

/**
 * Where a call is kept in an index, and where to look for calls that could be its twin: by what both would say the same. A call without
 * usage could be the twin of any: it looks among all, and all look at it.
 */
export function twinKeys(call: Observation, purpose: 'keep' | 'look'): string[] {
  const place = `${call.service ?? ''}/${family(call)}`;
  const said = countsSaid(call);
  const stretch = Math.floor(call.timeMs / TWINS_BEGIN_WITHIN_MS);
  if (purpose === 'keep') return [...(said.length === 0 ? ['silent'] : said), 'any'].map((key) => `${place}/${stretch}/${key}`);
  const keys = said.length === 0 ? ['any'] : [...said, 'silent'];
  return [stretch - 1, stretch, stretch + 1].flatMap((near) => keys.map((key) => `${place}/${near}/${key}`));
}

function countsSaid(call: Observation): string[] {
  if (!hasUsage(call) || call.estimated) return [];
  const side = total(call.usage, 'output') === undefined ? 'input' : 'output';
  return [...new Set([total(call.usage, side), restOf(call, side)])].map((count) => `${side}:${count}`);
}

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
