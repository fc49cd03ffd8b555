/** What a Grafana of one's own is given. The names of settings are those of the plugins' published sources. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { DASHBOARDS } from '../src/dashboards.ts';
import { datasourceVariable } from '../src/filters.ts';
import { tracesDatasourceVariable } from '../src/trace-panel.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const SOURCES = '../provisioning/datasources/tokenledger.yaml';

/** github.com/grafana/grafana-infinity-datasource, pkg/pluginschema/dsconfig.json. */
const infinity = z.strictObject({
  name: z.string(),
  uid: z.string(),
  type: z.literal('yesoreyeram-infinity-datasource'),
  access: z.literal('proxy'),
  isDefault: z.boolean(),
  editable: z.boolean(),
  url: z.string(),
  jsonData: z.strictObject({
    auth_method: z.literal('bearerToken'),
    allowedHosts: z.array(z.string()).min(1),
    customHealthCheckEnabled: z.literal(true),
    customHealthCheckUrl: z.string(),
    timeoutInSeconds: z.number(),
    unsecuredQueryHandling: z.enum(['allow', 'warn', 'deny']),
  }),
  secureJsonData: z.strictObject({ bearerToken: z.string() }),
});
/** Headers are numbered: `httpHeaderName1` in the open, its value beside it as a secret. */
const jaeger = z.strictObject({
  name: z.string(),
  uid: z.string(),
  type: z.literal('jaeger'),
  access: z.literal('proxy'),
  editable: z.boolean(),
  url: z.string(),
  jsonData: z.strictObject({ httpHeaderName1: z.literal('Authorization'), nodeGraph: z.strictObject({ enabled: z.boolean() }) }),
  secureJsonData: z.strictObject({ httpHeaderValue1: z.string().startsWith('Bearer $') }),
});

const sources = z.strictObject({ apiVersion: z.literal(1), datasources: z.tuple([infinity, jaeger]) }).parse(parse(read(SOURCES)));
const chosen = (variable: { build(): { current?: unknown } }) => (variable.build().current as { value: string }).value;

test('dashboards find the data sources that are provisioned', () => {
  const [tokenledger, traces] = sources.datasources;
  expect([tokenledger.uid, traces.uid]).toEqual([chosen(datasourceVariable()), chosen(tracesDatasourceVariable())]);
  for (const { name } of sources.datasources) expect(name).toMatch(/tokenledger/i);
  // Grafana's Jaeger client replaces the path.
  expect(traces.url).toBe('$TOKENLEDGER_JAEGER_URL');
});

test('no secret stands in the files, and whatever they take from the environment docker-compose.yml sets', () => {
  const files = [SOURCES, '../provisioning/dashboards/tokenledger.yaml'].map(read).join('\n');
  expect(files).not.toMatch(/tl_query_/);
  const { services } = parse(read('../../docker-compose.yml'), { merge: true }) as {
    services: { grafana: { environment: Record<string, string>; volumes: string[]; image: string } };
  };
  const { environment, volumes } = services.grafana;
  for (const [, name = ''] of files.matchAll(/\$(TOKENLEDGER_[A-Z_]+)/g)) expect(environment).toHaveProperty(name);
  expect(new URL(environment['TOKENLEDGER_JAEGER_URL'] ?? '').pathname).toBe('/');
  expect(environment['GF_PLUGINS_PREINSTALL_SYNC']).toMatch(/^yesoreyeram-infinity-datasource@\d+\.\d+\.\d+$/);
  const folder = environment['TOKENLEDGER_DASHBOARDS'] ?? '';
  expect(volumes).toContain(`./grafana/dashboards:${folder}:ro`);
  const home = environment['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH'] ?? '';
  expect(Object.keys(DASHBOARDS).map((name) => `${folder}/${name}.json`)).toContain(home);
  for (const [source = ''] of volumes.filter((volume) => volume.startsWith('./')).map((volume) => volume.split(':')))
    expect(existsSync(new URL(`../../${source}`, import.meta.url)), source).toBe(true);
});
