import { DashboardBuilder, DashboardCursorSync } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { Dollars, Milliseconds, PercentUnit, Short } from '@grafana/grafana-foundation-sdk/units';
import { TOKEN_METERS } from '@tokenledger/model';
import { filterVariables } from '../filters.ts';
import { bars, series, stat, table } from '../panels.ts';
import { groupsOverTime, measuresOverTime, oneNumber, ranking } from '../spend-query.ts';

const TILE = { height: 4 } as const;
const TOP = 10;

/** Every token meter, `cache_read` as "cache read". */
const TOKENS = Object.fromEntries(TOKEN_METERS.map((meter) => [meter, meter.replaceAll('_', ' ')]));

const SPENDERS = {
  measures: ['cost', 'calls', 'cost_per_call', 'cache_read_share'],
  columns: { cost: 'Cost', share: 'Share', calls: 'Calls', cost_per_call: 'Per call', cache_read_share: 'From cache' },
  limit: TOP,
} as const;

const SPENDER_FORMATS = {
  Cost: { unit: Dollars, gauge: true },
  Share: { unit: PercentUnit, decimals: 1 },
  Calls: { unit: Short },
  'Per call': { unit: Dollars, decimals: 5 },
  'From cache': { unit: PercentUnit, decimals: 1 },
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
        query: oneNumber('cost'),
        unit: Dollars,
        width: 5,
      }),
    )
    .withPanel(
      stat({
        ...TILE,
        title: 'Change',
        description: 'Spend compared with the time range of the same length just before. Empty when nothing was spent then.',
        query: oneNumber('cost', 'cost_change'),
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
        description: 'Spend since the first of the month, whatever the time range.',
        query: oneNumber('cost'),
        timeFrom: 'now/M',
        unit: Dollars,
        width: 5,
      }),
    )
    .withPanel(
      stat({
        ...TILE,
        title: 'Cost per call',
        description: 'Spend divided by the calls that have a price.',
        query: oneNumber('cost_per_call'),
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
        query: oneNumber('unpriced_share'),
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
        query: groupsOverTime({ measures: ['cost'], by: 'model', limit: TOP }),
        grouped: true,
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
        query: ranking({ measures: ['cost'], by: 'team', limit: TOP, columns: { cost: 'Cost' } }),
        unit: Dollars,
        width: 8,
        height: 9,
      }),
    )
    .withPanel(
      table({
        title: 'Top features',
        description: 'The features with the highest spend.',
        query: ranking({ ...SPENDERS, by: 'feature' }),
        formats: SPENDER_FORMATS,
        width: 12,
        height: 9,
      }),
    )
    .withPanel(
      table({
        title: 'Top customers',
        description: 'The customers whose calls cost most.',
        query: ranking({ ...SPENDERS, by: 'customer' }),
        formats: SPENDER_FORMATS,
        width: 12,
        height: 9,
      }),
    )
    .withPanel(
      series({
        title: 'Tokens by meter',
        description: 'Tokens per interval, each counted once: cached input is not in input, reasoning is not in output.',
        query: measuresOverTime(TOKENS),
        stacked: true,
        unit: Short,
        width: 12,
        height: 8,
      }),
    )
    .withPanel(
      series({
        title: 'Requests and errors',
        description:
          'Requests to a provider per interval, billed or not, and how many of them failed. A request that was refused outright counts, too.',
        query: measuresOverTime({ requests: 'requests', errors: 'errors' }),
        unit: Short,
        width: 12,
        height: 8,
      }),
    )
    .withPanel(
      series({
        title: 'Latency by model (p95)',
        description: 'The duration that 95 % of the calls stay below, for the ten slowest models.',
        query: groupsOverTime({ measures: ['latency_p95'], by: 'model', limit: TOP }),
        grouped: true,
        unit: Milliseconds,
        width: 12,
        height: 8,
      }),
    )
    .withPanel(
      table({
        title: 'Models without a price',
        description: 'Calls and tokens that no sum of money here contains. Add their price to the price book, then re-price.',
        query: ranking({
          measures: ['calls', 'tokens'],
          by: 'model',
          limit: TOP,
          columns: { calls: 'Calls', tokens: 'Tokens' },
          only: { price_status: 'unpriced' },
        }),
        formats: { Calls: { unit: Short, gauge: true }, Tokens: { unit: Short } },
        width: 12,
        height: 8,
      }),
    )
    .build();
}
