import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { allRows, rowsNow, seriesOf } from '../ask.ts';
import { DRAWN, LETTERS } from '../colours.ts';
import { dollars, moment, percent, plainNumber, words, count, type Column } from '../columns.ts';
import { dashboard } from '../dashboard.ts';
import { callsAtPoint } from '../links.ts';
import { bars, stat } from '../panels.ts';
import { series } from '../series.ts';
import { table } from '../table.ts';

const STATES = {
  firing: LETTERS.bad,
  pending: LETTERS.warning,
  resolved: LETTERS.good,
  ok: LETTERS.good,
  burning: LETTERS.warning,
  exhausted: LETTERS.bad,
} as const;

const forecast = (value: Column, title: string, description: string) =>
  stat({ title, description, ask: rowsNow('forecast'), value, width: 4 });
const messages = (value: Column, title: string, description: string) =>
  stat({ title, description, ask: rowsNow('alert-deliveries'), value, width: 4 });

export function budgets(): Dashboard {
  return dashboard({
    uid: 'tl-budgets',
    title: 'Budgets and anomalies',
    description:
      'Where budgets stand and will end, what is out of the ordinary, and what was told to whom. Of all calls: filters do not count.',
    variables: [],
    panels: [
      forecast(dollars('spent', 'Spent'), 'Month to date', 'All spend of this month, UTC.'),
      forecast(
        dollars('forecast', 'Forecast'),
        'Forecast',
        'What is spent, and the rest as the same weekdays before. With less than six weeks of history: at the pace so far.',
      ),
      forecast(
        dollars('forecast_low', 'Low'),
        'Forecast, low',
        'Nine of ten months end between low and high. Empty with less than six weeks of history.',
      ),
      forecast(
        dollars('forecast_high', 'High'),
        'Forecast, high',
        'Nine of ten months end between low and high. Empty with less than six weeks of history.',
      ),
      messages(count('waiting', 'Waiting'), 'Undelivered', 'Notifications that are still to be delivered; they are tried again for days.'),
      messages(count('dead', 'Given up'), 'Given up', 'Notifications that no receiver took. They can be sent again: see the API.'),
      series({
        title: 'Spend and what was to be expected',
        description:
          'Spend per hour, what the anomaly detector expects from the same hours of the weeks before, and where a sudden anomaly begins if it is worth as much as its rule says.',
        ask: seriesOf('expectation'),
        values: [
          dollars('actual', 'spend', { color: DRAWN.blue }),
          dollars('expected', 'expected', { color: DRAWN.grey }),
          dollars('upper', 'anomaly from here', { color: DRAWN.red }),
        ],
        link: callsAtPoint(),
        width: 16,
        height: 10,
      }),
      bars({
        title: 'Budgets used',
        description: 'Share of each budget that is used up in its present period.',
        ask: rowsNow('budgets'),
        name: words('name', 'Budget'),
        value: percent('used_share', 'Used'),
        hasLongNames: true,
        width: 8,
        height: 10,
      }),
      table({
        title: 'Budgets',
        description:
          'Burn rate is the share that is used, divided by what is usually used by now: above 1 the amount will not do if things go on so. Risk is the chance to exceed it by the end of its period, from how wrong the forecast was before. Used up is when it was, to the hour, or by the forecast will be.',
        ask: rowsNow('budgets'),
        columns: [
          words('budget', 'Budget'),
          words('series', 'Of'),
          words('state', 'State', { colors: STATES, width: 86 }),
          dollars('amount', 'Amount'),
          dollars('spent', 'Spent'),
          percent('used_share', 'Used', { gauge: true, width: 100 }),
          plainNumber('burn_rate', 'Burn rate', { width: 88 }),
          dollars('forecast', 'Forecast'),
          percent('chance_exceeded', 'Risk', { width: 68 }),
          moment('exhausted_at', 'Used up', { unit: 'time:YYYY-MM-DD HH:mm', width: 134 }),
        ],
        width: 24,
      }),
      table({
        title: 'Pending and firing',
        description: 'What is wrong now. Pending alerts are not told yet.',
        ask: rowsNow('alerts'),
        newestBy: 'Since',
        columns: [
          moment('since', 'Since'),
          words('state', 'State', { colors: STATES, width: 90 }),
          words('rule', 'Rule', { width: 200 }),
          words('series', 'Of', { width: 200 }),
          words('severity', 'Severity', { width: 90 }),
          words('reason', 'Why'),
        ],
        width: 24,
      }),
      table({
        title: 'Anomalies',
        description: 'Incidents that anomaly rules found: what they cost beyond what was expected, and what drove them.',
        ask: allRows('anomalies'),
        empty: 'No anomaly was found in this time range while rules were running',
        newestBy: 'Start',
        columns: [
          moment('start', 'Start'),
          words('state', 'State', { colors: STATES, width: 90 }),
          words('series', 'Of', { width: 200 }),
          dollars('impact', 'Impact', { gauge: true }),
          dollars('expected', 'Expected'),
          words('why', 'Why'),
          words('top_contributors', 'Most by'),
        ],
        width: 24,
      }),
      table({
        title: 'History',
        description: 'What fired and what was resolved in the time range.',
        ask: allRows('alert-history', { limit: '200' }),
        newestBy: 'Time',
        columns: [
          moment('time', 'Time'),
          words('event', 'Event', { colors: STATES, width: 90 }),
          words('rule', 'Rule', { width: 200 }),
          words('series', 'Of', { width: 200 }),
          words('severity', 'Severity', { width: 90 }),
          words('reason', 'Why'),
        ],
        width: 24,
      }),
    ],
  });
}
