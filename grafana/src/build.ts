/** Writes grafana/dashboards/*.json: `node grafana/src/build.ts`. A test compares what is committed. */
import { writeFileSync } from 'node:fs';
import { DASHBOARDS } from './dashboards.ts';
import { renderDashboard } from './render-dashboard.ts';

for (const [name, dashboard] of Object.entries(DASHBOARDS)) {
  writeFileSync(new URL(`../dashboards/${name}.json`, import.meta.url), renderDashboard(dashboard()));
}
