import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { rowsNow } from '../ask.ts';
import { LETTERS } from '../colours.ts';
import { count, dollars, milliseconds, words } from '../columns.ts';
import { dashboard } from '../dashboard.ts';
import { textVariable } from '../filters.ts';
import { explanationOfRow } from '../links.ts';
import { table } from '../table.ts';
import { tracesDatasourceVariable, traceView } from '../trace-panel.ts';

const TRACE_ID = '${trace_id:percentencode}';

export function trace(): Dashboard {
  return dashboard({
    uid: 'tl-trace',
    title: 'Trace',
    description: 'One trace: agent, steps, tools and calls, with cost on each. Opened by a click on a trace id.',
    from: 'now-24h',
    variables: [tracesDatasourceVariable(), textVariable('trace_id')],
    panels: [
      table({
        title: 'Tree',
        description:
          'Each span directly before what it caused. Subtree is the cost of a span with everything under it. Whatever the time range.',
        ask: rowsNow('trace', { trace_id: '${trace_id}' }),
        empty: 'Choose a trace: follow the link of a call or a run, or paste a trace id above.',
        columns: [
          words('step', 'Step', { minWidth: 200 }),
          words('kind', 'Kind', { width: 80 }),
          dollars('cost', 'Cost'),
          words('call_span_id', 'Why', { link: explanationOfRow(TRACE_ID), as: 'explain', width: 76 }),
          dollars('subtree_cost', 'Subtree'),
          milliseconds('duration_ms', 'Duration'),
          words('model', 'Model', { width: 150 }),
          count('input_tokens', 'Input'),
          count('output_tokens', 'Output'),
          words('status', 'Status', { color: LETTERS.bad, says: { unset: '–', ok: '–' }, width: 90 }),
        ],
        width: 24,
        height: 12,
      }),
      traceView({
        title: 'Timeline',
        description: 'The same trace in the trace view, through the Jaeger routes. Costs are in the names and tags of its spans.',
        height: 14,
      }),
    ],
  });
}
