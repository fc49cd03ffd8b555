import { STEP_GROUPS, type StepGroup, type StepSums } from '@tokenledger/ledger';
import { divideRounded, toDimensionName } from '@tokenledger/model';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import {
  choiceParameter,
  countParameter,
  filterParameters,
  rangeOf,
  rangeParameters,
  refuseEmptyRange,
  textParameter,
} from '../../parameters.ts';
import { orProblem } from '../../problem.ts';
import type { QueryApiDeps } from '../../query-api-deps.ts';
import { cellSchema, grafanaFiltersOf, ratio, usd, usdCell } from './grafana-rows.ts';

/** Steps have no model: only what they say can be filtered. */
const { service, environment, team, feature, agent } = filterParameters;
const stepFilters = { service, environment, team, feature, agent };

const stepsQuery = z
  .strictObject({
    ...rangeParameters,
    kind: textParameter.describe('tool, agent, retrieval, outcome, or another kind of step'),
    group_by: choiceParameter(STEP_GROUPS, 'step'),
    limit: countParameter({ min: 1, max: 1000, fallback: 50 }),
    ...stepFilters,
  })
  .superRefine(refuseEmptyRange);

const stepRow = z
  .object({
    steps: z.int(),
    failed: z.int(),
    error_rate: z.number().nullable(),
    latency_p50: z.number().nullable().describe('milliseconds, at most 9 % off'),
    latency_p95: z.number().nullable(),
  })
  .catchall(cellSchema);

const OUTCOME_GROUPS = ['feature', 'agent', 'team', 'service', 'environment'] as const;
const outcomesQuery = z
  .strictObject({ ...rangeParameters, group_by: choiceParameter(OUTCOME_GROUPS, 'feature'), ...stepFilters })
  .superRefine(refuseEmptyRange);

const outcomeRow = z.object({
  group: z.string(),
  outcome: z.string(),
  successes: z.int(),
  failures: z.int(),
  success_rate: z.number().nullable(),
  value: z.number().describe('as the app said, added up'),
  cost: usdCell.describe('of all calls of the group, failed attempts included'),
  cost_per_success: usdCell,
});

const MOST_OUTCOMES = 1000;

export const stepRoutes: FastifyPluginAsyncZod<QueryApiDeps> = async (app, { ledger }) => {
  app.get(
    '/v1/grafana/steps',
    {
      config: { scope: 'query' },
      schema: {
        summary: 'Steps of traces beside the calls: tools, agents, retrievals',
        tags: ['grafana'],
        querystring: stepsQuery,
        response: { 200: z.object({ rows: z.array(stepRow) }), ...orProblem },
      },
    },
    async ({ query, tenant }) => {
      const { kind, limit, group_by: groupBy } = query;
      const steps = await ledger
        .forTenant(tenant)
        .steps({ ...rangeOf(query), kind, limit, groupBy: [groupBy], filters: grafanaFiltersOf(query) });
      return { rows: steps.map((each) => toStepRow(each, groupBy)) };
    },
  );

  app.get(
    '/v1/grafana/outcomes',
    {
      config: { scope: 'query' },
      schema: {
        summary: 'What was achieved, and what a success cost',
        description: 'Outcomes that apps recorded, beside the cost of all calls of the same group in the range.',
        tags: ['grafana'],
        querystring: outcomesQuery,
        response: { 200: z.object({ rows: z.array(outcomeRow) }), ...orProblem },
      },
    },
    async ({ query, tenant }) => {
      const reader = ledger.forTenant(tenant);
      const { group_by: groupBy } = query;
      const asked = { ...rangeOf(query), filters: grafanaFiltersOf(query), limit: MOST_OUTCOMES };
      const [outcomes, costs] = await Promise.all([
        reader.steps({ ...asked, kind: 'outcome', groupBy: [groupBy, 'step', 'outcome'] }),
        reader.spend({ ...asked, groupBy: [groupBy], measures: ['cost'] }),
      ]);
      const costOf = new Map(costs.rows.map(({ dimensions, measures }) => [dimensions[groupBy] ?? '', BigInt(measures['cost'] ?? 0n)]));
      return { rows: toOutcomeRows(outcomes, groupBy, costOf) };
    },
  );
};

function toStepRow({ groups, steps, failed, latencyP50Ms, latencyP95Ms }: StepSums, groupBy: StepGroup): z.output<typeof stepRow> {
  return {
    [groupBy]: toDimensionName(groups[groupBy]),
    steps,
    failed,
    error_rate: ratio(failed, steps),
    latency_p50: latencyP50Ms,
    latency_p95: latencyP95Ms,
  };
}

function toOutcomeRows(found: readonly StepSums[], groupBy: StepGroup, costOf: ReadonlyMap<string, bigint>): z.output<typeof outcomeRow>[] {
  const byName = Map.groupBy(found, ({ groups }) => JSON.stringify([groups[groupBy] ?? '', groups.step ?? '']));
  return [...byName].map(([key, parts]) => {
    const [group = '', outcome = ''] = JSON.parse(key) as string[];
    const count = (result: string) => parts.filter(({ groups }) => groups.outcome === result).reduce((sum, { steps }) => sum + steps, 0);
    const [successes, failures] = [count('success'), count('failure')];
    const cost = costOf.get(group) ?? null;
    return {
      group: toDimensionName(group),
      outcome,
      successes,
      failures,
      success_rate: ratio(successes, successes + failures),
      value: parts.reduce((sum, { outcomeValue }) => sum + outcomeValue, 0),
      cost: usd(cost),
      cost_per_success: cost === null || successes === 0 ? null : usd(divideRounded(cost, BigInt(successes))),
    };
  });
}
