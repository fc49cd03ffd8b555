import { DIMENSIONS } from '@tokenledger/model';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { countParameter, filterParameters, filtersOf, rangeOf, rangeParameters, refuseEmptyRange, textParameter } from '../parameters.ts';
import { orProblem } from '../problem.ts';
import type { QueryApiDeps } from '../query-api-deps.ts';

const query = z
  .strictObject({
    ...rangeParameters,
    search: textParameter.describe('only values that contain this text, in any case'),
    limit: countParameter({ min: 1, max: 10_000, fallback: 1000 }),
    ...filterParameters,
  })
  .superRefine(refuseEmptyRange);

const answer = z.object({
  values: z.array(z.object({ value: z.string().nullable().describe('null: nobody said'), calls: z.int() })).describe('most calls first'),
});

export const dimensionRoutes: FastifyPluginAsyncZod<QueryApiDeps> = async (app, { ledger }) => {
  app.get(
    '/v1/dimensions/:name',
    {
      config: { scope: 'query' },
      schema: {
        summary: 'The values of a dimension',
        tags: ['spend'],
        params: z.strictObject({ name: z.enum(DIMENSIONS, { error: `must be one of ${DIMENSIONS.join(', ')}` }) }),
        querystring: query,
        response: { 200: answer, ...orProblem },
      },
    },
    async ({ params, query, tenant }) => {
      const { search, limit } = query;
      const values = await ledger
        .forTenant(tenant)
        .dimensionValues({ dimension: params.name, ...rangeOf(query), search, limit, filters: filtersOf(query) });
      return { values: values.map(({ value, calls }) => ({ value, calls })) };
    },
  );
};
