import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { toPriceBookJson } from '../coverage.ts';
import { ofCollector } from '../of-collector.ts';
import { rangeOf, rangeParameters, refuseEmptyRange } from '../../parameters.ts';
import { orProblem } from '../../problem.ts';
import type { QueryApiDeps } from '../../query-api-deps.ts';
import { orNone, ratio, usd, usdCell } from './grafana-rows.ts';

const range = z.strictObject(rangeParameters).superRefine(refuseEmptyRange);
const share = z.number().nullable();

const coverageRow = z.object({
  calls: z.int(),
  priced_share: share,
  unpriced_calls: z.int(),
  estimated_share: share,
  with_usage_share: share.describe('of calls: those whose tokens are known'),
  flagged_share: share.describe(
    "of calls: those whose numbers contradict each other or their emitter's profile, or whose emitter is not known",
  ),
  price_age_days: z.int().nullable().describe('since the newest knowledge of the published price lists'),
});
const attributionRow = z.object({ dimension: z.string(), said_share: share, calls_without: z.int(), cost_without: usdCell });
const emitterRow = z.object({
  emitter: z.string(),
  profile: z.string(),
  confidence: z.string(),
  calls: z.int(),
  flagged: z.int(),
  flagged_share: share,
});
const reasonRow = z.object({ reason: z.string(), spans: z.int() });
const priceListRow = z.object({ list: z.string(), layer: z.string(), version: z.string(), age_days: z.int(), cards: z.int() });
const booksRow = z.object({
  received: z.int(),
  stored: z.int(),
  duplicate: z.int(),
  rejected: z.int(),
  dropped: z.int(),
  waiting: z.int().describe('in the journal'),
  balanced: z.int().describe('1: received = stored + duplicate + rejected + dropped + waiting'),
});
const lagRow = z.object({
  newest_call_age_s: z.number().nullable().describe('since the newest call of the last day started'),
  receive_lag_p50_s: z
    .number()
    .nullable()
    .describe(
      'from the end of a call until the collector had it, of the last hour with calls; null where none were received: a history that was loaded counts for nothing',
    ),
  receive_lag_p95_s: z.number().nullable(),
  store_lag_p50_s: z.number().nullable().describe('from the collector to the ledger'),
  store_lag_p95_s: z.number().nullable(),
});

/** The ledger about itself. */
export const grafanaHealthRoutes: FastifyPluginAsyncZod<QueryApiDeps> = async (app, { ledger, priceBook, books }) => {
  const asked = { config: { scope: 'query' as const } };
  const described = <Row extends z.ZodType, Query extends z.ZodType>(summary: string, querystring: Query, row: Row) => ({
    summary,
    tags: ['grafana'],
    querystring,
    response: { 200: z.object({ rows: z.array(row) }), ...orProblem },
  });

  app.get(
    '/v1/grafana/coverage',
    { ...asked, schema: described('How much is priced and understood, in one row', range, coverageRow) },
    async ({ query, tenant }) => {
      const found = await ledger.forTenant(tenant).understood(rangeOf(query));
      const { calls, unpricedCalls, estimatedCalls, callsWithoutUsage, flaggedCalls } = found;
      return {
        rows: [
          {
            calls,
            priced_share: ratio(calls - unpricedCalls, calls),
            unpriced_calls: unpricedCalls,
            estimated_share: ratio(estimatedCalls, calls),
            with_usage_share: ratio(calls - callsWithoutUsage, calls),
            flagged_share: ratio(flaggedCalls, calls),
            price_age_days: toPriceBookJson(priceBook).age_days,
          },
        ],
      };
    },
  );

  app.get(
    '/v1/grafana/attribution',
    { ...asked, schema: described('How much says who caused it, per dimension', range, attributionRow) },
    async ({ query, tenant }) => {
      const { calls, attribution } = await ledger.forTenant(tenant).attribution(rangeOf(query));
      return {
        rows: attribution.map(({ dimension, callsWithout, costWithout }) => ({
          dimension,
          said_share: ratio(calls - callsWithout, calls),
          calls_without: callsWithout,
          cost_without: usd(costWithout),
        })),
      };
    },
  );

  app.get(
    '/v1/grafana/emitters',
    { ...asked, schema: described('Which instrumentations calls come from, and how surely they are understood', range, emitterRow) },
    async ({ query, tenant }) => {
      const emitters = await ledger.forTenant(tenant).emitters(rangeOf(query));
      return {
        rows: emitters.map(({ scope, version, profile, confidence, calls, flaggedCalls }) => ({
          emitter: orNone(scope === '' ? '' : `${scope} ${version}`.trim()),
          profile,
          confidence,
          calls,
          flagged: flaggedCalls,
          flagged_share: ratio(flaggedCalls, calls),
        })),
      };
    },
  );

  app.get(
    '/v1/grafana/not-billable',
    { ...asked, schema: described('Spans with usage that are not billed, by reason', range, reasonRow) },
    async ({ query, tenant }) => {
      const notBillable = await ledger.forTenant(tenant).notBillable(rangeOf(query));
      return { rows: notBillable.map(({ reason, spans }) => ({ reason: orNone(reason), spans })) };
    },
  );

  app.get(
    '/v1/grafana/price-lists',
    { ...asked, schema: described('What the price book is made of', z.strictObject({}), priceListRow) },
    async () => ({
      rows: toPriceBookJson(priceBook).lists.map(({ name, layer, version, age_days, cards }) => ({
        list: name,
        layer,
        version,
        age_days,
        cards,
      })),
    }),
  );

  app.get(
    '/v1/grafana/books',
    { ...asked, schema: described('Where every received span went since the collector started, in one row', z.strictObject({}), booksRow) },
    async () => {
      const told = booksSchema.parse(await ofCollector(books));
      return { rows: [{ ...told, rejected: sum(told.rejected), dropped: sum(told.dropped), balanced: told.balanced ? 1 : 0 }] };
    },
  );

  app.get(
    '/v1/grafana/lag',
    { ...asked, schema: described('How far behind the ledger is, in one row', z.strictObject({}), lagRow) },
    async ({ tenant }) => {
      const { newestMs, receive, store } = await ledger.forTenant(tenant).lag();
      return {
        rows: [
          {
            newest_call_age_s: newestMs === null ? null : Math.max(0, (Date.now() - newestMs) / 1000),
            receive_lag_p50_s: receive.p50,
            receive_lag_p95_s: receive.p95,
            store_lag_p50_s: store.p50,
            store_lag_p95_s: store.p95,
          },
        ],
      };
    },
  );
};

const count = z.int().nonnegative().default(0);
const counts = z.record(z.string(), count).default({});
/** What of the collector's books is shown. */
const booksSchema = z.object({
  received: count,
  stored: count,
  duplicate: count,
  rejected: counts,
  dropped: counts,
  waiting: count,
  balanced: z.boolean().default(false),
});

const sum = (reasons: Readonly<Record<string, number>>) => Object.values(reasons).reduce((total, spans) => total + spans, 0);
