import type { FastifyPluginAsync } from 'fastify';
import type { QueryApiDeps } from '../../query-api.ts';
import { annotationRoutes } from './annotations.ts';
import { grafanaCallRoutes } from './calls.ts';
import { dimensionValueRoutes } from './dimension-values.ts';
import { statRoutes } from './stat.ts';
import { tableRoutes } from './table.ts';
import { timeSeriesRoutes } from './timeseries.ts';

/**
 * Answers for Grafana's Infinity data source (`parser: "backend"`, `root_selector: "rows"`): flat rows in ascending time, times
 * as epoch milliseconds, `(none)` where nobody said.
 */
export const grafanaRoutes: FastifyPluginAsync<QueryApiDeps> = async (app, deps) => {
  await app.register(timeSeriesRoutes, deps);
  await app.register(tableRoutes, deps);
  await app.register(statRoutes, deps);
  await app.register(grafanaCallRoutes, deps);
  await app.register(dimensionValueRoutes, deps);
  await app.register(annotationRoutes, deps);
};
