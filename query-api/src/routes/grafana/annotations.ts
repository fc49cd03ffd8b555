import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { choiceParameter, rangeOf, rangeParameters, refuseEmptyRange } from '../../parameters.ts';
import { orProblem } from '../../problem.ts';
import type { Annotation, QueryApiDeps } from '../../query-api-deps.ts';
import { priceChanges } from './price-changes.ts';

const answer = z.object({
  rows: z.array(z.object({ time: z.int(), time_end: z.int(), title: z.string(), text: z.string(), tags: z.string() })),
});

export const annotationRoutes: FastifyPluginAsyncZod<QueryApiDeps> = async (app, { annotations, ledger, priceBook }) => {
  app.get(
    '/v1/grafana/annotations',
    {
      config: { scope: 'query' },
      schema: {
        summary: 'Alerts, anomalies and price changes as marks on a chart',
        tags: ['grafana'],
        querystring: z
          .strictObject({
            ...rangeParameters,
            kind: choiceParameter(['all', 'alerts', 'prices'], 'all').describe('`prices`: when the price of a model in use changed'),
          })
          .superRefine(refuseEmptyRange),
        response: { 200: answer, ...orProblem },
      },
    },
    async ({ query, tenant }) => {
      const range = rangeOf(query);
      const [alerts, prices] = await Promise.all([
        query.kind === 'prices' ? [] : annotations?.(tenant, range),
        query.kind === 'alerts' ? [] : priceChanges(ledger.forTenant(tenant), priceBook, range),
      ]);
      return { rows: [...(alerts ?? []), ...prices].toSorted((a, b) => a.timeMs - b.timeMs).map(toRow) };
    },
  );
};

function toRow({ timeMs, endMs, title, text, tags }: Annotation) {
  return { time: timeMs, time_end: endMs ?? timeMs, title, text, tags: tags.join(',') };
}
