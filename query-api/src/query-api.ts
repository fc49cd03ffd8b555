import compress from '@fastify/compress';
import rateLimit from '@fastify/rate-limit';
import { fastify, LogController, type FastifyInstance } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { authenticateAll } from './authenticate.ts';
import { handleErrors, sendProblem, toProblem } from './error-handler.ts';
import { describeApi } from './openapi.ts';
import { Problem } from './problem.ts';
import type { QueryApiDeps } from './query-api-deps.ts';
import { secureHeaders } from './security-headers.ts';
import { stopPolitely } from './stop-politely.ts';
import { HEADER_LIMIT_BYTES, refuseUnreadable } from './unreadable-requests.ts';
import { bookRoutes } from './routes/books.ts';
import { callRoutes } from './routes/calls.ts';
import { coverageRoutes } from './routes/coverage.ts';
import { dimensionRoutes } from './routes/dimensions.ts';
import { docsRoutes } from './routes/docs.ts';
import { explainRoutes } from './routes/explain.ts';
import { grafanaRoutes } from './routes/grafana/grafana.ts';
import { healthRoutes } from './routes/health.ts';
import { jaegerRoutes } from './routes/jaeger/jaeger.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { priceOverrideRoutes } from './routes/price-overrides.ts';
import { priceRoutes } from './routes/price.ts';
import { pricesRoutes } from './routes/prices.ts';
import { repriceRoutes } from './routes/reprice.ts';
import { spendRoutes } from './routes/spend.ts';
import { traceRoutes } from './routes/traces.ts';

/** Grafana asks for all panels of a dashboard at once. */
const RATE_LIMIT_PER_SECOND = 200;
const RATE_WINDOW_MS = 1000;
const BODY_LIMIT_BYTES = 256 * 1024;

/** The query API, not yet listening. */
export async function buildQueryApi(deps: QueryApiDeps): Promise<FastifyInstance> {
  const app = await buildServer(deps);
  await describeApi(app);
  await app.register(spendRoutes, deps);
  await app.register(callRoutes, deps);
  await app.register(explainRoutes, deps);
  await app.register(traceRoutes, deps);
  await app.register(priceRoutes, deps);
  await app.register(pricesRoutes, deps);
  await app.register(priceOverrideRoutes, deps);
  await app.register(repriceRoutes, deps);
  await app.register(coverageRoutes, deps);
  await app.register(bookRoutes, deps);
  await app.register(dimensionRoutes, deps);
  await app.register(grafanaRoutes, deps);
  await app.register(healthRoutes, deps);
  await app.register(metricsRoutes, deps);
  await app.register(docsRoutes);
  for (const plugin of deps.plugins ?? []) await app.register(plugin);
  if (deps.site) await app.register(deps.site);
  return app;
}

/** The routes of Jaeger's query service, which Grafana expects at the root of a port of their own. */
export async function buildJaegerApi(deps: QueryApiDeps): Promise<FastifyInstance> {
  const app = await buildServer(deps);
  await app.register(jaegerRoutes, deps);
  return app;
}

/** What every route has in common: who may ask, how often, how it is refused, compressed and stopped. */
async function buildServer({ keys, log, rateLimitPerSecond = RATE_LIMIT_PER_SECOND }: QueryApiDeps): Promise<FastifyInstance> {
  const app = fastify({
    ...(log && { loggerInstance: log }),
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT_BYTES,
    routerOptions: { maxParamLength: 200 },
    requestTimeout: 60_000,
    keepAliveTimeout: 10_000,
    requestIdHeader: false,
    http: { maxHeaderSize: HEADER_LIMIT_BYTES },
    clientErrorHandler: refuseUnreadable,
    // Refusals from before there is a route: an address that cannot be decoded or is too long.
    frameworkErrors: (error, _request, reply) => sendProblem(reply, toProblem(error)),
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  // Bodies are JSON: text is refused as a type, not as a value.
  app.removeContentTypeParser('text/plain');
  stopPolitely(app);
  secureHeaders(app);
  handleErrors(app);
  authenticateAll(app, keys);
  await app.register(rateLimit, {
    max: rateLimitPerSecond,
    timeWindow: RATE_WINDOW_MS,
    keyGenerator: (request) => request.keyId ?? request.ip,
    errorResponseBuilder: (_request, { max }) => new Problem('too_many_requests', `at most ${max} requests per second`),
  });
  await app.register(compress, { encodings: ['gzip', 'deflate'], threshold: 1024 });
  return app;
}
