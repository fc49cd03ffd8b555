import { formatUsd } from '@tokenledger/model';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { BudgetCondition, OutlookFacts } from '../../alerts-view.ts';
import { countParameter, rangeOf, rangeParameters, refuseEmptyRange } from '../../parameters.ts';
import { orProblem } from '../../problem.ts';
import type { QueryApiDeps } from '../../query-api-deps.ts';
import { usdCell } from './grafana-rows.ts';

const range = z.strictObject(rangeParameters).superRefine(refuseEmptyRange);
const historyQuery = z
  .strictObject({ ...rangeParameters, limit: countParameter({ min: 1, max: 1000, fallback: 200 }) })
  .superRefine(refuseEmptyRange);

const alertRow = z.object({
  since: z.int(),
  state: z.string(),
  rule: z.string(),
  series: z.string(),
  severity: z.string(),
  reason: z.string(),
});
const happeningRow = z.object({
  time: z.int(),
  event: z.string(),
  rule: z.string(),
  series: z.string(),
  severity: z.string(),
  reason: z.string(),
});
const outlook = {
  period_end: z.int(),
  spent: usdCell,
  forecast: z
    .number()
    .nullable()
    .describe('USD expected at the end of the period; an estimate. null where nothing that was seen has a price'),
  forecast_low: z.number().nullable().describe('in nine of ten cases it is between low and high; null with less than six weeks of history'),
  forecast_high: z.number().nullable(),
};
const budgetRow = z.object({
  name: z.string().describe('budget and series'),
  budget: z.string(),
  series: z.string(),
  period: z.string(),
  amount: z.string(),
  used_share: z.number().nullable(),
  pace_share: z.number().nullable().describe("of a usual period's spend that falls before now"),
  burn_rate: z.number().nullable().describe('used_share / pace_share: above 1 the amount will not do'),
  state: z.enum(['ok', 'burning', 'exhausted']),
  ...outlook,
  chance_exceeded: z.number().nullable(),
  exhausted_at: z
    .int()
    .nullable()
    .describe('when it was, by the hour; or when it will be, if the forecast is right; null: not in this period'),
});
const anomalyRow = z.object({
  start: z.int(),
  end: z.int().nullable(),
  state: z.string(),
  rule: z.string(),
  series: z.string(),
  impact: z.number().nullable().describe('USD beyond what was expected; an estimate'),
  expected: z.number().nullable(),
  why: z.string(),
  top_contributors: z.string(),
});
const deliveriesRow = z.object({ waiting: z.int(), delivered: z.int(), dead: z.int().describe('given up') });
const expectationRow = z.object({ time: z.int(), actual: z.number(), expected: z.number().nullable(), upper: z.number().nullable() });

/** Flat rows of what alerts know; empty where none run. */
export const grafanaAlertRoutes: FastifyPluginAsyncZod<QueryApiDeps> = async (app, { alerts }) => {
  const asked = { config: { scope: 'query' as const } };
  const described = <Row extends z.ZodType, Query extends z.ZodType>(summary: string, querystring: Query, row: Row) => ({
    summary,
    tags: ['grafana'],
    querystring,
    response: { 200: z.object({ rows: z.array(row) }), ...orProblem },
  });

  app.get(
    '/v1/grafana/alerts',
    { ...asked, schema: described('What is pending or firing now', z.strictObject({}), alertRow) },
    async ({ tenant }) => ({
      rows: (alerts?.forTenant(tenant).active() ?? []).flatMap(({ rule, labels, reason, state }) =>
        state.phase === 'inactive' ? [] : [{ since: state.since, state: state.phase, rule, ...toSeries(labels), reason }],
      ),
    }),
  );

  app.get(
    '/v1/grafana/alert-history',
    { ...asked, schema: described('What fired and was resolved, in ascending time', historyQuery, happeningRow) },
    async ({ query, tenant }) => ({
      rows: (alerts?.forTenant(tenant).history(rangeOf(query), query.limit) ?? [])
        .map(({ atMs, event, rule, labels, reason }) => ({ time: atMs, event, rule, ...toSeries(labels), reason }))
        .toSorted((a, b) => a.time - b.time),
    }),
  );

  app.get(
    '/v1/grafana/anomalies',
    { ...asked, schema: described('Incidents that anomaly rules found, in ascending time', historyQuery, anomalyRow) },
    async ({ query, tenant }) => ({
      rows: (alerts?.forTenant(tenant).incidents(rangeOf(query), query.limit) ?? [])
        .map(({ rule, labels, facts, fromMs, toMs }) => ({
          start: fromMs,
          end: toMs ?? null,
          state: toMs === undefined ? 'firing' : 'resolved',
          rule,
          series: toSeries(labels).series,
          impact: usdIn(facts['impact_usd']),
          expected: usdIn(facts['expected_usd']),
          why: facts['why'] ?? '',
          top_contributors: facts['top_contributors'] ?? '',
        }))
        .toSorted((a, b) => a.start - b.start),
    }),
  );

  app.get(
    '/v1/grafana/alert-deliveries',
    { ...asked, schema: described('How notifications fare, in one row', z.strictObject({}), deliveriesRow) },
    async ({ tenant }) => {
      const { waiting, delivered, dead } = alerts?.forTenant(tenant).deliveryCounts() ?? { waiting: 0, delivered: 0, dead: 0 };
      return { rows: [{ waiting, delivered, dead }] };
    },
  );

  app.get(
    '/v1/grafana/budgets',
    { ...asked, schema: described('Where every budget stands and where it will end', z.strictObject({}), budgetRow) },
    async ({ tenant }) => {
      const found = (await alerts?.forTenant(tenant).budgets()) ?? [];
      return {
        rows: found.flatMap(({ rule: { name, condition }, outlooks }) => outlooks.map((each) => toBudgetRow(name, condition, each))),
      };
    },
  );

  app.get(
    '/v1/grafana/forecast',
    {
      ...asked,
      schema: described('All spend to the end of the month', z.strictObject({}), z.object(outlook)),
    },
    async ({ tenant }) => {
      const found = await alerts?.forTenant(tenant).forecast();
      return { rows: found ? [toOutlook(found)] : [] };
    },
  );

  app.get(
    '/v1/grafana/expectation',
    { ...asked, schema: described('Spend by the hour beside what the anomaly detector expects', range, expectationRow) },
    async ({ query, tenant }) => ({
      rows: ((await alerts?.forTenant(tenant).expectation(rangeOf(query))) ?? []).map(({ timeMs, actualUsd, expectedUsd, upperUsd }) => ({
        time: timeMs,
        actual: actualUsd,
        expected: expectedUsd ?? null,
        upper: upperUsd ?? null,
      })),
    }),
  );
};

/** Labels that say which series of the rule it is. */
function toSeries(labels: Readonly<Record<string, string>>): { readonly series: string; readonly severity: string } {
  const { alertname: _rule, severity = '', ...dimensions } = labels;
  const series = Object.entries(dimensions).map(([name, value]) => `${name}=${value || '(none)'}`);
  return { series: series.join(', ') || 'all', severity };
}

const usdIn = (text: string | undefined) => (text === undefined ? null : Number(text));

const spentUsd = ({ spent }: OutlookFacts) => (typeof spent === 'bigint' ? Number(spent) / 1e12 : spent);

function toBudgetRow(budget: string, { period, amount_usd: amount }: BudgetCondition, each: OutlookFacts): z.output<typeof budgetRow> {
  const { series } = toSeries(each.labels);
  const spent = spentUsd(each);
  const used = spent !== null && Number(amount) > 0 ? spent / Number(amount) : null;
  return {
    name: series === 'all' ? budget : `${budget} · ${series}`,
    budget,
    series,
    period,
    amount,
    used_share: used,
    pace_share: each.paceShare ?? null,
    burn_rate: used === null || !each.paceShare ? null : used / each.paceShare,
    state: each.state,
    ...toOutlook(each),
    chance_exceeded: each.chance ?? null,
    exhausted_at: each.exhaustedMs ?? null,
  };
}

function toOutlook({ period, spent, forecastUsd, intervalUsd }: OutlookFacts) {
  return {
    period_end: period.to,
    spent: typeof spent === 'bigint' ? formatUsd(spent) : null,
    forecast: forecastUsd === 0 && typeof spent !== 'bigint' ? null : forecastUsd,
    forecast_low: intervalUsd?.[0] ?? null,
    forecast_high: intervalUsd?.[1] ?? null,
  };
}
