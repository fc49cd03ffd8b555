import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { RECEIVER_FORMATS, type Receiver, receiverSchema } from '../receiver.ts';
import type { AlertRoutesOptions } from './options.ts';
import { toTime } from './range.ts';
import { notFound, Refused } from './refused.ts';

/** Secrets, and addresses that hold one, are written and never read. */
const receiver = z
  .object({ name: z.string(), format: z.enum(RECEIVER_FORMATS), host: z.string(), secrets: z.int().describe('how many are set') })
  .meta({ id: 'Receiver' });
const named = z.object({ name: z.string() });

const letter = z.object({
  id: z.string().describe('the `webhook-id`'),
  receiver: z.string(),
  status: z.enum(['waiting', 'delivered', 'dead']),
  attempts: z.int(),
  time: z.string(),
  error: z.string().nullable(),
});

const toJson = ({ name, format, url, secrets }: Receiver) => ({ name, format, host: new URL(url).host, secrets: secrets.length });

export const receiverRoutes: FastifyPluginAsyncZod<AlertRoutesOptions> = async (app, { alerts }) => {
  app.get(
    '/v1/receivers',
    {
      config: { scope: 'query' },
      schema: {
        summary: 'Where alerts go',
        tags: ['alerts'],
        response: { 200: z.object({ rows: z.array(receiver), operator: z.array(z.string()) }) },
      },
    },
    async ({ tenant }) => {
      const own = alerts.forTenant(tenant);
      return { rows: own.receivers().map(toJson), operator: [...own.operatorReceiverNames()] };
    },
  );
  app.put(
    '/v1/receivers/:name',
    {
      config: { scope: 'admin' },
      schema: {
        summary: 'Adds a receiver, or replaces the one of this name',
        tags: ['alerts'],
        params: named,
        body: receiverSchema,
        response: { 200: receiver },
      },
    },
    async ({ tenant, params, body }) => {
      if (body.name !== params.name) throw new Refused(400, `name: is ${body.name} in the body and ${params.name} in the address`);
      if (body.allow_private) throw new Refused(400, 'allow_private: only the operator may allow it, in the rules file');
      alerts.forTenant(tenant).putReceiver(body);
      return toJson(body);
    },
  );
  app.delete(
    '/v1/receivers/:name',
    {
      config: { scope: 'admin' },
      schema: { summary: 'Removes a receiver', tags: ['alerts'], params: named, response: { 204: z.null() } },
    },
    async ({ tenant, params }, reply) => {
      if (!alerts.forTenant(tenant).removeReceiver(params.name)) throw notFound(`receiver ${params.name}`);
      return reply.code(204).send(null);
    },
  );
  app.post(
    '/v1/receivers/:name/test',
    {
      config: { scope: 'admin' },
      schema: {
        summary: 'Sends a test message now',
        tags: ['alerts'],
        params: named,
        response: { 200: z.object({ delivered: z.boolean(), error: z.string().nullable() }) },
      },
    },
    async ({ tenant, params }) => {
      const outcome = await alerts.forTenant(tenant).testReceiver(params.name);
      if (!outcome) throw notFound(`receiver ${params.name}`);
      return { delivered: outcome.kind === 'delivered', error: outcome.kind === 'delivered' ? null : outcome.error };
    },
  );
  app.get(
    '/v1/receivers/deliveries',
    {
      config: { scope: 'query' },
      schema: {
        summary: "Messages to the tenant's receivers, newest first",
        tags: ['alerts'],
        querystring: z.strictObject({ limit: z.coerce.number().int().min(1).max(1000).default(100) }),
        response: { 200: z.object({ rows: z.array(letter) }) },
      },
    },
    async ({ tenant, query }) => ({
      rows: alerts
        .forTenant(tenant)
        .deliveries(query.limit)
        .map(({ createdMs, receiver: box, ...rest }) => ({ ...rest, receiver: box.slice(box.indexOf('/') + 1), time: toTime(createdMs) })),
    }),
  );
  app.post(
    '/v1/receivers/:name/deliveries/:id/redeliver',
    {
      config: { scope: 'admin' },
      schema: {
        summary: 'Lets a dead letter wait again, under its old id',
        tags: ['alerts'],
        params: z.object({ name: z.string(), id: z.string() }),
        response: { 204: z.null() },
      },
    },
    async ({ tenant, params }, reply) => {
      if (!alerts.forTenant(tenant).redeliver(params.id, params.name)) throw notFound(`dead letter ${params.id} of ${params.name}`);
      return reply.code(204).send(null);
    },
  );
};
