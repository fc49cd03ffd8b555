import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { type Rule, ruleSchema, toRuleInput } from '../rule.ts';
import type { TenantAlerts } from '../tenant-alerts.ts';
import type { AlertRoutesOptions } from './options.ts';
import { labelsSchema, rangeOf, rangeParameters, toTime } from './range.ts';
import { notFound, Refused } from './refused.ts';

/** A rule as it is put; durations as text. */
const ruleJson = z.record(z.string(), z.unknown());
const named = z.object({ name: z.string() });
const MOST_PREVIEWED_MS = 35 * 86_400_000;

const previewed = z.object({
  step_s: z.number().describe('how often the rule was looked at'),
  rows: z.array(z.object({ time: z.string(), event: z.enum(['firing', 'resolved']), labels: labelsSchema, reason: z.string() })),
});

export const ruleRoutes: FastifyPluginAsyncZod<AlertRoutesOptions> = async (app, { alerts }) => {
  app.get(
    '/v1/alerts/rules',
    {
      config: { scope: 'query' },
      schema: {
        summary: 'The rules that are watched',
        tags: ['alerts'],
        response: { 200: z.object({ rows: z.array(z.object({ origin: z.enum(['builtin', 'file', 'api']), rule: ruleJson })) }) },
      },
    },
    async ({ tenant }) => ({
      rows: alerts
        .forTenant(tenant)
        .rules()
        .map(({ origin, rule }) => ({ origin, rule: { ...toRuleInput(rule) } })),
    }),
  );
  app.put(
    '/v1/alerts/rules/:name',
    {
      config: { scope: 'admin' },
      schema: {
        summary: 'Adds a rule, or replaces the one of this name; `enabled: false` switches off one that ships',
        tags: ['alerts'],
        params: named,
        body: ruleSchema,
        response: { 200: z.object({ rule: ruleJson }) },
      },
    },
    async ({ tenant, params, body }) => {
      const own = alerts.forTenant(tenant);
      if (body.name !== params.name) throw new Refused(400, `name: is ${body.name} in the body and ${params.name} in the address`);
      refuseUnknownReceivers(body, own);
      own.putRule(toRuleInput(body));
      return { rule: { ...toRuleInput(body) } };
    },
  );
  app.delete(
    '/v1/alerts/rules/:name',
    {
      config: { scope: 'admin' },
      schema: {
        summary: 'Removes a rule that was put here; one of the operator with this name counts again',
        tags: ['alerts'],
        params: named,
        response: { 204: z.null() },
      },
    },
    async ({ tenant, params }, reply) => {
      if (!alerts.forTenant(tenant).removeRule(params.name)) throw notFound(`rule ${params.name} that was put here`);
      return reply.code(204).send(null);
    },
  );
  app.post(
    '/v1/alerts/preview',
    {
      config: { scope: 'query' },
      schema: {
        summary: 'What a rule would have told over a stretch of the past',
        tags: ['alerts'],
        body: z.strictObject({ rule: ruleSchema, ...rangeParameters }),
        response: { 200: previewed },
      },
    },
    async ({ tenant, body: { rule, ...times } }) => {
      const range = rangeOf(times);
      if (!(range.from < range.to && range.to - range.from <= MOST_PREVIEWED_MS))
        throw new Refused(400, 'from: must be at most 35 days before to');
      const { stepMs, events } = await alerts.forTenant(tenant).preview(rule, range);
      return {
        step_s: stepMs / 1000,
        rows: events.map(({ atMs, event, labels, reason }) => ({ time: toTime(atMs), event, labels: { ...labels }, reason })),
      };
    },
  );
};

function refuseUnknownReceivers({ receivers }: Rule, own: TenantAlerts): void {
  const known = new Set([...own.receivers().map(({ name }) => name), ...own.operatorReceiverNames()]);
  const unknown = receivers.filter((name) => !known.has(name));
  if (unknown.length > 0) throw new Refused(400, `receivers: there is no ${unknown.join(', ')}`);
}
