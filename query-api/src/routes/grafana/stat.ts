import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { filterParameters, measuresParameter, rangeParameters, refuseEmptyRange } from '../../parameters.ts';
import { orProblem } from '../../problem.ts';
import type { QueryApiDeps } from '../../query-api-deps.ts';
import { compareCells, previousRange } from './compare.ts';
import { cellSchema, grafanaFiltersOf, toGrafanaCells } from './grafana-rows.ts';
import { pointParameters, rangeOfPoint } from './point.ts';

const query = z
  .strictObject({ ...rangeParameters, ...pointParameters, measures: measuresParameter, ...filterParameters })
  .superRefine(refuseEmptyRange);

const answer = z.object({ rows: z.array(z.record(z.string(), cellSchema)).length(1) });

export const statRoutes: FastifyPluginAsyncZod<QueryApiDeps> = async (app, { ledger }) => {
  app.get(
    '/v1/grafana/stat',
    {
      config: { scope: 'query' },
      schema: {
        summary: 'Measures over the range, in one row',
        description: 'Each measure beside its value in the range of the same length before, and the change between them.',
        tags: ['grafana'],
        querystring: query,
        response: { 200: answer, ...orProblem },
      },
    },
    async ({ query, tenant }) => {
      const reader = ledger.forTenant(tenant);
      const range = rangeOfPoint(query);
      const measures = query.measures ?? ['cost', 'calls'];
      const filters = grafanaFiltersOf(query);
      const [now, before] = await Promise.all([
        reader.spend({ ...range, measures, filters }),
        reader.spend({ ...previousRange(range), measures, filters }),
      ]);
      // A point that is out of the range has no row.
      const row = now.rows[0] ?? { dimensions: {}, measures: Object.fromEntries(measures.map((name) => [name, null])) };
      return { rows: [{ ...toGrafanaCells(row), ...compareCells(measures, row.measures, before.rows[0]?.measures) }] };
    },
  );
};
