import type { Window } from './conditions/series.ts';
import type { Rule } from './rule.ts';

/** A dashboard of `grafana/dashboards` and the variables it has. */
export const DASHBOARD = {
  uid: 'tl-overview',
  variables: new Set<string>(['environment', 'team', 'feature', 'customer', 'provider', 'model']),
} as const;

interface Place {
  readonly rule: Pick<Rule, 'group_by' | 'filters'>;
  readonly labels: Readonly<Record<string, string>>;
  readonly window: Window;
  readonly publicUrl: string;
}

/** Where to look, at the time of the alert and narrowed to its series. */
export function linksOf({ rule, labels, window: { from, to }, publicUrl }: Place) {
  const range = { from: String(from), to: String(to) };
  const scope: [string, string][] = [
    ...Object.entries(rule.filters)
      .filter(([name]) => !(rule.group_by as readonly string[]).includes(name))
      .flatMap(([name, values]) => [values].flat().map((value): [string, string] => [name, value])),
    ...rule.group_by.flatMap((name): [string, string][] => (labels[name] ? [[name, labels[name]]] : [])),
  ];
  const shown = scope.filter(([name]) => DASHBOARD.variables.has(name)).map(([name, value]): [string, string] => [`var-${name}`, value]);
  return {
    dashboard: `${publicUrl}/d/${DASHBOARD.uid}?${new URLSearchParams([...Object.entries(range), ...shown]).toString()}`,
    calls: `${publicUrl}/v1/calls?${new URLSearchParams([...Object.entries(range), ...scope]).toString()}`,
  };
}

export const traceLink = (publicUrl: string, traceId: string) => `${publicUrl}/v1/traces/${traceId}`;
