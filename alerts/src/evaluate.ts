import { randomUUID } from 'node:crypto';
import type { TenantReader } from '@tokenledger/ledger';
import { fingerprint } from './fingerprint.ts';
import { judge } from './judge.ts';
import { toPayload } from './payload.ts';
import type { Rule } from './rule.ts';
import { readSeries, type Series, windowOf } from './series.ts';
import type { Alert, AlertStore, Message } from './store.ts';
import { transition } from './transition.ts';

export interface Evaluation {
  readonly tenant: string;
  readonly reader: TenantReader;
  readonly store: AlertStore;
  /** Names of all receivers; a rule that names none tells all. */
  readonly receivers: readonly string[];
  readonly publicUrl: string;
  readonly now: number;
}

/**
 * One rule, once: series → judgement → transition → state and messages in one commit.
 * @throws LedgerError when nothing can be known: then no state changes
 */
export async function evaluateRule(rule: Rule, { tenant, reader, store, receivers, publicUrl, now }: Evaluation): Promise<void> {
  const window = windowOf(rule, now);
  const seen = new Map((await readSeries(reader, rule, window)).map((series) => [fingerprint(labelsOf(rule, series.labels)), series]));
  const known = new Map(store.alerts(tenant, rule.name).map((alert) => [alert.fingerprint, alert]));
  const alerts: Alert[] = [];
  const messages: Message[] = [];
  for (const key of new Set([...seen.keys(), ...known.keys()])) {
    const series = seen.get(key);
    const before = known.get(key);
    const was = before?.state ?? { phase: 'inactive' as const };
    const step = transition(was, series && judge(rule, series), now, { forMs: rule.for, keepFiringForMs: rule.keep_firing_for });
    if (was.phase === 'inactive' && step.state.phase === 'inactive') continue;
    const alert: Alert = {
      tenant,
      rule: rule.name,
      fingerprint: key,
      id: before?.id ?? randomUUID(),
      labels: before?.labels ?? labelsOf(rule, series?.labels ?? {}),
      state: step.state,
      reason: step.reason,
    };
    alerts.push(alert);
    if (!step.event) continue;
    const startedMs = was.phase === 'firing' ? was.since : now;
    const body = toPayload({ rule, alert, status: step.event, startedMs, value: valueOf(series), window, now, publicUrl });
    for (const receiver of rule.receivers.length > 0 ? rule.receivers : receivers) {
      messages.push({ id: `msg_${alert.id}_${step.event}`, receiver, body });
    }
  }
  if (alerts.length > 0) store.commit({ alerts, messages, nowMs: now });
}

function labelsOf(rule: Rule, labels: Readonly<Record<string, string>>): Record<string, string> {
  return { ...rule.labels, ...labels, alertname: rule.name, severity: rule.severity };
}

const valueOf = (series: Series | undefined) => series?.value ?? null;
