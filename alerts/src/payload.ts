import { type Finding, show } from './conditions/finding.ts';
import type { Rule } from './rule.ts';
import type { Alert } from './store.ts';

/** Alertmanager writes this for "has not ended". */
const NOT_ENDED = '0001-01-01T00:00:00Z';

interface Told {
  readonly rule: Rule;
  readonly alert: Alert;
  readonly status: 'firing' | 'resolved';
  readonly startedMs: number;
  /** Absent when the series is gone. */
  readonly finding: Finding | undefined;
  /** Values of dimensions that added the most, such as `model=gpt-5 +12.00 USD`. */
  readonly contributors: readonly string[];
  readonly now: number;
  readonly publicUrl: string;
}

/** A Standard Webhooks envelope whose `data` is an Alertmanager v4 webhook, so that existing receivers understand it. */
export function toPayload({ rule, alert, status, startedMs, finding, contributors, now, publicUrl }: Told): string {
  const window = finding?.window ?? { from: now - rule.window, to: now };
  const annotations = {
    summary: `${rule.name}: ${alert.reason}`,
    ...(rule.description === '' ? {} : { description: fill(rule.description, alert.labels) }),
    value: show(rule.measure, finding?.value ?? null),
    condition: JSON.stringify(rule.condition),
    window: `${new Date(window.from).toISOString()} – ${new Date(window.to).toISOString()}`,
    ...finding?.facts,
    ...(contributors.length > 0 && { top_contributors: contributors.join('; ') }),
    dashboard: `${publicUrl}/?${new URLSearchParams({ from: String(window.from), to: String(window.to) }).toString()}`,
    calls: callsUrl(rule, alert, window, publicUrl),
  };
  const told = {
    status,
    labels: alert.labels,
    annotations,
    startsAt: new Date(startedMs).toISOString(),
    endsAt: status === 'resolved' ? new Date(now).toISOString() : NOT_ENDED,
    generatorURL: annotations.calls,
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

/** The calls of the window, the newest first. */
function callsUrl(rule: Rule, { labels }: Alert, { from, to }: Finding['window'], publicUrl: string): string {
  const query = new URLSearchParams({ from: String(from), to: String(to) });
  for (const name of rule.group_by) if (labels[name]) query.set(name, labels[name]);
  return `${publicUrl}/v1/calls?${query.toString()}`;
}

/** `{{ team }}` becomes the label; nothing else is interpreted. */
const fill = (template: string, labels: Alert['labels']) =>
  template.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, name: string) => labels[name] ?? '');
