import { setTimeout as sleep } from 'node:timers/promises';
import { formatUsd, type RepriceStatus, type TenantId } from '@tokenledger/model';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { toTime, usdSchema } from '../call-json.ts';
import { isOperator } from '../operator.ts';
import { parseTime } from '../parameters.ts';
import { orProblem, Problem } from '../problem.ts';
import type { QueryApiDeps } from '../query-api-deps.ts';

/** A short job is answered with its result, a longer one is to be asked for. */
const PATIENCE_MS = 5_000;

const time = z.union([z.string(), z.int()]).transform((given, context) => {
  const parsed = parseTime(String(given));
  if (parsed === undefined) context.addIssue({ code: 'custom', message: 'is no time: write RFC 3339, a date or epoch milliseconds' });
  return parsed ?? 0;
});

const body = z
  .strictObject({
    from: time.describe('event time of the first calls to price anew'),
    to: time.describe('first instant after the last'),
    dry_run: z.boolean().default(false).describe('says what would change and writes nothing'),
  })
  .superRefine(({ from, to }, context) => {
    if (from >= to) context.addIssue({ code: 'custom', path: ['to'], message: 'is not after from' });
  });

const answer = z.object({
  state: z.enum(['running', 'interrupted', 'done', 'failed']).describe('interrupted: the server is stopping; its next start goes on'),
  from: z.string(),
  to: z.string(),
  dry_run: z.boolean(),
  price_version: z.string().describe('the price data it prices with'),
  calls_seen: z.int(),
  calls_changed: z.int(),
  difference_usd: usdSchema.describe('all differences added up'),
  differences: z.array(
    z.object({
      tenant: z.string(),
      model: z.string(),
      calls: z.int().describe('whose price is another now'),
      newly_priced: z.int(),
      newly_unpriced: z.int(),
      before_usd: usdSchema.describe('known cost; what is unpriced adds nothing'),
      after_usd: usdSchema,
      difference_usd: usdSchema,
    }),
  ),
  problem: z.string().optional().describe('why it failed'),
});

export const repriceRoutes: FastifyPluginAsyncZod<QueryApiDeps> = async (app, { repricer }) => {
  const config = { scope: 'admin' } as const;
  const response = { 200: answer, ...orProblem };
  app.post(
    '/v1/reprice',
    {
      config,
      schema: {
        summary: 'Prices stored calls anew',
        description: `Calls whose price is another now get entries with the difference; rollups follow. Asking again adds nothing. Answers when it is done, or after ${PATIENCE_MS / 1000} s with \`running\`: then ask with GET. An admin key of the tenant default re-prices every tenant, any other key its own.`,
        tags: ['prices'],
        body,
        response,
      },
    },
    async ({ tenant, body }) => {
      if (!repricer) throw new Problem('not_found', 'this process does not re-price: ask `tokenledger up`');
      const { from: fromMs, to: toMs, dry_run: dryRun } = body;
      const { accepted, finished } = repricer.start({ fromMs, toMs, dryRun, tenant: isOperator(tenant) ? undefined : tenant });
      if (!accepted) throw new Problem('conflict', 'another re-pricing is running');
      const patience = new AbortController();
      const waited = sleep(PATIENCE_MS, undefined, { signal: patience.signal }).catch(() => undefined);
      const status = (await Promise.race([finished, waited])) ?? repricer.status();
      patience.abort();
      return toJson(ofTenant(status, tenant));
    },
  );
  app.get(
    '/v1/reprice',
    {
      config,
      schema: { summary: 'The re-pricing that runs, or the last one', tags: ['prices'], querystring: z.strictObject({}), response },
    },
    async ({ tenant }) => toJson(ofTenant(repricer?.status(), tenant)),
  );
};

/** A tenant learns nothing of what was done for others. */
function ofTenant(status: RepriceStatus | undefined, tenant: TenantId): RepriceStatus {
  if (!status || !(isOperator(tenant) || status.tenant === tenant)) throw new Problem('not_found', 'nothing was re-priced yet');
  return status;
}

function toJson(status: RepriceStatus): z.output<typeof answer> {
  const { state, fromMs, toMs, dryRun, priceVersion, callsSeen, differences, problem } = status;
  return {
    state,
    from: toTime(fromMs),
    to: toTime(toMs),
    dry_run: dryRun,
    price_version: priceVersion,
    calls_seen: callsSeen,
    calls_changed: differences.reduce((sum, { calls }) => sum + calls, 0),
    difference_usd: formatUsd(differences.reduce((sum, { before, after }) => sum + after - before, 0n)),
    differences: differences.map(({ tenant, model, calls, newlyPriced, newlyUnpriced, before, after }) => ({
      tenant,
      model,
      calls,
      newly_priced: newlyPriced,
      newly_unpriced: newlyUnpriced,
      before_usd: formatUsd(before),
      after_usd: formatUsd(after),
      difference_usd: formatUsd(after - before),
    })),
    ...(problem !== undefined && { problem }),
  };
}
