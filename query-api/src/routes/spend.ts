import { INTERVALS } from '@tokenledger/ledger';
import { DIMENSIONS } from '@tokenledger/model';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { toTime } from '../call-json.ts';
import {
  choiceParameter,
  countParameter,
  filterParameters,
  filtersOf,
  groupByParameter,
  measureParameter,
  measuresParameter,
  rangeOf,
  rangeParameters,
  refuseEmptyRange,
} from '../parameters.ts';
import { orProblem } from '../problem.ts';
import type { QueryApiDeps } from '../query-api-deps.ts';
import { spendRowSchema, toSpendCells, unitsOf } from '../spend-json.ts';

const DEFAULT_MEASURES = ['cost', 'calls'] as const;

const query = z
  .strictObject({
    ...rangeParameters,
    interval: choiceParameter(INTERVALS, 'none').describe(
      'width of the time buckets, UTC; `none` (default): one sum over the range; `auto`: minutes up to 6 hours, hours up to 8 days, then days',
    ),
    group_by: groupByParameter,
    measures: measuresParameter,
    order_by: measureParameter,
    order: choiceParameter(['desc', 'asc'], 'desc').describe('biggest first (desc) or smallest first (asc)'),
    limit: countParameter({ min: 1, max: 10_000, fallback: 1000 }).describe('most groups; each comes with all its buckets'),
    ...filterParameters,
  })
  .superRefine(refuseEmptyRange);

const answer = z.object({
  rows: z.array(spendRowSchema),
  meta: z.object({
    from: z.string(),
    to: z.string(),
    step_s: z.number().nullable().describe('width of the buckets in seconds; null without buckets'),
    group_by: z.array(z.enum(DIMENSIONS)),
    units: z.record(z.string(), z.string()).describe('unit of each measure'),
    truncated: z.boolean().describe('there are more groups than `limit`'),
    sources: z.array(z.string()).describe('the tables that answered'),
  }),
});

export const spendRoutes: FastifyPluginAsyncZod<QueryApiDeps> = async (app, { ledger }) => {
  app.get(
    '/v1/spend',
    {
      config: { scope: 'query' },
      schema: {
        summary: 'What was spent',
        description:
          'Sums by time and dimension, exact for any range. Rows come in order of time, then of `order_by`; every group has every bucket, a quiet one with 0. A cost is null where no call of the group has a known price.',
        tags: ['spend'],
        querystring: query,
        response: { 200: answer, ...orProblem },
      },
    },
    async ({ query, tenant }) => {
      const range = rangeOf(query);
      const measures = query.measures ?? DEFAULT_MEASURES;
      const { rows, stepMs, truncated, sources } = await ledger.forTenant(tenant).spend({
        ...range,
        interval: query.interval,
        groupBy: query.group_by ?? [],
        measures,
        filters: filtersOf(query),
        orderBy: query.order_by,
        direction: query.order,
        limit: query.limit,
      });
      return {
        rows: rows.map((row) => ({ ...(row.timeMs !== undefined && { time: toTime(row.timeMs) }), ...toSpendCells(row) })),
        meta: {
          from: toTime(range.from),
          to: toTime(range.to),
          step_s: stepMs === null ? null : stepMs / 1000,
          group_by: [...(query.group_by ?? [])],
          units: unitsOf(measures),
          truncated,
          sources: [...sources],
        },
      };
    },
  );
};
