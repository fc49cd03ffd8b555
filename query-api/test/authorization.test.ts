import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { authenticateAll } from '../src/authenticate.ts';
import { buildJaegerApi, buildQueryApi, startQueryApi } from '../src/index.ts';
import { alertPlugins, bearer, keysFor, optionsWith } from './test-api.ts';
import { fastify } from 'fastify';

const { ring, keyOf } = keysFor(['acme']);

/** Every route there is, by the scope it needs. Each new route must be added here. */
const GRAFANA = [
  'alert-deliveries',
  'alert-history',
  'alerts',
  'annotations',
  'anomalies',
  'attribution',
  'books',
  'budgets',
  'calls',
  'cost-histogram',
  'coverage',
  'dimension-values',
  'emitters',
  'expectation',
  'forecast',
  'lag',
  'movers',
  'not-billable',
  'outcomes',
  'price-lists',
  'prompt-variance',
  'prompts',
  'run-statistics',
  'runs',
  'stat',
  'steps',
  'table',
  'timeseries',
  'trace',
  'call',
  'call-charges',
  'call-rules',
  'call-entries',
];
const ROUTES: Readonly<Record<'public' | 'query' | 'admin', readonly string[]>> = {
  public: ['GET /healthz', 'GET /readyz', 'GET /openapi.json', 'GET /docs', 'GET /docs/start.js', 'GET /docs/scalar.js'],
  query: [
    'GET /metrics',
    'GET /v1/spend',
    'GET /v1/calls',
    'GET /v1/calls/:trace_id/:span_id/explain',
    'GET /v1/traces/:trace_id',
    'POST /v1/price',
    'GET /v1/prices',
    'GET /v1/coverage',
    'GET /v1/books',
    'GET /v1/dimensions/:name',
    'GET /v1/alerts',
    'GET /v1/alerts/history',
    'GET /v1/alerts/health',
    'GET /v1/alerts/rules',
    'POST /v1/alerts/preview',
    'GET /v1/anomalies',
    'GET /v1/budgets',
    'GET /v1/silences',
    'GET /v1/receivers',
    'GET /v1/receivers/deliveries',
    ...GRAFANA.map((name) => `GET /v1/grafana/${name}`),
  ],
  admin: [
    'GET /v1/prices/overrides',
    'PUT /v1/prices/overrides',
    'GET /v1/reprice',
    'POST /v1/reprice',
    'PUT /v1/alerts/rules/:name',
    'DELETE /v1/alerts/rules/:name',
    'POST /v1/silences',
    'DELETE /v1/silences/:id',
    'PUT /v1/receivers/:name',
    'DELETE /v1/receivers/:name',
    'POST /v1/receivers/:name/test',
    'POST /v1/receivers/:name/deliveries/:id/redeliver',
  ],
};
const JAEGER = ['/api/services', '/api/services/:service/operations', '/api/traces/:trace_id', '/api/traces', '/api/dependencies'].map(
  (path) => `GET ${path}`,
);

let api: FastifyInstance;
let jaeger: FastifyInstance;
beforeAll(async () => {
  const options = optionsWith({ keys: ring, plugins: alertPlugins });
  [api, jaeger] = await Promise.all([buildQueryApi(options), buildJaegerApi(options)]);
});
afterAll(() => Promise.all([api?.close(), jaeger?.close()]));

async function statusOf(route: string, headers: Record<string, string>) {
  const [method, path] = route.split(' ') as ['GET' | 'POST' | 'PUT' | 'DELETE', string];
  const app = JAEGER.includes(route) ? jaeger : api;
  return (await app.inject({ method, url: path.replace(/:\w+/g, 'x'), headers })).statusCode;
}

/** The leaves of fastify's route tree, as `GET /path`. HEAD is GET without the answer. */
function routesOf(app: FastifyInstance): readonly string[] {
  const stack: string[] = [];
  const routes: string[] = [];
  for (const line of app.printRoutes({ commonPrefix: false, includeHooks: false }).split('\n')) {
    const match = /^([│ ├└─]*)(\S+)(?: \(([A-Z, ]+)\))?$/.exec(line);
    if (!match) continue;
    const [, indent = '', part = '', methods] = match;
    stack.length = indent.length / 4 - 1;
    stack.push(part);
    for (const method of methods?.split(', ') ?? []) if (method !== 'HEAD') routes.push(`${method} ${stack.join('')}`);
  }
  return routes;
}

const OTHER_SCOPES = { query: ['ingest', 'admin'], admin: ['ingest', 'query'] } as const;

describe('a route', () => {
  test('is in this matrix, each one', () => {
    expect(routesOf(api).toSorted()).toEqual(Object.values(ROUTES).flat().toSorted());
    expect(routesOf(jaeger).toSorted()).toEqual(JAEGER.toSorted());
  });

  test.each([
    ...[...ROUTES.query, ...JAEGER].map((route) => [route, 'query'] as const),
    ...ROUTES.admin.map((route) => [route, 'admin'] as const),
  ])('%s is for %s keys alone', async (route, scope) => {
    expect(await statusOf(route, {})).toBe(401);
    expect(await statusOf(route, bearer(`tl_${scope}_mistyped`))).toBe(401);
    expect(await statusOf(route, { authorization: 'Basic YTpi' })).toBe(401);
    expect(await statusOf(route, bearer(keysFor(['acme']).keyOf('acme', scope)))).toBe(401);
    for (const other of OTHER_SCOPES[scope]) expect(await statusOf(route, bearer(keyOf('acme', other))), other).toBe(403);
  });

  /** Those that ask neither a ledger nor alerts, which this test does not have, or that find their address malformed first. */
  test.each(['GET /v1/prices', 'GET /v1/books', 'GET /v1/traces/:trace_id', 'GET /api/dependencies'])(
    '%s lets a query key in',
    async (route) => {
      expect([200, 400, 404]).toContain(await statusOf(route, bearer(keyOf('acme', 'query'))));
    },
  );

  test.each(ROUTES.public)('%s is for anybody', async (route) => {
    expect(await statusOf(route, {})).toBe(200);
  });

  test('that does not say who may call it stops the server from starting', () => {
    const app = fastify();
    authenticateAll(app, ring);
    expect(() => app.get('/open', () => 'door')).toThrow(/does not say which scope it needs/);
  });

  test('is checked before anything of the request is read', async () => {
    const response = await api.inject({
      method: 'POST',
      url: '/v1/price',
      payload: '{"broken',
      headers: { 'content-type': 'application/json' },
    });
    expect(response.statusCode).toBe(401);
    expect(response.headers['www-authenticate']).toContain('Bearer');
  });
});

describe('without keys', () => {
  test('only loopback is listened on', async () => {
    await expect(startQueryApi(optionsWith({ host: '0.0.0.0' }))).rejects.toThrow(/loopback only/);
  });

  test('a web page that points its own name at this machine is refused', async () => {
    const open = await buildQueryApi(optionsWith({}));
    const status = async (host: string) => (await open.inject({ url: '/v1/books', headers: { host } })).statusCode;
    expect([await status('localhost:4320'), await status('127.0.0.1:4320'), await status('[::1]:4320')]).toEqual([200, 200, 200]);
    expect([await status('evil.example'), await status('127.0.0.1.evil.example'), await status('localhost.evil.example')]).toEqual([
      403, 403, 403,
    ]);
    await open.close();
  });
});
