import { toDimensionName } from '@tokenledger/model';
import type { Window } from './conditions/series.ts';
import type { Rule } from './rule.ts';

/** Dashboards of `grafana/dashboards` and the variables they have: the first that can be narrowed to the whole scope is shown. */
export const DASHBOARDS: readonly { readonly uid: string; readonly variables: readonly string[] }[] = [
  { uid: 'tl-overview', variables: ['environment', 'team', 'feature', 'provider', 'model'] },
  {
    uid: 'tl-calls',
    variables: [
      'environment',
      'team',
      'feature',
      'provider',
      'model',
      'customer',
      'user',
      'run',
      'service',
      'agent',
      'status',
      'error_type',
      'price_status',
    ],
  },
];
export const TRACE = { uid: 'tl-trace', variable: 'trace_id' } as const;

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
    ...rule.group_by.flatMap((name): [string, string][] => (labels[name] === undefined ? [] : [[name, labels[name]]])),
  ];
  const has = (variables: readonly string[]) => scope.filter(([name]) => variables.includes(name));
  const page = DASHBOARDS.find(({ variables }) => has(variables).length === scope.length) ?? DASHBOARDS[DASHBOARDS.length - 1];
  const shown = has(page?.variables ?? []).map(([name, value]): [string, string] => [`var-${name}`, toDimensionName(value)]);
  return {
    dashboard: `${publicUrl}/d/${page?.uid ?? ''}?${new URLSearchParams([...Object.entries(range), ...shown]).toString()}`,
    calls: `${publicUrl}/v1/calls?${new URLSearchParams([...Object.entries(range), ...exactly(scope)]).toString()}`,
  };
}

/** What would be read as something else, and several, as a list: a team may be called `*`, and an empty one is nobody's. */
const exactly = (scope: readonly [name: string, value: string][]) =>
  [...Map.groupBy(scope, ([name]) => name)].map(([name, pairs]): [string, string] => {
    const values = pairs.map(([, value]) => value);
    const [only = ''] = values;
    return [name, values.length === 1 && toDimensionName(only) === only ? only : JSON.stringify(values)];
  });

export const traceLink = (publicUrl: string, traceId: string) => `${publicUrl}/d/${TRACE.uid}?var-${TRACE.variable}=${traceId}`;
