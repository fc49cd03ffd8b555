import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { allRows, overTime, ranked, rows, rowsNow, totals } from '../ask.ts';
import { DIGITS, DRAWN, LETTERS } from '../colours.ts';
import { count, dollars, moment, percent, words } from '../columns.ts';
import { dashboard } from '../dashboard.ts';
import { allocationOf, callsAtPoint, callsOf } from '../links.ts';
import { bars, stat } from '../panels.ts';
import { series } from '../series.ts';
import { table } from '../table.ts';

const WARNING_BAD = (orange: number, red: number) => [
  { from: orange, color: DIGITS.warning },
  { from: red, color: DIGITS.bad },
];

/** All tiles ask one question, so that it is answered once. */
const TOTALS = totals(['cost', 'waste', 'unpriced_share']);

const tiles = [
  stat({
    title: 'Spend',
    description: 'Cost of all priced calls in the time range.',
    ask: TOTALS,
    value: dollars('cost', 'Spend'),
    width: 4,
  }),
  stat({
    title: 'Change',
    description: 'Spend compared with the time range of the same length just before. Empty when nothing was spent then.',
    ask: TOTALS,
    value: percent('cost_change', 'Change'),
    steps: WARNING_BAD(0.2, 0.5),
    width: 4,
  }),
  stat({
    title: 'Month to date',
    description: 'Spend since the first of the month where you are, whatever the time range. Budgets counts months by UTC.',
    ask: TOTALS,
    value: dollars('cost', 'Month to date'),
    timeFrom: 'now/M',
    width: 4,
  }),
  stat({
    title: 'Forecast',
    description:
      'All spend by the end of this month: what is spent, and the rest as the same weekdays before. Filters do not count. Its interval is on Budgets and anomalies.',
    ask: rowsNow('forecast'),
    value: dollars('forecast', 'Forecast'),
    width: 4,
  }),
  stat({
    title: 'Waste',
    description: 'Cost of calls whose answer nobody used: they failed, or the app hung up. Golden signals tells which.',
    ask: TOTALS,
    value: dollars('waste', 'Waste'),
    width: 4,
  }),
  stat({
    title: 'Unpriced calls',
    description: 'Share of calls whose price is not known. They are missing in every sum of money here; Ledger health lists them.',
    ask: TOTALS,
    value: percent('unpriced_share', 'Unpriced'),
    steps: [{ from: 0.01, color: DIGITS.warning }],
    width: 4,
  }),
];

const movers = (by: 'feature' | 'model') =>
  table({
    title: `Top movers by ${by}`,
    description: `Where spend rose or fell most against the time range of the same length before, by ${by}, new and vanished ones included.`,
    ask: rows('movers', { group_by: by, measure: 'cost', limit: '8' }),
    columns: [
      words('series', 'Name', { link: callsOf(by) }),
      dollars('delta', 'Difference'),
      percent('change', 'Change'),
      dollars('value', 'Now'),
      dollars('previous', 'Before'),
    ],
    width: 12,
  });

const spenders = (by: 'feature' | 'customer', title: string, description: string) =>
  table({
    title,
    description,
    ask: ranked({ by: [by], measures: ['cost', 'calls', 'cost_per_call'] }),
    columns: [
      words(by, 'Name', { link: by === 'feature' ? allocationOf(by) : callsOf(by) }),
      dollars('cost', 'Cost', { gauge: true }),
      percent('share', 'Share'),
      count('calls', 'Calls'),
      dollars('cost_per_call', 'Per call'),
    ],
    width: 12,
  });

export function overview(): Dashboard {
  return dashboard({
    uid: 'tl-overview',
    title: 'Overview',
    description: 'What the model calls of all teams cost, who caused it, and what changed.',
    panels: [
      ...tiles,
      series({
        title: 'Spend by model',
        description:
          'Cost per interval, stacked by the model that answered; the ten models with the highest spend. Click a bar for its calls.',
        ask: overTime({ by: 'model', measures: ['cost'] }),
        values: [dollars('cost', 'cost')],
        stacked: true,
        link: callsAtPoint('model'),
        width: 16,
        height: 9,
      }),
      bars({
        title: 'Spend by team',
        description: 'Cost in the time range per team. Calls that name no team are one bar of their own.',
        ask: ranked({ by: ['team'], measures: ['cost'] }),
        name: words('team', 'Team'),
        value: dollars('cost', 'Cost'),
        width: 8,
        height: 9,
      }),
      movers('feature'),
      movers('model'),
      spenders('feature', 'Top features', 'The features with the highest spend.'),
      spenders('customer', 'Top customers', 'The customers whose calls cost most.'),
      series({
        title: 'Cost per call',
        description:
          'Spend divided by the calls that have a price, per interval: rises when calls grow or models get larger, not when there are more calls.',
        ask: overTime({ measures: ['cost_per_call'] }),
        values: [dollars('cost_per_call', 'cost per call', { color: DRAWN.blue })],
        link: callsAtPoint(),
        width: 12,
      }),
      series({
        title: 'Requests and errors per hour',
        description: 'Requests to a provider, billed or not, and how many of them failed. One refused outright counts, too.',
        ask: overTime({ measures: ['requests', 'errors'], per: 'hour' }),
        values: [count('requests', 'requests', { color: DRAWN.blue }), count('errors', 'errors', { color: DRAWN.red })],
        link: callsAtPoint(),
        width: 12,
      }),
      table({
        title: 'What was alerted',
        description: 'Alerts that fired or were resolved in the time range, whatever is filtered.',
        ask: allRows('alert-history', { limit: '20' }),
        newestBy: 'Time',
        columns: [
          moment('time', 'Time'),
          words('event', 'Event', { colors: { firing: LETTERS.bad, resolved: LETTERS.good }, width: 90 }),
          words('rule', 'Rule', { width: 200 }),
          words('series', 'Of', { width: 200 }),
          words('reason', 'Why'),
        ],
        width: 24,
      }),
    ],
  });
}
