import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { TOKEN_METERS } from '@tokenledger/model';
import { overTime, ranked, totals } from '../ask.ts';
import { DRAWN } from '../colours.ts';
import { count, dollars, percent, words } from '../columns.ts';
import { dashboard } from '../dashboard.ts';
import { callsAtPoint, callsOf } from '../links.ts';
import { stat } from '../panels.ts';
import { series } from '../series.ts';
import { table } from '../table.ts';

/** `cache_read` as "cache read". */
const spoken = (meter: string) => meter.replaceAll('_', ' ');
/** What a token is, by colour: input is cold, output is warm, and reasoning stands out. */
const METER_COLORS: Readonly<Partial<Record<(typeof TOKEN_METERS)[number], string>>> = {
  input_uncached: DRAWN.blue,
  cache_read: DRAWN.green,
  cache_write: DRAWN.darkGreen,
  cache_write_5m: DRAWN.teal,
  cache_write_1h: DRAWN.olive,
  output_text: DRAWN.orange,
  reasoning: DRAWN.purple,
  audio_input: DRAWN.lightBlue,
  audio_output: DRAWN.gold,
  image_input: DRAWN.darkBlue,
  image_output: DRAWN.red,
};
const colorOf = (meter: (typeof TOKEN_METERS)[number]) => {
  const color = METER_COLORS[meter];
  return color === undefined ? {} : { color };
};
const TABLE_METERS = [
  'input_uncached',
  'cache_read',
  'cache_write',
  'cache_write_5m',
  'cache_write_1h',
  'output_text',
  'reasoning',
] as const;

const HEADERS: Readonly<Record<(typeof TABLE_METERS)[number], string>> = {
  input_uncached: 'Uncached',
  cache_read: 'Cache read',
  cache_write: 'Cache write',
  cache_write_5m: 'Write 5m',
  cache_write_1h: 'Write 1h',
  output_text: 'Output',
  reasoning: 'Reasoning',
};

/** All tiles ask one question, so that it is answered once. */
const TOTALS = totals(['tokens', 'input_tokens', 'output_tokens', 'cache_read_share', 'cache_savings', 'reasoning_share']);

const tiles = [
  stat({
    title: 'Tokens',
    description: 'All tokens of the time range, each counted once.',
    ask: TOTALS,
    value: count('tokens', 'Tokens'),
    width: 4,
  }),
  stat({
    title: 'Input',
    description: 'Input tokens, cached ones and those that were written to a cache included.',
    ask: TOTALS,
    value: count('input_tokens', 'Input'),
    width: 4,
  }),
  stat({
    title: 'Output',
    description: 'Output tokens, reasoning included.',
    ask: TOTALS,
    value: count('output_tokens', 'Output'),
    width: 4,
  }),
  stat({
    title: 'Read from cache',
    description: 'Input tokens that were read from a provider cache, of all input tokens.',
    ask: TOTALS,
    value: percent('cache_read_share', 'Read from cache'),
    width: 4,
  }),
  stat({
    title: 'Savings, est.',
    description:
      "An estimate: what cached input would have cost more at its model's plain price, less what writing the cache cost. Negative: caching did not pay. It is no part of any bill, and less exact where a price changed within an hour.",
    ask: TOTALS,
    value: dollars('cache_savings', 'Saved'),
    width: 4,
  }),
  stat({
    title: 'Reasoning',
    description: 'Reasoning tokens of all output tokens. Models that do not tell them apart count as output text.',
    ask: TOTALS,
    value: percent('reasoning_share', 'Reasoning'),
    width: 4,
  }),
];

const byModelOverTime = (measure: 'cache_read_share' | 'reasoning_share', title: string, description: string) =>
  series({
    title,
    description,
    ask: overTime({ by: 'model', measures: [measure], limit: 6, orderBy: 'tokens' }),
    values: [percent(measure, measure)],
    link: callsAtPoint('model'),
    width: 12,
    height: 9,
  });

export function tokens(): Dashboard {
  return dashboard({
    uid: 'tl-tokens',
    title: 'Token anatomy',
    description: 'What the tokens are: plain and cached input, output and reasoning, and what each of them costs.',
    panels: [
      ...tiles,
      series({
        title: 'Tokens by meter',
        description: 'Tokens per interval, each counted once: cached input is not in input, reasoning is not in output.',
        ask: overTime({ measures: TOKEN_METERS }),
        values: TOKEN_METERS.map((meter) => count(meter, spoken(meter), colorOf(meter))),
        stacked: true,
        link: callsAtPoint(),
        width: 12,
        height: 9,
      }),
      series({
        title: 'Cost by meter',
        description: 'Cost per interval of each kind of token. Fees per request, search or second are not in it.',
        ask: overTime({ measures: TOKEN_METERS.map((meter) => `cost_${meter}`) }),
        values: TOKEN_METERS.map((meter) => dollars(`cost_${meter}`, spoken(meter), colorOf(meter))),
        stacked: true,
        link: callsAtPoint(),
        width: 12,
        height: 9,
      }),
      byModelOverTime(
        'cache_read_share',
        'Read from cache by model',
        'Share of input tokens read from a cache, for the six models with the most tokens. A sudden fall often means that something at the start of a prompt has begun to change.',
      ),
      series({
        title: 'Cache savings by model, estimated',
        description:
          'An estimate of what caching saved per interval, for the eight models where it is most; below zero it cost more than it saved.',
        ask: overTime({ by: 'model', measures: ['cache_savings'], limit: 8 }),
        values: [dollars('cache_savings', 'saved')],
        stacked: true,
        link: callsAtPoint('model'),
        width: 12,
        height: 9,
      }),
      byModelOverTime(
        'reasoning_share',
        'Reasoning by model',
        'Share of output tokens spent on reasoning, for those of the six models with the most tokens that say. Rising without better answers is reasoning inflation.',
      ),
      series({
        title: 'Output tokens by model',
        description: 'Output tokens per interval, reasoning included, for the eight models with the most.',
        ask: overTime({ by: 'model', measures: ['output_tokens'], limit: 8 }),
        values: [count('output_tokens', 'output')],
        stacked: true,
        link: callsAtPoint('model'),
        width: 12,
        height: 9,
      }),
      table({
        title: 'Tokens by model',
        description: 'Every token meter that language models use, by model, those with the most tokens first.',
        ask: ranked({ by: ['model'], measures: ['tokens', ...TABLE_METERS, 'cost'], limit: 50 }),
        columns: [
          words('model', 'Model', { link: callsOf('model') }),
          count('tokens', 'All', { gauge: true }),
          ...TABLE_METERS.map((meter) => count(meter, HEADERS[meter])),
          dollars('cost', 'Cost'),
        ],
        width: 24,
      }),
      table({
        title: 'Caching by feature',
        description: 'How well each feature uses caches, those with the most input first.',
        ask: ranked({ by: ['feature'], measures: ['input_tokens', 'cache_read_share', 'cache_savings', 'cost'], limit: 50 }),
        columns: [
          words('feature', 'Feature', { link: callsOf('feature') }),
          count('input_tokens', 'Input', { gauge: true }),
          percent('cache_read_share', 'From cache'),
          dollars('cache_savings', 'Saved, est.'),
          dollars('cost', 'Cost'),
        ],
        width: 12,
      }),
      table({
        title: 'Reasoning by feature',
        description: 'How much each feature thinks before it answers, those that spend most on it first.',
        ask: ranked({ by: ['feature'], measures: ['cost_reasoning', 'reasoning', 'reasoning_share', 'output_tokens'], limit: 50 }),
        columns: [
          words('feature', 'Feature', { link: callsOf('feature') }),
          dollars('cost_reasoning', 'Cost of reasoning', { gauge: true }),
          count('reasoning', 'Reasoning'),
          percent('reasoning_share', 'Of output'),
          count('output_tokens', 'Output'),
        ],
        width: 12,
      }),
    ],
  });
}
