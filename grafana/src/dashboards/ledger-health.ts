import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { allRows, overTime, ranked, rowsNow } from '../ask.ts';
import { DIGITS, DRAWN, LETTERS } from '../colours.ts';
import { count, days, dollars, percent, seconds, words, type Column } from '../columns.ts';
import { dashboard } from '../dashboard.ts';
import { callsAtPoint, callsOf } from '../links.ts';
import { stat } from '../panels.ts';
import { series } from '../series.ts';
import { table } from '../table.ts';

const YES_NO = { 0: 'NO', 1: 'Yes' } as const;

type Steps = readonly { readonly from: number; readonly color: string }[];

/** What is asked of the whole ledger. */
const ofAll = (description: string) => `${description} Filters do not count.`;

const coverage = (value: Column, title: string, description: string, steps: Steps = []) =>
  stat({ title, description: ofAll(description), ask: allRows('coverage'), value, steps, width: 4 });
const books = (value: Column, title: string, description: string, steps: Steps = [], says = {}) =>
  stat({ title, description: ofAll(description), ask: rowsNow('books'), value, steps, says, width: 4 });
const lag = (value: Column, title: string, description: string) =>
  stat({ title, description: ofAll(description), ask: rowsNow('lag'), value, width: 4 });

export function ledgerHealth(): Dashboard {
  return dashboard({
    uid: 'tl-health',
    title: 'Ledger health',
    description: 'How far the numbers on the other pages can be trusted: what is priced and understood, and whether the books balance.',
    panels: [
      coverage(percent('priced_share', 'Priced'), 'Priced', 'Calls whose price is known. The others are in no sum of money.'),
      coverage(
        percent('with_usage_share', 'With usage'),
        'Usage known',
        'Calls whose tokens the telemetry told. The others cannot be priced.',
      ),
      coverage(
        percent('estimated_share', 'Estimated'),
        'Usage estimated',
        'Calls whose usage somebody estimated, as of a stream that was cut off.',
        [{ from: 0.05, color: DIGITS.warning }],
      ),
      coverage(
        percent('flagged_share', 'Flagged'),
        'Flagged',
        'Calls whose numbers contradict each other or the habits of what sent them, or whose emitter is not known. They are kept and flagged, never corrected in silence.',
        [{ from: 0.01, color: DIGITS.warning }],
      ),
      coverage(days('price_age_days', 'Age'), 'Age of prices', 'Since the newest knowledge of the published price lists.', [
        { from: 45, color: DIGITS.warning },
        { from: 90, color: DIGITS.bad },
      ]),
      books(
        count('balanced', 'Balanced'),
        'Books balance',
        'Yes: received = stored + duplicate + rejected + dropped + waiting, spans since the start.',
        [
          { from: 0, color: DIGITS.bad },
          { from: 1, color: DIGITS.good },
        ],
        YES_NO,
      ),
      books(count('waiting', 'Waiting'), 'In the journal', 'Spans that are on disk and not yet in the ledger.'),
      books(
        count('dropped', 'Dropped'),
        'Dropped',
        'Spans that were accepted and then not stored, since the start: each is in the dead letters or the log.',
        [{ from: 1, color: DIGITS.bad }],
      ),
      lag(seconds('newest_call_age_s', 'Age'), 'Newest call', 'Since the newest call of the last day started.'),
      lag(
        seconds('receive_lag_p95_s', 'p95'),
        'Until received, p95',
        'From the end of a call until the collector had it, in the last hour with calls. Unknown where none came in, as of a history that was loaded.',
      ),
      lag(
        seconds('store_lag_p95_s', 'p95'),
        'Until stored, p95',
        'From the collector to the ledger, in the last hour with calls. Unknown where none came in, as of a history that was loaded.',
      ),
      books(count('rejected', 'Rejected'), 'Rejected', 'Spans that were refused as bad since the start; their senders were told.'),
      series({
        title: 'Unpriced and estimated usage over time',
        description: 'Shares of calls per interval. A step up often is a new model: add its price, then re-price.',
        ask: overTime({ measures: ['unpriced_share', 'estimated_share'] }),
        values: [
          percent('unpriced_share', 'unpriced', { color: DRAWN.red }),
          percent('estimated_share', 'usage estimated', { color: DRAWN.orange }),
        ],
        link: callsAtPoint(),
        width: 12,
      }),
      table({
        title: 'Models without a price',
        description: 'Calls and tokens that no sum of money contains. Add their price to the price book, then re-price.',
        ask: ranked({ by: ['model', 'provider'], measures: ['calls', 'tokens'], limit: 50, only: { price_status: 'unpriced' } }),
        columns: [
          words('model', 'Model', { link: callsOf('model') }),
          words('provider', 'Provider'),
          count('calls', 'Calls', { gauge: true }),
          count('tokens', 'Tokens'),
        ],
        width: 12,
      }),
      table({
        title: 'How prices were found',
        description:
          'Calls and cost by how their price came to be: of a contract, exactly this model, an alias of it, as the provider said, estimated (a rate or a lifetime was assumed), or not at all.',
        ask: ranked({ by: ['price_status'], measures: ['calls', 'cost'] }),
        columns: [
          words('price_status', 'Status', { link: callsOf('price_status') }),
          count('calls', 'Calls', { gauge: true }),
          percent('share', 'Share'),
          dollars('cost', 'Cost'),
        ],
        width: 12,
      }),
      table({
        title: 'Attribution',
        description: ofAll('Per dimension: calls that say it, and spend that nobody has claimed.'),
        ask: allRows('attribution'),
        columns: [
          words('dimension', 'Dimension'),
          dollars('cost_without', 'Spend without', { gauge: true }),
          percent('said_share', 'Calls with'),
        ],
        width: 12,
      }),
      table({
        title: 'Emitters',
        description: ofAll('Which instrumentations calls come from, by which profile their numbers are read, and how sure that is.'),
        ask: allRows('emitters'),
        columns: [
          words('emitter', 'Emitter'),
          words('profile', 'Profile'),
          words('confidence', 'Confidence', { colors: { certain: LETTERS.good, likely: LETTERS.warning, guess: LETTERS.bad } }),
          count('calls', 'Calls', { gauge: true }),
          percent('flagged_share', 'Flagged'),
        ],
        width: 24,
      }),
      table({
        title: 'Price lists',
        description: ofAll('What the price book is made of, highest layer first: the first one that knows a rate counts.'),
        ask: rowsNow('price-lists'),
        columns: [
          words('list', 'List'),
          words('layer', 'Layer'),
          words('version', 'Version'),
          days('age_days', 'Age'),
          count('cards', 'Cards'),
        ],
        width: 12,
      }),
      table({
        title: 'Not billed, by reason',
        description: ofAll('Spans with usage that are not billed: they wrap a call, repeat one, failed, or were answered by a cache.'),
        ask: allRows('not-billable'),
        columns: [words('reason', 'Reason'), count('spans', 'Spans', { gauge: true })],
        width: 12,
      }),
    ],
  });
}
