import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { AlertRoutesOptions } from './alert-routes.ts';
import { labelsSchema, rangeOf, rangeParameters, toTime } from './range.ts';

const alert = z
  .object({
    id: z.string(),
    rule: z.string(),
    fingerprint: z.string(),
    state: z.enum(['pending', 'firing']),
    since: z.string(),
    reason: z.string(),
    told: z.boolean().describe('false while it is pending, silenced or inhibited'),
    labels: labelsSchema,
  })
  .meta({ id: 'Alert' });

const happening = z.object({
  alert_id: z.string(),
  time: z.string(),
  event: z.enum(['firing', 'resolved']),
  rule: z.string(),
  reason: z.string(),
  labels: labelsSchema,
});

export const activeRoutes: FastifyPluginAsyncZod<AlertRoutesOptions> = async (app, { alerts }) => {
  app.get(
    '/v1/alerts',
    {
      config: { scope: 'query' },
      schema: { summary: 'What is pending or firing now', tags: ['alerts'], response: { 200: z.object({ rows: z.array(alert) }) } },
    },
    async ({ tenant }) => ({
      rows: alerts
        .forTenant(tenant)
        .active()
        .flatMap(({ id, rule, fingerprint, state, reason, told, labels }) =>
          state.phase === 'inactive'
            ? []
            : [{ id, rule, fingerprint, state: state.phase, since: toTime(state.since), reason, told, labels: { ...labels } }],
        ),
    }),
  );
  app.get(
    '/v1/alerts/history',
    {
      config: { scope: 'query' },
      schema: {
        summary: 'What fired and what was resolved, newest first',
        tags: ['alerts'],
        querystring: z.strictObject({ ...rangeParameters, limit: z.coerce.number().int().min(1).max(1000).default(100) }),
        response: { 200: z.object({ rows: z.array(happening) }) },
      },
    },
    async ({ tenant, query }) => ({
      rows: alerts
        .forTenant(tenant)
        .history(rangeOf(query), query.limit)
        .map(({ alertId, atMs, event, rule, reason, labels }) => ({
          alert_id: alertId,
          time: toTime(atMs),
          event,
          rule,
          reason,
          labels: { ...labels },
        })),
    }),
  );
};
