import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { orProblem } from '../problem.ts';
import type { QueryApiDeps } from '../query-api-deps.ts';
import { ofCollector } from './of-collector.ts';

const spans = z.int().nonnegative();

const answer = z
  .looseObject({
    received: spans.describe('= stored + duplicate + rejected + dropped + waiting'),
    recovered: spans.describe('of `received`: found in the journal at the start'),
    stored: spans,
    duplicate: spans.describe('known already'),
    rejected: z.record(z.string(), spans).describe('refused as bad, by reason; the sender was told'),
    dropped: z.record(z.string(), spans).describe('accepted and then not stored, by reason'),
    waiting: spans.describe('in the journal'),
    balanced: z.boolean(),
  })
  .meta({ id: 'Books' });

type Books = z.input<typeof answer>;

export const bookRoutes: FastifyPluginAsyncZod<QueryApiDeps> = async (app, { books }) => {
  app.get(
    '/v1/books',
    {
      config: { scope: 'query' },
      schema: {
        summary: 'Where every received span went',
        description: 'Spans of the whole collector since it started, not of one tenant. 503 while the collector is away.',
        tags: ['coverage'],
        querystring: z.strictObject({}),
        response: { 200: answer, ...orProblem },
      },
    },
    async () => ofCollector(books) as Promise<Books>,
  );
};
