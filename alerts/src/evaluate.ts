import { randomUUID } from 'node:crypto';
import { type Finding, type Question, show } from './conditions/finding.ts';
import { fingerprint } from './fingerprint.ts';
import { investigate } from './investigate.ts';
import { toPayload } from './payload.ts';
import type { Rule } from './rule.ts';
import type { Alert, AlertStore, Happening, Message } from './store.ts';
import { transition } from './transition.ts';

export interface Evaluation extends Question {
  readonly store: AlertStore;
  /** Outbox names of the receivers that a rule tells. */
  readonly receiversOf: (rule: Pick<Rule, 'receivers'>) => readonly string[];
  /** Silenced or inhibited now: it is not told, until it no longer is. */
  readonly isMuted: (alert: Alert, rule: Rule) => boolean;
  readonly publicUrl: string;
}

/**
 * What was found for one rule → transitions → state, messages and history in one commit. An alert that fires while it is muted is
 * told when it no longer is; what was never told needs no end.
 */
export async function applyFindings(rule: Rule, findings: readonly Finding[], evaluation: Evaluation): Promise<void> {
  const { tenant, store, now } = evaluation;
  const seen = new Map(findings.map((finding) => [fingerprint(labelsOf(rule, finding.labels)), finding]));
  const known = new Map(store.alerts(tenant, rule.name).map((alert) => [alert.fingerprint, alert]));
  const alerts: Alert[] = [];
  const messages: Message[] = [];
  const happenings: Happening[] = [];
  for (const key of new Set([...seen.keys(), ...known.keys()])) {
    const finding = seen.get(key);
    const next = nextOf(rule, { key, finding, before: known.get(key) }, evaluation);
    if (!next) continue;
    const { event, status, startedMs } = next;
    const more = status === 'firing' && finding ? await investigate(rule, finding, evaluation) : {};
    const alert = { ...next.alert, facts: { ...next.alert.facts, ...more } };
    alerts.push(alert);
    if (event) happenings.push(happeningOf(alert, event, now));
    if (status) messages.push(...messagesOf(rule, evaluation, { alert, finding, status, startedMs }));
  }
  if (alerts.length > 0) store.commit({ alerts, messages, happenings, nowMs: now });
}

interface Seen {
  readonly key: string;
  readonly finding: Finding | undefined;
  readonly before: Alert | undefined;
}

/** One series, once: its new state, what happened and what must be told. `undefined`: nothing was and nothing is. */
function nextOf(rule: Rule, { key, finding, before }: Seen, evaluation: Evaluation) {
  const { tenant, now } = evaluation;
  const was = before?.state ?? { phase: 'inactive' as const };
  const { state, event, reason } = transition(was, finding?.judgement, now, { forMs: rule.for, keepFiringForMs: rule.keep_firing_for });
  if (was.phase === 'inactive' && state.phase === 'inactive') return undefined;
  const { id, labels, told } = before ?? { id: randomUUID(), labels: labelsOf(rule, finding?.labels ?? {}), told: false };
  const facts = { ...before?.facts, ...(finding && { value: show(rule.measure, finding.value) }), ...finding?.facts };
  const alert: Alert = { tenant, rule: rule.name, fingerprint: key, id, labels, state, reason, told, facts };
  const isTold = told || (state.phase === 'firing' && !evaluation.isMuted(alert, rule));
  const status = isTold && !told ? ('firing' as const) : told && event === 'resolved' ? event : undefined;
  return { alert: { ...alert, told: isTold }, event, status, startedMs: was.phase === 'firing' ? was.since : now };
}

interface Telling {
  readonly alert: Alert;
  readonly finding: Finding | undefined;
  readonly status: 'firing' | 'resolved';
  readonly startedMs: number;
}

function messagesOf(rule: Rule, { receiversOf, publicUrl, now }: Evaluation, telling: Telling): readonly Message[] {
  const receivers = receiversOf(rule);
  if (receivers.length === 0) return [];
  const { alert, finding, status, startedMs } = telling;
  const window = finding?.window ?? { from: now - rule.window, to: now };
  const body = toPayload({ rule, alert, status, startedMs, window, now, publicUrl });
  return receivers.map((receiver) => ({ id: `msg_${alert.id}_${status}`, receiver, body }));
}

function happeningOf(
  { tenant, id, rule, fingerprint: key, labels, reason, facts }: Alert,
  event: Happening['event'],
  atMs: number,
): Happening {
  return { tenant, alertId: id, rule, fingerprint: key, labels, event, atMs, reason, facts };
}

function labelsOf(rule: Rule, labels: Readonly<Record<string, string>>): Record<string, string> {
  return { ...rule.labels, ...labels, alertname: rule.name, severity: rule.severity };
}

/** Alerts of rules that are gone or switched off end; whoever was told that they fire is told so. */
export function retireAlerts(rules: ReadonlySet<string>, { tenant, store, receiversOf, publicUrl, now }: Evaluation): void {
  const orphans = store.alerts(tenant).filter(({ rule }) => !rules.has(rule));
  if (orphans.length === 0) return;
  const ended = orphans.map((orphan) => ({
    was: orphan.state,
    alert: { ...orphan, state: { phase: 'inactive' as const }, reason: 'the rule is gone or switched off' },
  }));
  store.commit({
    alerts: ended.map(({ alert }) => alert),
    messages: ended.flatMap(({ was, alert }) => {
      if (was.phase !== 'firing' || !alert.told) return [];
      const window = { from: was.since, to: now };
      // Only its name is left of the rule.
      const rule = { name: alert.rule, group_by: [], receivers: [] };
      const body = toPayload({ rule, alert, status: 'resolved', startedMs: was.since, window, now, publicUrl });
      return receiversOf(rule).map((receiver) => ({ id: `msg_${alert.id}_resolved`, receiver, body }));
    }),
    happenings: ended.flatMap(({ was, alert }) => (was.phase === 'firing' ? [happeningOf(alert, 'resolved', now)] : [])),
    nowMs: now,
  });
}
