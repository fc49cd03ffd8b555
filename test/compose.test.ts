/**
 * What docker-compose.yml and the Dockerfile promise, checked on their text: tests run where no Docker engine is.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

const text = readFileSync(new URL('../docker-compose.yml', import.meta.url), 'utf8');
const dockerfile = readFileSync(new URL('../Dockerfile', import.meta.url), 'utf8');

const serviceSchema = z.looseObject({
  image: z.string(),
  user: z.string(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.coerce.string()).default({}),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  networks: z.array(z.string()),
  read_only: z.boolean().default(false),
  privileged: z.boolean().default(false),
  cap_drop: z.array(z.string()).default([]),
  security_opt: z.array(z.string()).default([]),
  healthcheck: z.looseObject({ test: z.array(z.string()).min(2) }),
});
const compose = z
  .looseObject({
    services: z.record(z.string(), serviceSchema),
    networks: z.record(z.string(), z.looseObject({ internal: z.boolean().optional() })),
    volumes: z.record(z.string(), z.unknown()),
    secrets: z.record(z.string(), z.looseObject({ file: z.string() })),
  })
  .parse(parse(text, { merge: true }));

const services = Object.entries(compose.services);
const service = (name: string) => {
  const found = compose.services[name];
  if (!found) throw new Error(`docker-compose.yml has no service ${name}`);
  return found;
};

test('it runs ClickHouse, the collector, the query API with the alerts whose state it shows, and Grafana', () => {
  expect(Object.keys(compose.services).sort()).toEqual(['clickhouse', 'collector', 'grafana', 'query-api']);
  expect([service('collector').command, service('query-api').command]).toEqual([['collector'], ['query-api', 'alerts']]);
});

test('the query API knows where books and metrics are, and alerts where dashboards are', () => {
  const { TOKENLEDGER_COLLECTOR_URL: collector = '', TOKENLEDGER_PUBLIC_URL: dashboards } = service('query-api').environment;
  const { hostname, port } = new URL(collector);
  expect(service(hostname).ports.map((published) => published.split(':').at(-1))).toContain(port);
  expect(dashboards).toMatch(/:3000\}$/);
});

test.each(services)(
  '%s runs as an unprivileged user with a health check',
  (_name, { user, privileged, cap_drop, security_opt, healthcheck }) => {
    expect(user).not.toMatch(/^(root|0)(:|$)/);
    expect(privileged).toBe(false);
    expect(cap_drop).toEqual(['ALL']);
    expect(security_opt).toContain('no-new-privileges:true');
    expect(healthcheck.test[0]).toBe('CMD');
  },
);

test.each(services.filter(([name]) => name !== 'clickhouse'))('%s has a read-only root', (_name, { read_only }) => {
  // ClickHouse's entrypoint writes its user into /etc.
  expect(read_only).toBe(true);
});

test.each(services)('%s has a pinned image', (_name, { image }) => {
  expect(image).toMatch(/:\d+\.\d+(\.\d+)*$/);
});

test('Grafana installs a pinned Infinity plugin', () => {
  expect(service('grafana').environment['GF_PLUGINS_PREINSTALL_SYNC']).toMatch(/^yesoreyeram-infinity-datasource@\d+\.\d+\.\d+$/);
});

test('no secret has a default: a missing one stops the start with a message', () => {
  const secrets = services.flatMap(([, { environment }]) =>
    Object.entries(environment).filter(([name]) => /PASSWORD|SECRET|TOKEN$|_KEY$/.test(name)),
  );
  expect(secrets.length).toBeGreaterThanOrEqual(5);
  for (const [name, value] of secrets) expect(value, name).toMatch(/^\$\{\w+:\?[^}]+\}$/);
  for (const { file } of Object.values(compose.secrets)) expect(file).toMatch(/^\$\{\w+:\?[^}]+\}$/);
});

test('ClickHouse is reachable only from the inner network', () => {
  const clickhouse = service('clickhouse');
  expect(clickhouse.ports).toEqual([]);
  expect(clickhouse.networks).toEqual(['ledger']);
  expect(compose.networks['ledger']?.internal).toBe(true);
  expect(service('grafana').networks).not.toContain('ledger');
});

test('ports are published on loopback unless said otherwise', () => {
  for (const [, { ports }] of services) for (const port of ports) expect(port).toMatch(/^\$\{PUBLISH_ON:-127\.0\.0\.1\}:\d+:\d+$/);
});

test.each([4317, 4318, 4320])('port %i is published, and the image says that it is there', (port) => {
  const published = services.flatMap(([, { ports }]) => ports.map((text) => Number(text.split(':').at(-1))));
  expect(published).toContain(port);
  expect(dockerfile).toMatch(new RegExp(`^EXPOSE .*\\b${port}\\b`, 'm'));
});

test('each named volume belongs to one service', () => {
  const used = services.flatMap(([, { volumes }]) =>
    volumes.map((volume) => volume.split(':')[0] ?? '').filter((name) => /^\w+$/.test(name)),
  );
  expect(used.toSorted()).toEqual(Object.keys(compose.volumes).sort());
});

test('what Grafana mounts exists and is read-only', () => {
  const mounts = service('grafana').volumes.filter((volume) => volume.startsWith('./'));
  expect(mounts.length).toBeGreaterThan(0);
  for (const mount of mounts) expect(mount).toMatch(/^\.\/grafana\/(provisioning|dashboards):\S+:ro$/);
});

test('the image runs unprivileged from a pinned Node', () => {
  const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base);
  expect(bases.length).toBeGreaterThan(0);
  for (const base of bases) expect(base).toMatch(/^node:\d+\.\d+\.\d+-/);
  const finalStage = dockerfile.slice(dockerfile.lastIndexOf('FROM '));
  expect(finalStage).toMatch(/^USER node$/m);
});
