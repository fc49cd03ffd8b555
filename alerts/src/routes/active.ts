import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { AlertRoutesOptions } from './options.ts';
import type { Alert } from '../store.ts';
import type { Incident } from '../tenant-alerts.ts';
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
    severity: z.string(),
    labels: labelsSchema,
    facts: labelsSchema.describe(
      'for people: value, threshold, expected, impact, why, top_contributors, trace and the like, where known; for machines value_usd, expected_usd, impact_usd',
    ),
    dashboard_url: z.string(),
  })
  .meta({ id: 'Alert' });

const happening = z.object({
  alert_id: z.string(),
  time: z.string(),
  event: z.enum(['firing', 'resolved']),
  rule: z.string(),
  reason: z.string(),
  labels: labelsSchema,
  facts: labelsSchema,
});

const incident = z
  .object({
    alert_id: z.string(),
    rule: z.string(),
    start: z.string(),
    end: z.string().nullable(),
    state: z.enum(['firing', 'resolved']),
    labels: labelsSchema,
    impact_usd: z.number().nullable().describe('beyond what was expected, as last known; an estimate, so no exact amount'),
    expected_usd: z.number().nullable(),
    why: z.string().nullable(),
    top_contributors: z.string().nullable(),
  })
  .meta({ id: 'Anomaly' });

const health = z
  .object({
    rounds: z.int().describe('times that all rules were evaluated since the start'),
    failures: z.int().describe('evaluations of one rule that failed since the start; what it said before stands'),
    last_round_at: z.string().nullable(),
    last_round_s: z.number().nullable(),
    messages_waiting: z.int(),
    messages_delivered: z.int(),
    messages_dead: z.int().describe('given up; each can be redelivered'),
  })
  .meta({ id: 'AlertsHealth' });

export const activeRoutes: FastifyPluginAsyncZod<AlertRoutesOptions> = async (app, { alerts }) => {
  app.get(
    '/v1/alerts',
    {
      config: { scope: 'query' },
      schema: { summary: 'What is pending or firing now', tags: ['alerts'], response: { 200: z.object({ rows: z.array(alert) }) } },
    },
    async ({ tenant }) => {
      const own = alerts.forTenant(tenant);
      return { rows: own.active().flatMap((each) => toJson(each, own.dashboardOf(each)) ?? []) };
    },
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
        .map(({ alertId, atMs, event, rule, reason, labels, facts }) => ({
          alert_id: alertId,
          time: toTime(atMs),
          event,
          rule,
          reason,
          labels: { ...labels },
          facts: { ...facts },
        })),
    }),
  );
  app.get(
    '/v1/anomalies',
    {
      config: { scope: 'query' },
      schema: {
        summary: 'Incidents that anomaly rules found, newest first: one row from the start to the end of each',
        tags: ['alerts'],
        querystring: z.strictObject({ ...rangeParameters, limit: z.coerce.number().int().min(1).max(1000).default(100) }),
        response: { 200: z.object({ rows: z.array(incident) }) },
      },
    },
    async ({ tenant, query }) => ({ rows: alerts.forTenant(tenant).incidents(rangeOf(query), query.limit).map(incidentJson) }),
  );
  app.get(
    '/v1/alerts/health',
    {
      config: { scope: 'query' },
      schema: { summary: 'How evaluation and delivery go', tags: ['alerts'], response: { 200: health } },
    },
    async ({ tenant }) => {
      const { rounds, failures, lastRoundEndedMs, lastRoundTookMs } = alerts.progress();
      const { waiting, delivered, dead } = alerts.forTenant(tenant).deliveryCounts();
      return {
        rounds,
        failures,
        last_round_at: lastRoundEndedMs === undefined ? null : toTime(lastRoundEndedMs),
        last_round_s: lastRoundTookMs === undefined ? null : lastRoundTookMs / 1000,
        messages_waiting: waiting,
        messages_delivered: delivered,
        messages_dead: dead,
      };
    },
  );
};

function toJson({ id, rule, fingerprint, state, reason, told, labels, facts }: Alert, dashboardUrl: string) {
  if (state.phase === 'inactive') return undefined;
  return {
    id,
    rule,
    fingerprint,
    state: state.phase,
    since: toTime(state.since),
    reason,
    told,
    severity: labels['severity'] ?? 'warning',
    labels: { ...labels },
    facts: { ...facts },
    dashboard_url: dashboardUrl,
  };
}

const usdIn = (text: string | undefined) => (text === undefined ? null : Number(text));

function incidentJson({ alertId, rule, labels, facts, fromMs, toMs }: Incident) {
  return {
    alert_id: alertId,
    rule,
    start: toTime(fromMs),
    end: toMs === undefined ? null : toTime(toMs),
    state: toMs === undefined ? ('firing' as const) : ('resolved' as const),
    labels: { ...labels },
    impact_usd: usdIn(facts['impact_usd']),
    expected_usd: usdIn(facts['expected_usd']),
    why: facts['why'] ?? null,
    top_contributors: facts['top_contributors'] ?? null,
  };
}
