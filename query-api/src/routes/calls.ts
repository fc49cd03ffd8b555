import type { CallPosition } from '@tokenledger/ledger';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { callSchema, toCallJson } from '../call-json.ts';
import { countParameter, filterParameters, filtersOf, rangeOf, rangeParameters, refuseEmptyRange, textParameter } from '../parameters.ts';
import { orProblem } from '../problem.ts';
import type { QueryApiDeps } from '../query-api-deps.ts';
import { spanIdParameter, traceIdParameter } from './explain.ts';

const positionSchema = z.tuple([z.int().nonnegative(), traceIdParameter, spanIdParameter]);

/** Where a page ended, as text that callers hand back unread. */
function writeCursor({ timeMs, traceId, spanId }: CallPosition): string {
  return Buffer.from(JSON.stringify([timeMs, traceId, spanId])).toString('base64url');
}

function readCursor(cursor: string): CallPosition | undefined {
  try {
    const [timeMs, traceId, spanId] = positionSchema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    return { timeMs, traceId, spanId };
  } catch {
    return undefined;
  }
}

const cursorParameter = textParameter
  .transform((text, context) => {
    const position = text === undefined ? undefined : readCursor(text);
    if (text !== undefined && position === undefined)
      context.addIssue({ code: 'custom', message: 'is no cursor: hand back `next` as it came' });
    return position;
  })
  .describe('`next` of the page before');

const query = z
  .strictObject({
    ...rangeParameters,
    trace_id: textParameter.describe('only this trace; then `from` and `to` are not needed'),
    cursor: cursorParameter,
    limit: countParameter({ min: 1, max: 1000, fallback: 100 }).describe('most calls of a page'),
    ...filterParameters,
  })
  .superRefine(refuseEmptyRange);

const answer = z.object({ rows: z.array(callSchema), next: z.string().optional().describe('cursor of the next page; absent on the last') });

export const callRoutes: FastifyPluginAsyncZod<QueryApiDeps> = async (app, { ledger }) => {
  app.get(
    '/v1/calls',
    {
      config: { scope: 'query' },
      schema: {
        summary: 'Calls, newest first',
        description:
          'Calls as they are understood now, those that are not billable included. While pages are read with `cursor`, new calls never make one appear twice.',
        tags: ['calls'],
        querystring: query,
        response: { 200: answer, ...orProblem },
      },
    },
    async ({ query, tenant }) => {
      const anyTime = query.trace_id !== undefined && query.from === undefined && query.to === undefined;
      const { calls, next } = await ledger.forTenant(tenant).calls({
        ...(anyTime ? {} : rangeOf(query)),
        traceId: query.trace_id?.toLowerCase(),
        filters: filtersOf(query),
        after: query.cursor,
        limit: query.limit,
      });
      return { rows: calls.map(toCallJson), ...(next && { next: writeCursor(next) }) };
    },
  );
};
