import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { allRows, overTime, ranked, rows } from '../ask.ts';
import { count, dollars, percent, words, type Column } from '../columns.ts';
import { dashboard, filterVariables } from '../dashboard.ts';
import { callsAtPoint, callsOf } from '../links.ts';
import { bars } from '../panels.ts';
import { series } from '../series.ts';
import { table } from '../table.ts';

type Spender = 'team' | 'feature' | 'customer' | 'user' | 'model' | 'environment';

const SPENT: readonly Column[] = [
  // Beside the longest amount, that of a feature which hardly costs anything, there must be room for bars.
  dollars('cost', 'Cost', { gauge: true, width: 148 }),
  percent('share', 'Share'),
  percent('cumulative_share', 'Cumulative'),
  percent('cost_change', 'Change'),
];

const pareto = (by: Spender, description: string) =>
  table({
    title: `By ${by}`,
    description: `${description} Cumulative is the share of this row and all above it: where it reaches 80 %, the rest hardly matters.`,
    ask: ranked({ by: [by], measures: ['cost'], limit: 50, params: { compare: 'previous' } }),
    columns: [words(by, 'Name', { link: callsOf(by) }), ...SPENT],
    width: 12,
    height: 9,
  });

const stacked = (by: 'team' | 'feature') =>
  series({
    title: `Spend by ${by} over time`,
    description: `Cost per interval, stacked by ${by}; the ten with the highest spend. Click a bar for its calls.`,
    ask: overTime({ by, measures: ['cost'] }),
    values: [dollars('cost', 'cost')],
    stacked: true,
    link: callsAtPoint(by),
    width: 9,
    height: 9,
  });

export function allocation(): Dashboard {
  return dashboard({
    uid: 'tl-allocation',
    title: 'Allocation',
    description: 'Who spends: by team, feature, customer, user, model and environment, and what nobody has claimed.',
    variables: filterVariables(),
    panels: [
      stacked('team'),
      stacked('feature'),
      bars({
        title: 'Spend by provider',
        description: 'Cost in the time range per provider that sent the bill.',
        ask: ranked({ by: ['provider'], measures: ['cost'] }),
        name: words('provider', 'Provider'),
        value: dollars('cost', 'Cost'),
        width: 6,
        height: 9,
      }),
      pareto('team', 'Teams, those with the highest spend first.'),
      pareto('feature', 'Features, those with the highest spend first.'),
      pareto('customer', 'Customers, those whose calls cost most first.'),
      pareto('user', 'Users, those whose calls cost most first.'),
      pareto('model', 'Models, those with the highest spend first.'),
      pareto('environment', 'Environments, those with the highest spend first.'),
      table({
        title: 'Pivot: team, feature, environment, model',
        description:
          'Cost of each combination, with its share of everything and how it changed against the time range before. (none): nobody said.',
        ask: ranked({
          by: ['team', 'feature', 'environment', 'model'],
          measures: ['cost', 'calls'],
          limit: 200,
          params: { compare: 'previous' },
        }),
        columns: [
          words('team', 'Team', { link: callsOf('team') }),
          words('feature', 'Feature', { link: callsOf('feature') }),
          words('environment', 'Environment', { link: callsOf('environment') }),
          words('model', 'Model', { link: callsOf('model') }),
          dollars('cost', 'Cost', { gauge: true, width: 200 }),
          percent('share', 'Share'),
          percent('cost_change', 'Change'),
          count('calls', 'Calls'),
        ],
        width: 24,
        height: 11,
      }),
      table({
        title: 'Unallocated',
        description:
          'Per dimension: spend that nobody has claimed, and the share of calls that say who caused them. Filters do not count here. Attribution is set in code, with withAttribution.',
        ask: allRows('attribution'),
        columns: [
          words('dimension', 'Dimension'),
          dollars('cost_without', 'Spend without', { gauge: true }),
          percent('said_share', 'Calls with'),
        ],
        width: 12,
      }),
      table({
        title: 'Movers by customer',
        description: 'Customers whose spend rose or fell most against the time range of the same length before.',
        ask: rows('movers', { group_by: 'customer', measure: 'cost', limit: '20' }),
        columns: [
          words('series', 'Customer', { link: callsOf('customer') }),
          dollars('delta', 'Difference'),
          percent('change', 'Change'),
          dollars('value', 'Now'),
          dollars('previous', 'Before'),
        ],
        width: 12,
      }),
    ],
  });
}
