import type { Window } from './conditions/series.ts';
import { linksOf } from './links.ts';
import type { Rule } from './rule.ts';
import type { Alert } from './store.ts';
import { fill } from './template.ts';

/** Alertmanager writes this for "has not ended". */
const NOT_ENDED = '0001-01-01T00:00:00Z';
/** Of more alerts in one message only the first so many are told in full. */
const MOST_TOLD = 10;

export interface ToldAlert {
  readonly alert: Alert;
  readonly startedMs: number;
  readonly window: Window;
}

interface Told {
  /** Of a rule that is gone only the name is left. */
  readonly rule: Pick<Rule, 'name' | 'group_by'> & Partial<Pick<Rule, 'description' | 'annotations' | 'condition' | 'filters'>>;
  /** What changed together, the most important first. */
  readonly alerts: readonly ToldAlert[];
  readonly status: 'firing' | 'resolved';
  /** What began together is one incident; so many of its alerts still fire. */
  readonly incident: { readonly key: string; readonly firing: number };
  readonly now: number;
  readonly publicUrl: string;
}

/** A Standard Webhooks envelope whose `data` is an Alertmanager v4 webhook, so that existing receivers understand it. */
export function toPayload(told: Told): string {
  const { rule, status, alerts, incident, now, publicUrl } = told;
  const shown = alerts.slice(0, MOST_TOLD).map((each) => toldAlert(each, told));
  return JSON.stringify({
    type: `tokenledger.alert.${status}`,
    timestamp: new Date(now).toISOString(),
    data: {
      version: '4',
      groupKey: `{}:{alertname="${rule.name}"}`,
      truncatedAlerts: alerts.length - shown.length,
      status,
      receiver: 'tokenledger',
      groupLabels: { alertname: rule.name },
      commonLabels: common(alerts.map(({ alert }) => alert.labels)),
      commonAnnotations: common(shown.map(({ annotations }) => annotations)),
      externalURL: publicUrl,
      incident,
      alerts: shown,
    },
  });
}

function toldAlert({ alert, startedMs, window }: ToldAlert, { rule, status, now, publicUrl }: Told) {
  const { labels, facts, reason } = alert;
  const [from, to] = [new Date(window.from).toISOString(), new Date(window.to).toISOString()];
  const filled = (template: string) => fill(template, { ...facts, ...labels, reason, from, to });
  const { calls, dashboard } = linksOf({ rule: { filters: {}, ...rule }, labels, window, publicUrl });
  const annotations: Readonly<Record<string, string>> = {
    summary: `${rule.name}: ${reason}`,
    ...(rule.description && { description: filled(rule.description) }),
    ...(rule.condition && { condition: JSON.stringify(rule.condition) }),
    window: `${from} – ${to}`,
    ...facts,
    dashboard,
    calls,
    ...Object.fromEntries(Object.entries(rule.annotations ?? {}).map(([name, template]) => [name, filled(template)])),
  };
  return {
    status,
    labels,
    annotations,
    startsAt: new Date(startedMs).toISOString(),
    endsAt: status === 'resolved' ? new Date(now).toISOString() : NOT_ENDED,
    generatorURL: calls,
    fingerprint: alert.fingerprint,
  };
}

type Texts = Readonly<Record<string, string>>;
/** What all of them say alike. */
const common = ([first = {}, ...others]: readonly Texts[]): Texts =>
  Object.fromEntries(Object.entries(first).filter(([name, value]) => others.every((other) => other[name] === value)));
