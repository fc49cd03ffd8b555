import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { authenticateAll } from '../src/authenticate.ts';
import { buildJaegerApi, buildQueryApi, startQueryApi } from '../src/index.ts';
import { bearer, keysFor, optionsWith } from './test-api.ts';
import { fastify } from 'fastify';

const { ring, keyOf } = keysFor(['acme']);

/** Every route there is: those that anybody may ask, and all others. Each new route must be added here. */
const PUBLIC = ['/healthz', '/readyz', '/openapi.json', '/docs', '/docs/start.js', '/docs/scalar.js'];
const QUERY = [
  '/metrics',
  '/v1/spend',
  '/v1/calls',
  '/v1/calls/:trace_id/:span_id/explain',
  '/v1/traces/:trace_id',
  '/v1/price',
  '/v1/prices',
  '/v1/coverage',
  '/v1/books',
  '/v1/dimensions/:name',
  '/v1/grafana/timeseries',
  '/v1/grafana/table',
  '/v1/grafana/stat',
  '/v1/grafana/calls',
  '/v1/grafana/dimension-values',
  '/v1/grafana/annotations',
];
/** Those that change something, each with its methods. */
const ADMIN = [
  ['GET', '/v1/prices/overrides'],
  ['PUT', '/v1/prices/overrides'],
  ['GET', '/v1/reprice'],
  ['POST', '/v1/reprice'],
] as const;
const JAEGER = ['/api/services', '/api/services/:service/operations', '/api/traces/:trace_id', '/api/traces', '/api/dependencies'];

let api: FastifyInstance;
let jaeger: FastifyInstance;
beforeAll(async () => {
  [api, jaeger] = await Promise.all([buildQueryApi(optionsWith({ keys: ring })), buildJaegerApi(optionsWith({ keys: ring }))]);
});
afterAll(() => Promise.all([api?.close(), jaeger?.close()]));

const methodOf = (route: string) => (route === '/v1/price' ? 'POST' : 'GET');
async function statusOf(app: FastifyInstance, route: string, headers: Record<string, string>) {
  return (await app.inject({ method: methodOf(route), url: route.replace(/:\w+/g, 'x'), headers })).statusCode;
}

/** The leaves of fastify's route tree, as `GET /path`. */
function routesOf(app: FastifyInstance): readonly string[] {
  const stack: string[] = [];
  const routes: string[] = [];
  for (const line of app.printRoutes({ commonPrefix: false, includeHooks: false }).split('\n')) {
    const match = /^([│ ├└─]*)(\S+)(?: \(([A-Z, ]+)\))?$/.exec(line);
    if (!match) continue;
    const [, indent = '', part = '', methods] = match;
    stack.length = indent.length / 4 - 1;
    stack.push(part);
    if (methods) routes.push(stack.join(''));
  }
  return routes;
}

describe('a route', () => {
  test('is in this matrix, each one', () => {
    expect(routesOf(api).toSorted()).toEqual([...PUBLIC, ...QUERY, ...new Set(ADMIN.map(([, route]) => route))].toSorted());
    expect(routesOf(jaeger).toSorted()).toEqual(JAEGER.toSorted());
  });

  test.each([...QUERY, ...JAEGER])('%s is for query keys alone', async (route) => {
    const app = JAEGER.includes(route) ? jaeger : api;
    expect(await statusOf(app, route, {})).toBe(401);
    expect(await statusOf(app, route, bearer('tl_query_mistyped'))).toBe(401);
    expect(await statusOf(app, route, { authorization: 'Basic YTpi' })).toBe(401);
    expect(await statusOf(app, route, bearer(keysFor(['acme']).keyOf('acme', 'query')))).toBe(401);
    expect(await statusOf(app, route, bearer(keyOf('acme', 'ingest')))).toBe(403);
    expect(await statusOf(app, route, bearer(keyOf('acme', 'admin')))).toBe(403);
    expect([401, 403]).not.toContain(await statusOf(app, route, bearer(keyOf('acme', 'query'))));
  });

  test.each(ADMIN)('%s %s is for admin keys alone', async (method, url) => {
    const statusWith = async (headers: Record<string, string>) => (await api.inject({ method, url, headers })).statusCode;
    expect(await statusWith({})).toBe(401);
    expect(await statusWith(bearer(keyOf('acme', 'ingest')))).toBe(403);
    expect(await statusWith(bearer(keyOf('acme', 'query')))).toBe(403);
    expect(await statusWith(bearer(keysFor(['default']).keyOf('default', 'admin')))).toBe(401);
  });

  test.each(PUBLIC)('%s is for anybody', async (route) => {
    expect(await statusOf(api, route, {})).toBe(200);
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
