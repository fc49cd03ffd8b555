import { overridesSchema, parseOverrides } from '@tokenledger/pricing/overrides';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { invalidRequest } from '../error-handler.ts';
import { refuseUnlessOperator } from '../operator.ts';
import { orProblem, Problem } from '../problem.ts';
import type { QueryApiDeps } from '../query-api-deps.ts';

/** A contract with hundreds of rates is a long text. */
const BODY_LIMIT_BYTES = 4 * 1024 * 1024;
const NOT_HERE = 'prices cannot be changed through this process: set prices_file for each process, or ask `tokenledger up`';

const body = overridesSchema.meta({ id: 'PriceOverrides' });

const answer = z.object({
  version: z.string().describe('names the price data in force now'),
  known_from: z.string().nullable().describe('since when these overrides are known; null before the first'),
  overrides: body,
});

export const priceOverrideRoutes: FastifyPluginAsyncZod<QueryApiDeps> = async (app, { priceBook, overrides }) => {
  const current = () => {
    if (!overrides) throw new Problem('not_found', NOT_HERE);
    const { knownFrom = null, overrides: said } = overrides.current();
    return { version: priceBook.version, known_from: knownFrom, overrides: said };
  };
  const config = { scope: 'admin' } as const;
  app.get(
    '/v1/prices/overrides',
    {
      config,
      schema: {
        summary: "The operator's own prices",
        tags: ['prices'],
        querystring: z.strictObject({}),
        response: { 200: answer, ...orProblem },
      },
    },
    async ({ tenant }) => {
      refuseUnlessOperator(tenant);
      return current();
    },
  );
  app.put(
    '/v1/prices/overrides',
    {
      config,
      bodyLimit: BODY_LIMIT_BYTES,
      schema: {
        summary: "Replaces the operator's own prices",
        description:
          'Contracts, custom models, deployments, and whole cards, rules and aliases. In force at once for every price asked for from now on; stored calls keep theirs until they are re-priced. What was in force before is kept, so that a price "as known on" an earlier day can be given. Overrides of a `prices_file` stay beside these.',
        tags: ['prices'],
        body,
        response: { 200: answer, ...orProblem },
      },
    },
    async ({ tenant, body }) => {
      refuseUnlessOperator(tenant);
      const parsed = parseOverrides(body);
      if (!parsed.ok) throw invalidRequest(parsed.problems.map(({ path, message }) => ({ parameter: path, message })));
      if (!overrides) throw new Problem('not_found', NOT_HERE);
      await overrides.replace(body);
      return current();
    },
  );
};
