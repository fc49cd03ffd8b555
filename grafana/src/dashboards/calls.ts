import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { POINTS, rows } from '../ask.ts';
import { LETTERS } from '../colours.ts';
import { count, milliseconds, moment, percent, dollars, words, type Column } from '../columns.ts';
import { dashboard, filterVariables } from '../dashboard.ts';
import { CALL_TEXTS, dimensionVariable, LINKED_TEXTS, textVariable } from '../filters.ts';
import { callsOf, explanationOfRow, field, traceOfRow } from '../links.ts';
import { stat } from '../panels.ts';
import { table } from '../table.ts';

const CHOSEN = {
  customer: '${customer:json}',
  ...Object.fromEntries([...CALL_TEXTS, ...LINKED_TEXTS].map((name) => [name, `\${${name}}`])),
} as const;
/** The interval of a point in a chart. */
const AT = { at: '${at}', points: POINTS } as const;

/** All tiles ask one question, so that it is answered once. */
const TOTALS = rows('stat', { measures: 'calls,cost,error_rate,latency_p95', ...CHOSEN, ...AT });

const tile = (value: Column, title: string, description: string) => stat({ title, description, ask: TOTALS, value, width: 6 });

const EXPLAIN = words('span_id', 'Why', { link: explanationOfRow(field('Trace')), as: 'explain', width: 76 });

const list = (order: 'cost' | 'duration' | 'newest', title: string, description: string) =>
  table({
    title,
    description,
    ...(order === 'newest' && { newestBy: 'Time' }),
    ask: rows('calls', { ...CHOSEN, ...AT, order_by: order, limit: '50' }),
    columns: [
      moment('time', 'Time'),
      words('trace_id', 'Trace', { link: traceOfRow('Trace'), width: 104 }),
      dollars('cost_usd', 'Cost', { gauge: order === 'cost' }),
      EXPLAIN,
      words('model', 'Model', { width: 190 }),
      count('input_tokens', 'Input'),
      count('output_tokens', 'Output'),
      milliseconds('duration_ms', 'Duration'),
      milliseconds('ttft_ms', 'First token'),
      words('error_type', 'Error', { color: LETTERS.bad, says: { '(none)': '–' } }),
      words('team', 'Team'),
      words('feature', 'Feature', { width: 140 }),
      words('customer', 'Customer'),
      words('user', 'User', { width: 170, link: callsOf('user') }),
      words('run', 'Run', { width: 130, link: callsOf('run') }),
    ],
    width: 24,
    height: 12,
  });

export function calls(): Dashboard {
  return dashboard({
    uid: 'tl-calls',
    title: 'Calls',
    description: 'The calls behind a number: reached by a click on any other page, from here to the trace of each call.',
    from: 'now-24h',
    variables: [
      ...filterVariables(),
      dimensionVariable('customer'),
      ...CALL_TEXTS.map((name) => textVariable(name)),
      ...LINKED_TEXTS.map((name) => textVariable(name, { inMenu: true })),
      textVariable('at', { label: 'Interval from', inMenu: true }),
    ],
    panels: [
      tile(
        count('calls', 'Calls'),
        'Calls',
        'Billable calls in the time range under all filters; after a click on a point of a chart, of its interval.',
      ),
      tile(dollars('cost', 'Cost'), 'Cost', 'What these calls cost.'),
      tile(percent('error_rate', 'Error rate'), 'Error rate', 'Failed requests / requests, under the same filters.'),
      tile(milliseconds('latency_p95', 'p95'), 'Latency, p95', 'The duration that 95 % of these calls stay below.'),
      list(
        'cost',
        'Most expensive calls',
        'The fifty calls that cost most; after a click on a point of a chart, of its interval. Click a trace id for its tree.',
      ),
      list('newest', 'Newest calls', 'The fifty newest calls; after a click on a point of a chart, of its interval.'),
      list('duration', 'Longest calls', 'The fifty calls that took longest; after a click on a point of a chart, of its interval.'),
    ],
  });
}
