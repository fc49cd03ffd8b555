import { randomUUID } from 'node:crypto';
import type { Finding } from './conditions/finding.ts';
import { toFloat } from './conditions/series.ts';
import type { Evaluation } from './evaluation.ts';
import { fingerprint } from './fingerprint.ts';
import { investigate } from './investigate.ts';
import { messagesOf } from './messages.ts';
import type { Rule } from './rule.ts';
import type { Alert, Happening } from './store.ts';
import { valueFacts } from './show.ts';
import { transition } from './transition.ts';

const FLAPPING_MS = 3_600_000;
const MOST_FLAPS = 4;
/** Of alerts that fire together the most important are investigated. */
const MOST_INVESTIGATED = 3;

/**
 * What was found for one rule → transitions → state, messages and history in one commit. An alert that fires while it is muted is
 * told when it no longer is; what was never told needs no end. What changes together is told together.
 */
export async function applyFindings(rule: Rule, findings: readonly Finding[], evaluation: Evaluation): Promise<void> {
  const { tenant, store, now } = evaluation;
  const seen = new Map(findings.map((finding) => [fingerprint(labelsOf(rule, finding.labels)), finding]));
  const known = new Map(store.alerts(tenant, rule.name).map((alert) => [alert.fingerprint, alert]));
  const changed = [...new Set([...seen.keys(), ...known.keys()])].flatMap(
    (key) => nextOf(rule, { key, finding: seen.get(key), before: known.get(key) }, evaluation) ?? [],
  );
  if (changed.length === 0) return;
  const fired = changed.filter(({ status }) => status === 'firing').toSorted((a, b) => weightOf(b) - weightOf(a));
  const receivers = evaluation.receiversOf(rule);
  const incident = fired.length === 1 ? fired[0]?.alert.fingerprint : fired[0]?.alert.id;
  for (const [rank, each] of fired.entries()) {
    const isInvestigated = each.finding && rank < MOST_INVESTIGATED && (evaluation.investigations.left -= 1) >= 0;
    const more = isInvestigated && each.finding ? await investigate(rule, each.finding, evaluation) : {};
    each.alert = { ...each.alert, incident: incident ?? '', receivers, facts: { ...each.alert.facts, ...more } };
  }
  const windowOf = ({ finding }: Next) => finding?.window ?? { from: now - rule.window, to: now };
  const told = [...fired, ...changed.filter(({ status }) => status === 'resolved')].flatMap((each) =>
    each.status ? [{ alert: each.alert, status: each.status, startedMs: each.startedMs, window: windowOf(each) }] : [],
  );
  store.commit({
    alerts: changed.map(({ alert }) => alert),
    messages: messagesOf(rule, told, evaluation),
    happenings: changed.flatMap(({ alert, event }) => (event ? [happeningOf(alert, event, now)] : [])),
    nowMs: now,
  });
}

interface Seen {
  readonly key: string;
  readonly finding: Finding | undefined;
  readonly before: Alert | undefined;
}

interface Next {
  alert: Alert;
  readonly finding: Finding | undefined;
  readonly event: Happening['event'] | undefined;
  /** What must be told. */
  readonly status: 'firing' | 'resolved' | undefined;
  readonly startedMs: number;
}

/** One series, once: its new state, what happened and what must be told. `undefined`: nothing was and nothing is. */
function nextOf(rule: Rule, { key, finding, before }: Seen, evaluation: Evaluation): Next | undefined {
  const { tenant, now } = evaluation;
  const was = before?.state ?? { phase: 'inactive' as const };
  const keepFiringForMs = was.phase === 'firing' ? Math.max(rule.keep_firing_for, flapMsOf(key, evaluation)) : rule.keep_firing_for;
  const { state, event, reason } = transition(was, finding?.judgement, now, { forMs: rule.for, keepFiringForMs });
  if (was.phase === 'inactive' && state.phase === 'inactive') return undefined;
  const { id, labels, told, incident, receivers } = before ?? {
    id: randomUUID(),
    labels: labelsOf(rule, finding?.labels ?? {}),
    told: false,
    incident: '',
    receivers: [],
  };
  const facts = { ...before?.facts, ...(finding && valueFacts(rule.measure, finding.value)), ...finding?.facts };
  const alert: Alert = { tenant, rule: rule.name, fingerprint: key, id, labels, state, reason, told, facts, incident, receivers };
  const isTold = told || (state.phase === 'firing' && !evaluation.isMuted(alert, rule));
  const status = isTold && !told ? ('firing' as const) : told && event === 'resolved' ? event : undefined;
  return { alert: { ...alert, told: isTold }, finding, event, status, startedMs: was.phase === 'firing' ? was.since : now };
}

/** Who fires again and again at a bound is told less and less often. */
function flapMsOf(key: string, { tenant, store, now, flapMs = 0 }: Evaluation): number {
  if (flapMs === 0) return 0;
  return flapMs * Math.min(MOST_FLAPS, Math.max(0, store.firings(tenant, key, now - FLAPPING_MS) - 1));
}

/** By what it cost beyond what was expected, or else by its value. */
function weightOf({ alert, finding }: Next): number {
  return Number(alert.facts['impact_usd'] ?? 0) || toFloat(finding?.value ?? null);
}

export function happeningOf(
  { tenant, id, rule, fingerprint: key, labels, reason, facts }: Alert,
  event: Happening['event'],
  atMs: number,
): Happening {
  return { tenant, alertId: id, rule, fingerprint: key, labels, event, atMs, reason, facts };
}

function labelsOf(rule: Rule, labels: Readonly<Record<string, string>>): Record<string, string> {
  return { ...rule.labels, ...labels, alertname: rule.name, severity: rule.severity };
}
