import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { silenceSchema } from '../silence.ts';
import type { AlertRoutesOptions } from './options.ts';
import { notFound } from './refused.ts';

const silence = z
  .object({
    id: z.string(),
    matchers: z.array(z.object({ name: z.string(), value: z.string() })),
    starts_at: z.string(),
    ends_at: z.string(),
    repeat: z.enum(['daily', 'weekly']).optional(),
    comment: z.string(),
    created_by: z.string(),
  })
  .meta({ id: 'Silence' });

export const silenceRoutes: FastifyPluginAsyncZod<AlertRoutesOptions> = async (app, { alerts }) => {
  app.get(
    '/v1/silences',
    {
      config: { scope: 'query' },
      schema: {
        summary: 'Silences and maintenance windows, past ones included',
        tags: ['alerts'],
        response: { 200: z.object({ rows: z.array(silence) }) },
      },
    },
    async ({ tenant }) => ({ rows: [...alerts.forTenant(tenant).silences()] }),
  );
  app.post(
    '/v1/silences',
    {
      config: { scope: 'admin' },
      schema: {
        summary: 'Keeps matching alerts quiet between two times, once or every day or week; one that still fires afterwards is told then',
        tags: ['alerts'],
        body: silenceSchema,
        response: { 201: silence },
      },
    },
    async ({ tenant, body }, reply) => reply.code(201).send(alerts.forTenant(tenant).addSilence(body)),
  );
  app.delete(
    '/v1/silences/:id',
    {
      config: { scope: 'admin' },
      schema: { summary: 'Ends a silence', tags: ['alerts'], params: z.object({ id: z.string() }), response: { 204: z.null() } },
    },
    async ({ tenant, params }, reply) => {
      if (!alerts.forTenant(tenant).removeSilence(params.id)) throw notFound(`silence ${params.id}`);
      return reply.code(204).send(null);
    },
  );
};
