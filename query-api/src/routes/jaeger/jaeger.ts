import type { TenantReader, Trace } from '@tokenledger/ledger';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { Problem } from '../../problem.ts';
import type { QueryApiDeps } from '../../query-api-deps.ts';
import { toJaegerTrace, UNKNOWN_SERVICE } from './jaeger-trace.ts';
import { LOOK_BACK_MS, matchesSearch, readSearch, searchQuery, type Search } from './search.ts';

const DAY_MS = 86_400_000;

const listOf = <Item>(data: readonly Item[]) => ({ data, errors: null, limit: 0, offset: 0, total: data.length });

/**
 * The five routes of Jaeger's query service that Grafana's Jaeger data source asks. A trace is found by its calls; steps come
 * with it.
 */
export const jaegerRoutes: FastifyPluginAsyncZod<QueryApiDeps> = async (app, { ledger }) => {
  const asked = { config: { scope: 'query' as const } };
  const recently = () => ({ from: Date.now() - LOOK_BACK_MS, to: Date.now() + DAY_MS });

  app.get('/api/services', asked, async ({ tenant }) => {
    const values = await ledger.forTenant(tenant).dimensionValues({ dimension: 'service', ...recently() });
    return listOf(values.map(({ value }) => value ?? UNKNOWN_SERVICE).toSorted());
  });

  app.get(
    '/api/services/:service/operations',
    { ...asked, schema: { params: z.object({ service: z.string() }) } },
    async ({ params, tenant }) => {
      const filters = { service: serviceFilter(params.service) };
      const values = await ledger.forTenant(tenant).dimensionValues({ dimension: 'operation', ...recently(), filters });
      return listOf(values.flatMap(({ value }) => (value === null ? [] : [value])).toSorted());
    },
  );

  app.get(
    '/api/traces/:trace_id',
    { ...asked, schema: { params: z.object({ trace_id: z.string().regex(/^[0-9a-f]{1,32}$/i, 'is no trace id: hex digits') }) } },
    async ({ params, tenant }) => {
      const traceId = params.trace_id.toLowerCase().padStart(32, '0');
      const trace = await ledger.forTenant(tenant).trace(traceId);
      // Grafana reads data[0] of whatever is not an error, so an empty list would break it.
      if (!trace) throw new Problem('not_found', `there is no trace ${traceId}`);
      return listOf([toJaegerTrace(trace)]);
    },
  );

  app.get('/api/traces', { ...asked, schema: { querystring: searchQuery } }, async ({ query, tenant }) => {
    const found = await findTraces(ledger.forTenant(tenant), readSearch(query));
    return listOf(found.map(toJaegerTrace));
  });

  app.get('/api/dependencies', asked, async () => listOf([]));
};

const serviceFilter = (service: string) => (service === UNKNOWN_SERVICE ? ['', service] : [service]);

const CALLS_PER_PAGE = 500;
/** A search that still found too few traces after so many pages of calls ends with what it has. */
const MOST_PAGES = 10;

/** The newest traces with a matching call. */
async function findTraces(reader: TenantReader, search: Search): Promise<readonly Trace[]> {
  if (search.filters === undefined) return [];
  const { service, ...filters } = search.filters;
  const asked = {
    from: search.from,
    to: search.to,
    limit: CALLS_PER_PAGE,
    filters: { ...filters, ...(service && { service: service.flatMap(serviceFilter) }) },
  };
  const traceIds = new Set<string>();
  let page = await reader.calls(asked);
  for (let pages = 1; ; pages += 1) {
    for (const call of page.calls) if (matchesSearch(search, call)) traceIds.add(call.traceId);
    if (!page.next || traceIds.size >= search.limit || pages >= MOST_PAGES) break;
    page = await reader.calls({ ...asked, after: page.next });
  }
  const traces = await Promise.all([...traceIds].slice(0, search.limit).map((traceId) => reader.trace(traceId)));
  return traces.filter((trace) => trace !== undefined);
}
