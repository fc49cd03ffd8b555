import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { orProblem } from '../problem.ts';
import type { QueryApiDeps } from '../query-api-deps.ts';

const ok = z.object({ status: z.literal('ok') });

export const healthRoutes: FastifyPluginAsyncZod<QueryApiDeps> = async (app, { ledger }) => {
  app.get(
    '/healthz',
    {
      config: { scope: 'public' },
      schema: { summary: 'The process answers', tags: ['health'], security: [], response: { 200: ok, ...orProblem } },
    },
    async () => ({ status: 'ok' as const }),
  );
  app.get(
    '/readyz',
    {
      config: { scope: 'public' },
      schema: { summary: 'The ledger answers (503 until it does)', tags: ['health'], security: [], response: { 200: ok, ...orProblem } },
    },
    async () => {
      await ledger.ping();
      return { status: 'ok' as const };
    },
  );
};
