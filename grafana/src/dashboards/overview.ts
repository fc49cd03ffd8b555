import { DashboardBuilder, DashboardCursorSync } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { Dollars, Milliseconds, PercentUnit, Short } from '@grafana/grafana-foundation-sdk/units';
import { filterVariables } from '../filters.ts';
import { bars, series, stat, table } from '../panels.ts';
import { spendInTotal, spendOverTime, spendSummary } from '../spend-query.ts';

const TILE = { height: 4 } as const;
const TOP = 10;

const TOKENS = {
  input_uncached: 'input',
  cache_read: 'cache read',
  cache_write_5m: 'cache write 5m',
  cache_write_1h: 'cache write 1h',
  cache_write: 'cache write',
  output_text: 'output',
  reasoning: 'reasoning',
  audio_input: 'audio input',
  audio_output: 'audio output',
} as const;

export function overview(): Dashboard {
  return new DashboardBuilder('Overview')
    .uid('tl-overview')
    .description('What the model calls of all teams cost, who caused it, and how well it is known.')
    .tags(['tokenledger'])
    .readonly()
    .timezone('browser')
    .time({ from: 'now-7d', to: 'now' })
    .refresh('1m')
    .tooltip(DashboardCursorSync.Crosshair)
    .variables(filterVariables())
    .withPanel(
      stat({
        ...TILE,
        title: 'Spend',
        description: 'Cost of all priced calls in the time range.',
        query: spendSummary({ selector: 'cost', text: 'Spend' }),
        unit: Dollars,
        width: 5,
      }),
    )
    .withPanel(
      stat({
        ...TILE,
        title: 'Change',
        description: 'Spend compared with the time range of the same length just before. Empty when nothing was spent then.',
        query: spendSummary({ selector: 'cost_change', text: 'Change' }),
        unit: PercentUnit,
        decimals: 1,
        steps: [
          { from: 0.2, color: 'orange' },
          { from: 0.5, color: 'red' },
        ],
        width: 5,
      }),
    )
    .withPanel(
      stat({
        ...TILE,
        title: 'Month to date',
        description: 'Spend since the first of the month (UTC), whatever the time range.',
        query: spendSummary({ selector: 'cost_month_to_date', text: 'Month to date' }),
        unit: Dollars,
        width: 5,
      }),
    )
    .withPanel(
      stat({
        ...TILE,
        title: 'Cost per call',
        description: 'Spend divided by the calls that have a price.',
        query: spendInTotal({ measures: { cost_per_call: 'Cost per call' } }),
        unit: Dollars,
        decimals: 5,
        width: 5,
      }),
    )
    .withPanel(
      stat({
        ...TILE,
        title: 'Unpriced calls',
        description: 'Share of calls whose price is not known. They are missing in every sum of money here; see the table below.',
        query: spendInTotal({ measures: { unpriced_share: 'Unpriced calls' } }),
        unit: PercentUnit,
        decimals: 1,
        steps: [{ from: 0.01, color: 'orange' }],
        width: 4,
      }),
    )
    .withPanel(
      series({
        title: 'Spend by model',
        description: 'Cost per interval, stacked by the model that answered; the ten models with the highest spend.',
        query: spendOverTime({ measures: { cost: 'cost' }, by: 'model', limit: TOP }),
        seriesBy: 'model',
        stacked: true,
        unit: Dollars,
        width: 16,
        height: 9,
      }),
    )
    .withPanel(
      bars({
        title: 'Spend by team',
        description: 'Cost in the time range per team. Calls that name no team are one bar of their own.',
        query: spendInTotal({ measures: { cost: 'Cost' }, by: 'team', limit: TOP }),
        unit: Dollars,
        width: 8,
        height: 9,
      }),
    )
    .withPanel(
      table({
        title: 'Top features',
        description: 'The features with the highest spend.',
        query: spendInTotal({
          measures: { cost: 'Cost', calls: 'Calls', cost_per_call: 'Per call', cache_read_share: 'From cache' },
          by: 'feature',
          limit: TOP,
        }),
        formats: SPENDER,
        width: 12,
        height: 9,
      }),
    )
    .withPanel(
      table({
        title: 'Top customers',
        description: 'The customers whose calls cost most.',
        query: spendInTotal({
          measures: { cost: 'Cost', calls: 'Calls', cost_per_call: 'Per call', cache_read_share: 'From cache' },
          by: 'customer',
          limit: TOP,
        }),
        formats: SPENDER,
        width: 12,
        height: 9,
      }),
    )
    .withPanel(
      series({
        title: 'Tokens by meter',
        description: 'Tokens per interval, each counted once: cached input is not in input, reasoning is not in output.',
        query: spendOverTime({ measures: TOKENS }),
        stacked: true,
        unit: Short,
        width: 12,
        height: 8,
      }),
    )
    .withPanel(
      series({
        title: 'Calls and errors',
        description: 'Calls per interval, and how many of them failed.',
        query: spendOverTime({ measures: { calls: 'calls', errors: 'errors' } }),
        unit: Short,
        width: 12,
        height: 8,
      }),
    )
    .withPanel(
      series({
        title: 'Latency by model (p95)',
        description: 'The duration that 95 % of the calls stay below, for the ten models with the most calls.',
        query: spendOverTime({ measures: { latency_p95: 'latency' }, by: 'model', limit: TOP }),
        seriesBy: 'model',
        unit: Milliseconds,
        width: 12,
        height: 8,
      }),
    )
    .withPanel(
      table({
        title: 'Models without a price',
        description: 'Calls and tokens that no sum of money here contains. Add a price to the price book, then re-price.',
        query: spendInTotal({ measures: { unpriced_calls: 'Unpriced calls', calls: 'Calls', tokens: 'Tokens' }, by: 'model', limit: TOP }),
        formats: { 'Unpriced calls': { unit: Short, gauge: true }, Calls: { unit: Short }, Tokens: { unit: Short } },
        width: 12,
        height: 8,
      }),
    )
    .build();
}

const SPENDER = {
  Cost: { unit: Dollars, gauge: true },
  Calls: { unit: Short },
  'Per call': { unit: Dollars, decimals: 5 },
  'From cache': { unit: PercentUnit, decimals: 1 },
} as const;
