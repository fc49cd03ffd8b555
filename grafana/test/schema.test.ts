import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { DASHBOARDS } from '../src/dashboards.ts';
import { renderDashboard } from '../src/render-dashboard.ts';

type Json = Record<string, unknown>;
const read = (path: string | URL) => JSON.parse(readFileSync(path, 'utf8')) as Json;

/** Generated from the SDK's types: see grafana/schema. */
const schema = read(new URL('fixtures/dashboard.schema.json', import.meta.url));
const isDashboard = new Ajv({ allErrors: true, allowUnionTypes: true, discriminator: false }).compile(schema);

function problemsOf(dashboard: unknown): readonly string[] {
  if (isDashboard(dashboard)) return [];
  return (isDashboard.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message ?? ''} ${JSON.stringify(params)}`,
  );
}

test('the schema is of the version of the SDK that is installed', () => {
  const { dependencies } = read(new URL('../package.json', import.meta.url)) as { dependencies: Record<string, string> };
  expect(schema['$comment'], 'npm --prefix grafana/schema ci && npm --prefix grafana/schema run build').toBe(
    `@grafana/grafana-foundation-sdk@${dependencies['@grafana/grafana-foundation-sdk'] ?? ''}`,
  );
});

test.each(Object.entries(DASHBOARDS))("%s is a dashboard by the SDK's types", (_name, dashboard) => {
  expect(problemsOf(JSON.parse(renderDashboard(dashboard())))).toEqual([]);
});

test.each<[string, (panel: Json, dashboard: Json) => void]>([
  ['a misspelt key of a panel', (panel) => Object.assign(panel, { titel: 'x' })],
  ['a misspelt key of a dashboard', (_panel, dashboard) => Object.assign(dashboard, { tag: [] })],
  ['a text where a number belongs', (panel) => Object.assign(panel['gridPos'] as Json, { w: '4' })],
  ['an unknown choice', (panel) => Object.assign(panel['options'] as Json, { colorMode: 'rainbow' })],
  ['an unknown option', (panel) => Object.assign(panel['options'] as Json, { sparkles: true })],
  ['a target that is no target of ours', (panel) => Object.assign((panel['targets'] as Json[])[0] ?? {}, { parser: 'simple' })],
])('the schema refuses %s', (_what, spoil) => {
  const [overview] = Object.values(DASHBOARDS);
  const dashboard = JSON.parse(renderDashboard(overview?.() ?? ({} as never))) as Json;
  const [panel] = dashboard['panels'] as Json[];
  spoil(panel ?? {}, dashboard);
  expect(problemsOf(dashboard)).not.toEqual([]);
});
