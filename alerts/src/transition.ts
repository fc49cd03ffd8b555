import type { Judgement } from './conditions/finding.ts';

/** Where one series of a rule stands. Times are epoch milliseconds. `inactive` series are not kept. */
export type AlertState =
  | { readonly phase: 'inactive' }
  | { readonly phase: 'pending'; readonly since: number }
  | { readonly phase: 'firing'; readonly since: number; readonly clearSince?: number | undefined; readonly missing?: number | undefined };

export interface Step {
  readonly state: AlertState;
  /** What must be told, if anything. */
  readonly event?: 'firing' | 'resolved' | undefined;
  readonly reason: string;
}

export interface Patience {
  readonly forMs: number;
  readonly keepFiringForMs: number;
}

/** A series that vanished is over after so many evaluations without it: one gap is no recovery. */
export const MISSING_EVALUATIONS = 2;

/**
 * The alert state machine: inactive → pending → firing → resolved. Pure: the same state, judgement and time give the same step, so
 * a restart neither fires again nor forgets to resolve. `judgement` is absent when the series was not in the answer at all.
 */
export function transition(state: AlertState, judgement: Judgement | undefined, now: number, { forMs, keepFiringForMs }: Patience): Step {
  const verdict = judgement?.verdict ?? 'missing';
  const reason = judgement?.reason ?? 'the series is gone';
  if (state.phase === 'firing') return fromFiring(state, verdict, now, keepFiringForMs, reason);
  if (verdict === 'breach') {
    const since = state.phase === 'pending' ? state.since : now;
    return now - since >= forMs
      ? { state: { phase: 'firing', since: now }, event: 'firing', reason }
      : { state: { phase: 'pending', since }, reason };
  }
  if (verdict === 'hold' && state.phase === 'pending') return { state, reason };
  return { state: { phase: 'inactive' }, reason };
}

function fromFiring(
  state: Extract<AlertState, { phase: 'firing' }>,
  verdict: Judgement['verdict'] | 'missing',
  now: number,
  keepFiringForMs: number,
  reason: string,
): Step {
  const { since } = state;
  switch (verdict) {
    case 'breach':
    case 'hold':
      return { state: { phase: 'firing', since }, reason };
    case 'clear': {
      const clearSince = state.clearSince ?? now;
      if (now - clearSince >= keepFiringForMs) return { state: { phase: 'inactive' }, event: 'resolved', reason };
      return { state: { phase: 'firing', since, clearSince }, reason };
    }
    case 'missing': {
      const missing = (state.missing ?? 0) + 1;
      const isGone = missing >= MISSING_EVALUATIONS;
      const clearSince = state.clearSince ?? (isGone ? now : undefined);
      if (isGone && clearSince !== undefined && now - clearSince >= keepFiringForMs)
        return { state: { phase: 'inactive' }, event: 'resolved', reason };
      return { state: { phase: 'firing', since, clearSince, missing }, reason };
    }
  }
}
