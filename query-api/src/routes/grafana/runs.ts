import { RUN_GROUPS, type RunGroup, type RunStatistics } from '@tokenledger/ledger';
import { divideRounded, toDimensionName } from '@tokenledger/model';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { choiceParameter, countParameter, filterParameters, rangeOf, rangeParameters, refuseEmptyRange } from '../../parameters.ts';
import { orProblem } from '../../problem.ts';
import type { QueryApiDeps } from '../../query-api-deps.ts';
import { grafanaFiltersOf, orNone, ratio, usd, usdCell } from './grafana-rows.ts';

const runsQuery = z
  .strictObject({ ...rangeParameters, limit: countParameter({ min: 1, max: 1000, fallback: 50 }), ...filterParameters })
  .superRefine(refuseEmptyRange);

const runRow = z.object({
  run: z.string(),
  agent: z.string(),
  team: z.string(),
  feature: z.string(),
  calls: z.int(),
  errors: z.int(),
  steps: z.int(),
  tool_calls: z.int(),
  cost: usdCell,
  outcome: z.string().describe('success, failure, or (none) where nobody said'),
});

const statisticsQuery = z
  .strictObject({
    ...rangeParameters,
    group_by: choiceParameter(['none', ...RUN_GROUPS], 'none'),
    ...filterParameters,
  })
  .superRefine(refuseEmptyRange);

const statisticsRow = z.object({
  group: z.string(),
  runs: z.int(),
  cost: usdCell,
  cost_per_run: usdCell,
  cost_median: usdCell,
  cost_p95: usdCell,
  cost_max: usdCell,
  calls_per_run: z.number().nullable(),
  steps_per_run: z.number().nullable(),
  tool_calls_per_run: z.number().nullable(),
  errors: z.int(),
  successes: z.int().describe('runs with a successful outcome'),
  failures: z.int().describe('runs that said they failed'),
  success_rate: z.number().nullable().describe('of the runs that said how they came out'),
  cost_per_success: usdCell.describe('cost of all runs, failed ones included, / successful runs'),
  failed_cost: usdCell,
});

export const runRoutes: FastifyPluginAsyncZod<QueryApiDeps> = async (app, { ledger }) => {
  app.get(
    '/v1/grafana/runs',
    {
      config: { scope: 'query' },
      schema: {
        summary: 'The most expensive runs of agents',
        tags: ['grafana'],
        querystring: runsQuery,
        response: { 200: z.object({ rows: z.array(runRow) }), ...orProblem },
      },
    },
    async ({ query, tenant }) => {
      const runs = await ledger.forTenant(tenant).runs({ ...rangeOf(query), limit: query.limit, filters: grafanaFiltersOf(query) });
      return {
        rows: runs.map(({ toolCalls, ...run }) => ({
          ...run,
          run: toDimensionName(run.run),
          agent: toDimensionName(run.agent),
          team: toDimensionName(run.team),
          feature: toDimensionName(run.feature),
          tool_calls: toolCalls,
          cost: usd(run.cost),
          outcome: orNone(run.outcome),
        })),
      };
    },
  );

  app.get(
    '/v1/grafana/run-statistics',
    {
      config: { scope: 'query' },
      schema: {
        summary: 'What runs of agents cost, do and achieve',
        description: 'Percentiles over runs are exact. A run is all calls and steps that name it.',
        tags: ['grafana'],
        querystring: statisticsQuery,
        response: { 200: z.object({ rows: z.array(statisticsRow) }), ...orProblem },
      },
    },
    async ({ query, tenant }) => {
      const groupBy = query.group_by === 'none' ? undefined : (query.group_by satisfies RunGroup);
      const found = await ledger.forTenant(tenant).runStatistics({ ...rangeOf(query), groupBy, filters: grafanaFiltersOf(query) });
      return { rows: found.map(toStatisticsRow) };
    },
  );
};

const perOne = (cost: bigint | null, count: number) => (cost === null || count === 0 ? null : usd(divideRounded(cost, BigInt(count))));

function toStatisticsRow(each: RunStatistics): z.output<typeof statisticsRow> {
  return {
    group: each.group === undefined ? 'all' : toDimensionName(each.group),
    runs: each.runs,
    cost: usd(each.cost),
    cost_per_run: perOne(each.cost, each.pricedRuns),
    cost_median: usd(each.median),
    cost_p95: usd(each.p95),
    cost_max: usd(each.max),
    calls_per_run: ratio(each.calls, each.runs),
    steps_per_run: ratio(each.steps, each.runs),
    tool_calls_per_run: ratio(each.toolCalls, each.runs),
    errors: each.errors,
    successes: each.successes,
    failures: each.failures,
    success_rate: ratio(each.successes, each.successes + each.failures),
    cost_per_success: perOne(each.cost, each.successes),
    failed_cost: usd(each.failedCost),
  };
}
