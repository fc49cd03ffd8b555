import type { MeasureValue } from '@tokenledger/ledger';
import { show } from './judge.ts';
import type { Rule } from './rule.ts';
import type { Window } from './series.ts';
import type { Alert } from './store.ts';

/** Alertmanager writes this for "has not ended". */
const NOT_ENDED = '0001-01-01T00:00:00Z';

interface Told {
  readonly rule: Rule;
  readonly alert: Alert;
  readonly status: 'firing' | 'resolved';
  readonly startedMs: number;
  readonly value: MeasureValue;
  readonly window: Window;
  readonly now: number;
  readonly publicUrl: string;
}

/** A Standard Webhooks envelope whose `data` is an Alertmanager v4 webhook, so that existing receivers understand it. */
export function toPayload({ rule, alert, status, startedMs, value, window, now, publicUrl }: Told): string {
  const annotations = {
    summary: `${rule.name}: ${alert.reason}`,
    ...(rule.description === '' ? {} : { description: rule.description }),
    value: show(rule.measure, value),
    window: `${new Date(window.from).toISOString()} – ${new Date(window.to).toISOString()}`,
  };
  const query = new URLSearchParams({ from: String(window.from), to: String(window.to), ...nonEmpty(alert.labels, rule.group_by) });
  const told = {
    status,
    labels: alert.labels,
    annotations,
    startsAt: new Date(startedMs).toISOString(),
    endsAt: status === 'resolved' ? new Date(now).toISOString() : NOT_ENDED,
    generatorURL: `${publicUrl}/v1/calls?${query.toString()}`,
    fingerprint: alert.fingerprint,
  };
  return JSON.stringify({
    type: `tokenledger.alert.${status}`,
    timestamp: new Date(now).toISOString(),
    data: {
      version: '4',
      groupKey: `{}:{alertname="${rule.name}"}`,
      truncatedAlerts: 0,
      status,
      receiver: 'tokenledger',
      groupLabels: { alertname: rule.name },
      commonLabels: alert.labels,
      commonAnnotations: annotations,
      externalURL: publicUrl,
      alerts: [told],
    },
  });
}

function nonEmpty(labels: Readonly<Record<string, string>>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (labels[name] ? [[name, labels[name]]] : [])));
}
