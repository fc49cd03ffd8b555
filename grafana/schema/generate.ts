/**
 * Writes `grafa../test/fixtures/dashboard.schema.json` from the types of the foundation SDK: `npm --prefix grafana/schema ci && npm --prefix
 * grafana/schema run build`. Needed after a new version of the SDK; the test says so.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createGenerator } from 'ts-json-schema-generator';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const { version } = JSON.parse(readFileSync(here('node_modules/@grafana/grafana-foundation-sdk/package.json'), 'utf8')) as {
  version: string;
};

const schema = createGenerator({
  path: here('dashboard-file.ts'),
  tsconfig: here('tsconfig.json'),
  type: 'DashboardFile',
  additionalProperties: false,
  skipTypeCheck: true,
  // Options of different panels have the same name in the SDK.
  expose: 'none',
}).createSchema('DashboardFile');

writeFileSync(
  here('../test/fixtures/dashboard.schema.json'),
  `${JSON.stringify({ $comment: `@grafana/grafana-foundation-sdk@${version.replace(/^v/, '')}`, ...schema }, withoutProse)}\n`,
);

/** What the SDK says in words is not checked. A property may be called `description`, too: that is an object. */
function withoutProse(key: string, value: unknown): unknown {
  return key === 'description' && typeof value === 'string' ? undefined : value;
}
