import { DIMENSIONS, toDimensionName } from '@tokenledger/model';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import {
  countParameter,
  filterParameters,
  rangeOf,
  rangeParameters,
  refuseEmptyRange,
  textParameter,
  type Range,
} from '../../parameters.ts';
import { orProblem } from '../../problem.ts';
import type { QueryApiDeps } from '../../query-api-deps.ts';
import { grafanaFiltersOf } from './grafana-rows.ts';

const query = z
  .strictObject({
    ...rangeParameters,
    field: z.enum(DIMENSIONS, { error: `must be one of ${DIMENSIONS.join(', ')}` }),
    search: textParameter,
    limit: countParameter({ min: 1, max: 10_000, fallback: 1000 }),
    ...filterParameters,
  })
  .superRefine(refuseEmptyRange);

const answer = z.object({ rows: z.array(z.object({ text: z.string(), value: z.string() })) });

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** A list to choose from may cover a little more than the range: whole hours (minutes of a short range) are one read of one rollup. */
function widened({ from, to }: Range): Range {
  const stepMs = to - from < 6 * HOUR_MS ? MINUTE_MS : HOUR_MS;
  return { from: Math.floor(from / stepMs) * stepMs, to: Math.ceil(to / stepMs) * stepMs };
}

export const dimensionValueRoutes: FastifyPluginAsyncZod<QueryApiDeps> = async (app, { ledger }) => {
  app.get(
    '/v1/grafana/dimension-values',
    {
      config: { scope: 'query' },
      schema: {
        summary: 'Values for a dashboard variable',
        description: 'Of the hours that the range touches, or of the minutes where it is shorter than six hours; most calls first.',
        tags: ['grafana'],
        querystring: query,
        response: { 200: answer, ...orProblem },
      },
    },
    async ({ query, tenant }) => {
      const { field, search, limit } = query;
      const values = await ledger
        .forTenant(tenant)
        .dimensionValues({ dimension: field, ...widened(rangeOf(query)), search, limit, filters: grafanaFiltersOf(query) });
      return { rows: values.map(({ value }) => ({ text: toDimensionName(value), value: toDimensionName(value) })) };
    },
  );
};
