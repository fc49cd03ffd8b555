import { createWatches } from './conditions/watch.ts';
import { find } from './conditions/find.ts';
import { keyOf, type Labels, type Window } from './conditions/series.ts';
import type { Question } from './conditions/finding.ts';
import type { Rule } from './rule.ts';
import { type AlertState, transition } from './transition.ts';

export interface PreviewEvent {
  readonly atMs: number;
  readonly event: 'firing' | 'resolved';
  readonly labels: Labels;
  readonly reason: string;
}

/** Most evaluations of a preview; longer ranges are looked at less often. */
export const MOST_STEPS = 300;
/** Nobody waits for a round here. */
const PATIENT = { learnAtOnce: Number.POSITIVE_INFINITY, patienceMs: Number.POSITIVE_INFINITY };
const LEAST_STEP_MS = 60_000;

/** What a rule would have told over a stretch of the past, with the ledger as it is known now. */
export async function previewRule(rule: Rule, { tenant, reader }: Pick<Question, 'tenant' | 'reader'>, range: Window) {
  const stepMs = Math.max(LEAST_STEP_MS, Math.ceil((range.to - range.from) / MOST_STEPS));
  const watches = createWatches();
  const states = new Map<string, { readonly labels: Labels; readonly state: AlertState }>();
  const events: PreviewEvent[] = [];
  for (let now = range.from; now <= range.to; now += stepMs) {
    const findings = new Map((await find(rule, { tenant, reader, now, watches, ...PATIENT })).map((each) => [keyOf(each.labels), each]));
    for (const key of new Set([...findings.keys(), ...states.keys()])) {
      const finding = findings.get(key);
      const known = states.get(key);
      const labels = finding?.labels ?? known?.labels ?? {};
      const { state, event, reason } = transition(known?.state ?? { phase: 'inactive' }, finding?.judgement, now, {
        forMs: rule.for,
        keepFiringForMs: rule.keep_firing_for,
      });
      if (state.phase === 'inactive') states.delete(key);
      else states.set(key, { labels, state });
      if (event) events.push({ atMs: now, event, labels, reason });
    }
  }
  return { stepMs, events };
}
