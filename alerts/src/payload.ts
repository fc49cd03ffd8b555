import type { Window } from './conditions/series.ts';
import { linksOf } from './links.ts';
import type { Rule } from './rule.ts';
import type { Alert } from './store.ts';
import { fill } from './template.ts';

/** Alertmanager writes this for "has not ended". */
const NOT_ENDED = '0001-01-01T00:00:00Z';

interface Told {
  /** Of a rule that is gone only the name is left. */
  readonly rule: Pick<Rule, 'name' | 'group_by'> & Partial<Pick<Rule, 'description' | 'annotations' | 'condition' | 'filters'>>;
  readonly alert: Alert;
  readonly status: 'firing' | 'resolved';
  readonly startedMs: number;
  readonly window: Window;
  readonly now: number;
  readonly publicUrl: string;
}

/** A Standard Webhooks envelope whose `data` is an Alertmanager v4 webhook, so that existing receivers understand it. */
export function toPayload({ rule, alert, status, startedMs, window, now, publicUrl }: Told): string {
  const { labels, facts, reason } = alert;
  const [from, to] = [new Date(window.from).toISOString(), new Date(window.to).toISOString()];
  const filled = (template: string) => fill(template, { ...facts, ...labels, reason, from, to });
  const { calls, dashboard } = linksOf({ rule: { filters: {}, ...rule }, labels, window, publicUrl });
  const annotations = {
    summary: `${rule.name}: ${reason}`,
    ...(rule.description && { description: filled(rule.description) }),
    ...(rule.condition && { condition: JSON.stringify(rule.condition) }),
    window: `${from} – ${to}`,
    ...facts,
    dashboard,
    calls,
    ...Object.fromEntries(Object.entries(rule.annotations ?? {}).map(([name, template]) => [name, filled(template)])),
  };
  const told = {
    status,
    labels,
    annotations,
    startsAt: new Date(startedMs).toISOString(),
    endsAt: status === 'resolved' ? new Date(now).toISOString() : NOT_ENDED,
    generatorURL: calls,
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
      commonLabels: labels,
      commonAnnotations: annotations,
      externalURL: publicUrl,
      alerts: [told],
    },
  });
}
