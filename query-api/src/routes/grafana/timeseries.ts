import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import {
  choiceParameter,
  countParameter,
  filterParameters,
  groupByParameter,
  measureParameter,
  measuresParameter,
  rangeOf,
  rangeParameters,
  refuseEmptyRange,
  type Range,
} from '../../parameters.ts';
import { orProblem } from '../../problem.ts';
import type { QueryApiDeps } from '../../query-api-deps.ts';
import { cellSchema, grafanaFiltersOf, perTime, RATES, seriesOf, toGrafanaCells, type Rate } from './grafana-rows.ts';

const MINUTE_MS = 60_000;
/** Widths that divide a day, so that buckets of any range fall on the same marks. A month is drawn in days, not in day and night. */
const STEPS_MS = [1, 5, 10, 15, 30, 60, 180, 360, 1440].map((minutes) => minutes * MINUTE_MS);
const WIDEST_MS = 1440 * MINUTE_MS;

/** The finest step that draws the range with at most so many points. */
export function stepFor(spanMs: number, points: number): number {
  return STEPS_MS.find((stepMs) => spanMs / stepMs <= points) ?? WIDEST_MS;
}

/** How much of a bucket lies within the range, which cuts the first and the last one short. A bucket outside of it counts as whole. */
function overlapMs({ from, to }: Range, startMs: number, stepMs: number): number {
  const partMs = Math.min(startMs + stepMs, to) - Math.max(startMs, from);
  return partMs > 0 ? partMs : stepMs;
}

const query = z
  .strictObject({
    ...rangeParameters,
    points: countParameter({ min: 1, max: 11_000, fallback: 300 }).describe('most points per series; the server chooses the step'),
    group_by: groupByParameter,
    measures: measuresParameter,
    order_by: measureParameter,
    limit: countParameter({ min: 1, max: 500, fallback: 20 }).describe('most series, the biggest first'),
    per: choiceParameter(['bucket', ...(Object.keys(RATES) as Rate[])], 'bucket').describe(
      'sums per bucket, or as a rate over that part of the bucket that is in the range and not in the future',
    ),
    ...filterParameters,
  })
  .superRefine(refuseEmptyRange);

const answer = z.object({
  rows: z.array(z.object({ time: z.int().describe('epoch milliseconds'), series: z.string() }).catchall(cellSchema)),
  meta: z.object({ step_s: z.number(), truncated: z.boolean() }),
});

export const timeSeriesRoutes: FastifyPluginAsyncZod<QueryApiDeps> = async (app, { ledger }) => {
  app.get(
    '/v1/grafana/timeseries',
    {
      config: { scope: 'query' },
      schema: {
        summary: 'Measures over time, long rows',
        description: 'Every series has every bucket. `series` names the line: its dimensions joined by " · ".',
        tags: ['grafana'],
        querystring: query,
        response: { 200: answer, ...orProblem },
      },
    },
    async ({ query, tenant }) => {
      const range = rangeOf(query);
      const stepMs = stepFor(range.to - range.from, query.points);
      const { rows, truncated } = await ledger.forTenant(tenant).spend({
        ...range,
        interval: stepMs,
        groupBy: query.group_by ?? [],
        measures: query.measures ?? ['cost', 'calls'],
        filters: grafanaFiltersOf(query),
        orderBy: query.order_by,
        limit: query.limit,
      });
      const counted = { from: range.from, to: Math.min(range.to, Date.now()) };
      return {
        rows: rows.map(({ measures, ...row }) => ({
          ...toGrafanaCells({
            ...row,
            measures:
              query.per === 'bucket' ? measures : perTime(measures, query.per, overlapMs(counted, row.timeMs ?? range.from, stepMs)),
          }),
          time: row.timeMs ?? range.from,
          series: seriesOf(row),
        })),
        meta: { step_s: stepMs / 1000, truncated },
      };
    },
  );
};
