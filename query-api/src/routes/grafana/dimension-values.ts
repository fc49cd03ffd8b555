import { DIMENSIONS } from '@tokenledger/model';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { countParameter, filterParameters, rangeOf, rangeParameters, refuseEmptyRange, textParameter } from '../../parameters.ts';
import { orProblem } from '../../problem.ts';
import type { QueryApiDeps } from '../../query-api-deps.ts';
import { grafanaFiltersOf, NONE } from './grafana-rows.ts';

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

export const dimensionValueRoutes: FastifyPluginAsyncZod<QueryApiDeps> = async (app, { ledger }) => {
  app.get(
    '/v1/grafana/dimension-values',
    {
      config: { scope: 'query' },
      schema: {
        summary: 'Values for a dashboard variable',
        tags: ['grafana'],
        querystring: query,
        response: { 200: answer, ...orProblem },
      },
    },
    async ({ query, tenant }) => {
      const { field, search, limit } = query;
      const values = await ledger
        .forTenant(tenant)
        .dimensionValues({ dimension: field, ...rangeOf(query), search, limit, filters: grafanaFiltersOf(query) });
      return { rows: values.map(({ value }) => ({ text: value ?? NONE, value: value ?? NONE })) };
    },
  );
};
