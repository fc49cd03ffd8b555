import { happeningOf } from './evaluate.ts';
import type { Evaluation } from './evaluation.ts';
import { messagesOf, type Telling } from './messages.ts';
import type { Alert } from './store.ts';

/** Alerts of rules that are gone or switched off end; whoever was told that they fire is told so. */
export function retireAlerts(rules: ReadonlySet<string>, evaluation: Evaluation): void {
  const { tenant, store, now } = evaluation;
  const orphans = store.alerts(tenant).filter(({ rule }) => !rules.has(rule));
  for (const [name, alerts] of Map.groupBy(orphans, ({ rule }) => rule)) {
    const ended = alerts.map((was) => ({ was, alert: endOf(was) }));
    const fired = ended.flatMap(({ was, alert }) => (was.state.phase === 'firing' ? [{ was, alert, since: was.state.since }] : []));
    const told = fired.flatMap(({ was, alert, since }): Telling[] =>
      was.told ? [{ alert, status: 'resolved', startedMs: since, window: { from: since, to: now } }] : [],
    );
    store.commit({
      alerts: ended.map(({ alert }) => alert),
      // Only its name is left of the rule.
      messages: messagesOf({ name, group_by: [], receivers: [] }, told, evaluation),
      happenings: fired.map(({ alert }) => happeningOf(alert, 'resolved', now)),
      nowMs: now,
    });
  }
}

const endOf = (alert: Alert): Alert => ({ ...alert, state: { phase: 'inactive' }, reason: 'the rule is gone or switched off' });
