import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { orProblem } from '../problem.ts';
import type { QueryApiDeps } from '../query-api-deps.ts';
import { ofCollector } from './of-collector.ts';

export const metricsRoutes: FastifyPluginAsyncZod<QueryApiDeps> = async (app, { metrics }) => {
  app.get(
    '/metrics',
    {
      config: { scope: 'query' },
      schema: {
        summary: 'Prometheus metrics of the process',
        tags: ['health'],
        response: { 200: { description: 'Prometheus text format', content: { 'text/plain': { schema: z.string() } } }, ...orProblem },
      },
    },
    async (_request, reply) =>
      reply
        .type('text/plain; version=0.0.4; charset=utf-8')
        .serializer(String)
        .send(await ofCollector(metrics)),
  );
};
