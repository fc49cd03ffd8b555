import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Dimension } from '@tokenledger/model';
import { overTime, ranked, totals } from '../ask.ts';
import { DRAWN } from '../colours.ts';
import { count, dollars, milliseconds, percent, perSecond, words, type Column } from '../columns.ts';
import { dashboard } from '../dashboard.ts';
import { callsAtPoint, callsOf } from '../links.ts';
import { stat } from '../panels.ts';
import { series } from '../series.ts';
import { table } from '../table.ts';

/** All tiles ask one question, so that it is answered once. */
const TOTALS = totals(['requests', 'error_rate', 'latency_p95', 'ttft_p95', 'output_tokens_per_second', 'waste']);

const tile = (value: Column, title: string, description: string) => stat({ title, description, ask: TOTALS, value, width: 4 });

interface Lines {
  readonly title: string;
  readonly description: string;
  readonly per?: 'minute';
  readonly isLogarithmic?: boolean;
}

/** Of those that are asked most: a rare model is often the slowest, and seldom the trouble. */
const lines = (value: Column, by: Dimension, { per, ...facts }: Lines) =>
  series({
    ...facts,
    ask: overTime({ by, measures: [value.selector], limit: 6, orderBy: 'requests', ...(per && { per }) }),
    values: [value],
    link: callsAtPoint(by),
    width: 12,
  });

const SIGNALS: readonly Column[] = [
  count('requests', 'Requests', { gauge: true }),
  percent('error_rate', 'Error rate'),
  milliseconds('latency_p50', 'p50'),
  milliseconds('latency_p95', 'p95'),
  milliseconds('latency_p99', 'p99'),
  milliseconds('ttft_p95', 'First token'),
  perSecond('output_tokens_per_second', 'Tokens/s'),
  dollars('waste', 'Waste'),
];

export function goldenSignals(): Dashboard {
  return dashboard({
    uid: 'tl-golden',
    title: 'Golden signals',
    description: 'Rate, errors, latency, time to the first token and speed, by provider and model, and what failures cost.',
    from: 'now-24h',
    panels: [
      tile(count('requests', 'Requests'), 'Requests', 'Requests to providers in the time range, billed or not.'),
      tile(percent('error_rate', 'Error rate'), 'Error rate', 'Failed requests / requests. One that the app gave up is no failure.'),
      tile(
        milliseconds('latency_p95', 'p95'),
        'Latency, p95',
        'The duration that 95 % of calls stay below, streams to their end. Known to 9 %.',
      ),
      tile(
        milliseconds('ttft_p95', 'p95'),
        'First token, p95',
        'The time to the first token that 95 % of streamed calls stay below. Calls that are not streamed have none.',
      ),
      tile(
        perSecond('output_tokens_per_second', 'Tokens/s'),
        'Tokens per second',
        'Output tokens / the time that calls took, in all. Known to 5 %.',
      ),
      tile(dollars('waste', 'Waste'), 'Waste', 'Cost of calls whose answer nobody used: they failed, or the app hung up.'),
      lines(count('requests', 'requests'), 'provider', {
        title: 'Requests per minute by provider',
        description: 'Requests to each provider, billed or not.',
        per: 'minute',
      }),
      lines(percent('error_rate', 'errors'), 'provider', {
        title: 'Error rate by provider',
        description: 'Failed requests / requests per interval. Lines go on over intervals without requests.',
      }),
      lines(milliseconds('latency_p95', 'p95'), 'model', {
        title: 'Latency by model (p95)',
        description: 'The duration that 95 % of the calls stay below, for the six busiest models. The scale is logarithmic.',
        isLogarithmic: true,
      }),
      lines(milliseconds('ttft_p95', 'p95'), 'model', {
        title: 'First token by model (p95)',
        description: 'The time to the first token that 95 % of streamed calls stay below, for the six busiest models.',
      }),
      lines(perSecond('output_tokens_per_second', 'tokens/s'), 'model', {
        title: 'Tokens per second by model',
        description: 'Output tokens / the time that calls took, for the six busiest models.',
      }),
      series({
        title: 'Waste by kind',
        description: 'Cost of calls that failed for good, that failed so that clients try again, and that the app gave up.',
        ask: overTime({ measures: ['waste_failed', 'waste_retryable', 'waste_aborted'] }),
        values: [
          dollars('waste_failed', 'failed', { color: DRAWN.red }),
          dollars('waste_retryable', 'retried', { color: DRAWN.orange }),
          dollars('waste_aborted', 'aborted', { color: DRAWN.purple }),
        ],
        stacked: true,
        link: callsAtPoint(),
        width: 12,
      }),
      table({
        title: 'By provider and model',
        description: 'All signals of each model at each provider, those with the most requests first.',
        ask: ranked({ by: ['provider', 'model'], measures: SIGNALS.map(({ selector }) => selector), limit: 50 }),
        columns: [words('provider', 'Provider', { width: 100 }), words('model', 'Model', { link: callsOf('model') }), ...SIGNALS],
        width: 24,
        height: 10,
      }),
      table({
        title: 'Errors',
        description: 'What went wrong, by provider: the type as the provider or the client library names it.',
        ask: ranked({ by: ['error_type', 'provider'], measures: ['errors', 'requests', 'waste'], limit: 50, only: { status: 'error' } }),
        columns: [
          words('error_type', 'Error', { link: callsOf('error_type') }),
          words('provider', 'Provider'),
          count('errors', 'Errors', { gauge: true }),
          percent('share', 'Share'),
          dollars('waste', 'Waste'),
        ],
        width: 12,
      }),
      table({
        title: 'By service',
        description: 'All that counts for whoever runs a service, those with the most requests first.',
        ask: ranked({ by: ['service'], measures: ['requests', 'error_rate', 'latency_p95', 'cost'], limit: 50 }),
        columns: [
          words('service', 'Service', { link: callsOf('service') }),
          count('requests', 'Requests', { gauge: true }),
          percent('error_rate', 'Error rate'),
          milliseconds('latency_p95', 'Latency p95'),
          dollars('cost', 'Cost'),
        ],
        width: 12,
      }),
    ],
  });
}
