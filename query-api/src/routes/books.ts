import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { orProblem } from '../problem.ts';
import type { QueryApiDeps } from '../query-api.ts';

export const bookRoutes: FastifyPluginAsyncZod<QueryApiDeps> = async (app, { books }) => {
  app.get(
    '/v1/books',
    {
      config: { scope: 'query' },
      schema: {
        summary: 'Where every received span went',
        description: 'received = stored + duplicate + rejected + dropped + waiting, for the whole collector since it started.',
        tags: ['coverage'],
        querystring: z.strictObject({}),
        response: { 200: z.record(z.string(), z.unknown()).meta({ id: 'Books' }), ...orProblem },
      },
    },
    async () => ({ ...(await books()) }),
  );
};
