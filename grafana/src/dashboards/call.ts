import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { rowsNow } from '../ask.ts';
import { count, dollars, moment, words, type Column } from '../columns.ts';
import { dashboard } from '../dashboard.ts';
import { textVariable } from '../filters.ts';
import { stat } from '../panels.ts';
import { table } from '../table.ts';

const CALL = { trace_id: '${trace_id}', span_id: '${span_id}' } as const;

/** All tiles ask one question, so that it is answered once. */
const VERDICT = rowsNow('call', CALL);
const NOT_CHOSEN = 'Choose a call: follow a link “explain”, or paste trace id and span id above.';
const tile = (value: Column, title: string, description: string) => stat({ title, description, ask: VERDICT, value, width: 6 });

export function call(): Dashboard {
  return dashboard({
    uid: 'tl-call',
    title: 'Why it costs that',
    description: 'One call: the numbers its emitter sent, what they mean, and each line of its bill. Opened by a click on “explain”.',
    from: 'now-24h',
    variables: [textVariable('trace_id'), textVariable('span_id')],
    panels: [
      tile(words('cost_text', 'Cost'), 'Cost', 'To the last digit: the sum of the lines below. Or why there is none.'),
      tile(words('model', 'Model'), 'Model', 'The model that answered, as its provider calls it: it is what is billed.'),
      tile(
        words('price_status', 'Price'),
        'Price',
        'Contract: your own price. Exact and alias: of a price list, under this name or another. Provider reported: as the provider said. Estimated: some number of it is.',
      ),
      tile(
        words('confidence', 'Confidence'),
        'How it was read',
        'Its numbers. Certain: known of what sent them, and their sums agree. Likely or guess: see the rules below.',
      ),
      table({
        title: 'Bill',
        description:
          'Each kind of token once: quantity × price = amount. What the emitter said may contain others, as input that contains what was cached: the rules below tell.',
        ask: rowsNow('call-charges', CALL),
        empty: 'No charges: no call is chosen, or it has no price.',
        columns: [
          words('meter', 'Meter', { width: 136 }),
          count('quantity', 'Quantity', { unit: 'none', width: 96 }),
          words('price', 'Price', { width: 150 }),
          words('amount_usd', 'Amount', { width: 120 }),
          words('said_as', 'Read from', { minWidth: 230 }),
          words('price_id', 'Rate card', { width: 150 }),
          words('source', 'Price list', { width: 150 }),
        ],
        width: 24,
        height: 7,
      }),
      table({
        title: 'Rules',
        description: 'What was decided about its numbers, in this order, and by which rule.',
        ask: rowsNow('call-rules', CALL),
        empty: NOT_CHOSEN,
        columns: [count('step', '#', { width: 76 }), words('rule', 'Rule', { width: 136 }), words('detail', 'What it found')],
        width: 24,
        height: 7,
      }),
      table({
        title: 'In the ledger',
        description:
          'Every line that the ledger has about it. What was learned later, such as a new price, is a line with the difference; their sum is the cost.',
        ask: rowsNow('call-entries', CALL),
        empty: NOT_CHOSEN,
        newestBy: 'Known since',
        columns: [
          moment('time', 'Known since'),
          words('reason', 'Why'),
          words('price_status', 'Price'),
          count('calls', 'Calls'),
          dollars('cost', 'Cost'),
        ],
        width: 24,
        height: 6,
      }),
    ],
  });
}
