import type { FastifyPluginAsync } from 'fastify';
import { cachedReaders } from '../../cached-reader.ts';
import { tagEntities } from '../../entity-tags.ts';
import type { QueryApiDeps } from '../../query-api-deps.ts';
import { grafanaAlertRoutes } from './alerts.ts';
import { annotationRoutes } from './annotations.ts';
import { grafanaCallRoutes } from './calls.ts';
import { dimensionValueRoutes } from './dimension-values.ts';
import { explanationRoutes } from './explanation.ts';
import { grafanaHealthRoutes } from './health.ts';
import { moverRoutes } from './movers.ts';
import { promptRoutes } from './prompts.ts';
import { runRoutes } from './runs.ts';
import { statRoutes } from './stat.ts';
import { stepRoutes } from './steps.ts';
import { tableRoutes } from './table.ts';
import { timeSeriesRoutes } from './timeseries.ts';
import { grafanaTraceRoutes } from './trace.ts';

/**
 * Answers for Grafana's Infinity data source (`parser: "backend"`, `root_selector: "rows"`): flat rows in ascending time, times
 * as epoch milliseconds, `(none)` where nobody said.
 */
export const grafanaRoutes: FastifyPluginAsync<QueryApiDeps> = async (app, { ledger, ...others }) => {
  const deps = { ...others, ledger: { ...ledger, forTenant: cachedReaders((tenant) => ledger.forTenant(tenant)) } };
  tagEntities(app);
  await app.register(timeSeriesRoutes, deps);
  await app.register(tableRoutes, deps);
  await app.register(statRoutes, deps);
  await app.register(grafanaCallRoutes, deps);
  await app.register(dimensionValueRoutes, deps);
  await app.register(annotationRoutes, deps);
  await app.register(moverRoutes, deps);
  await app.register(promptRoutes, deps);
  await app.register(runRoutes, deps);
  await app.register(stepRoutes, deps);
  await app.register(grafanaTraceRoutes, deps);
  await app.register(explanationRoutes, deps);
  await app.register(grafanaAlertRoutes, deps);
  await app.register(grafanaHealthRoutes, deps);
};
