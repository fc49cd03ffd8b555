import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { LedgerUnavailable, ReadFailed, ReadTooHeavy, type TenantReader } from '@tokenledger/ledger';
import { Agent, request } from 'node:http';
import type { FastifyPluginAsync } from 'fastify';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { buildQueryApi, startQueryApi, type QueryApiOptions } from '../src/index.ts';
import { keysFor, optionsWith } from './test-api.ts';

/** A ledger whose every answer to /v1/spend is this. */
function ledgerThat(spend: TenantReader['spend']): QueryApiOptions['ledger'] {
  return { ping: async () => {}, forTenant: () => ({ spend }) as unknown as TenantReader };
}

async function askSpend(options: Partial<QueryApiOptions>) {
  const app = await buildQueryApi(optionsWith(options));
  const response = await app.inject('/v1/spend');
  await app.close();
  return response;
}

describe('problems', () => {
  test('a ledger that is away is a 503 that asks to come back in a second', async () => {
    const response = await askSpend({ ledger: ledgerThat(() => Promise.reject(new LedgerUnavailable('connect ECONNREFUSED 10.1.2.3'))) });
    expect([response.statusCode, response.headers['retry-after']]).toEqual([503, '1']);
    expect(response.json()).toMatchObject({ code: 'unavailable', retryable: true });
    expect(response.body).not.toContain('10.1.2.3');
  });

  test('an address that knows other methods says which', async () => {
    const app = await buildQueryApi(optionsWith({}));
    const [put, remove, none] = await Promise.all([
      app.inject({ method: 'PUT', url: '/v1/spend?group_by=team' }),
      app.inject({ method: 'DELETE', url: '/v1/traces/0af7651916cd43dd8448eb211c80319c' }),
      app.inject({ method: 'PUT', url: '/v1/spent' }),
    ]);
    await app.close();
    expect([put.statusCode, put.headers.allow, put.json().code]).toEqual([405, 'GET, HEAD', 'method_not_allowed']);
    expect([remove.statusCode, remove.headers.allow]).toEqual([405, 'GET, HEAD']);
    expect([none.statusCode, none.headers.allow]).toEqual([404, undefined]);
  });

  test('an address that nobody serves is a 404, whatever patterns others are found by', async () => {
    const open = { config: { scope: 'public' as const }, schema: { hide: true } };
    const site: FastifyPluginAsync = async (web) => {
      web.get('/:script(^\\w+\\.js$)', open, async (_request, reply) => reply.callNotFound());
      web.get('/public/*', open, async (_request, reply) => reply.callNotFound());
    };
    const app = await buildQueryApi(optionsWith({ site }));
    const answers = await Promise.all(['/favicon.ico', '/page.js', '/public/page.svg'].map((url) => app.inject(url)));
    await app.close();
    expect(answers.map(({ statusCode, headers }) => [statusCode, headers.allow])).toEqual(answers.map(() => [404, undefined]));
  });

  test('HEAD is GET without the answer, and wants the same key', async () => {
    const { ring } = keysFor(['acme']);
    const app = await buildQueryApi(optionsWith({ keys: ring, ledger: ledgerThat(() => Promise.reject(new ReadTooHeavy('no'))) }));
    const head = (url: string) => app.inject({ method: 'HEAD', url });
    const [health, spend] = await Promise.all([head('/healthz'), head('/v1/spend')]);
    await app.close();
    expect([health.statusCode, health.body, spend.statusCode]).toEqual([200, '', 401]);
  });

  test.each(['/v1/books', '/metrics'])('%s is a 503 while the collector is away', async (url) => {
    const away = () => Promise.reject(new TypeError('fetch failed'));
    const app = await buildQueryApi(optionsWith({ books: away, metrics: away }));
    const response = await app.inject(url);
    await app.close();
    expect([response.statusCode, response.headers['retry-after']]).toEqual([503, '1']);
    expect(response.json()).toMatchObject({ detail: 'the collector does not answer right now' });
  });

  test('a query that is too heavy is a 400 that says what to do', async () => {
    const response = await askSpend({
      ledger: ledgerThat(() => Promise.reject(new ReadTooHeavy('it takes too long; ask for a shorter range'))),
    });
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ code: 'query_too_heavy', detail: 'it takes too long; ask for a shorter range' });
  });

  test.each([
    ['a bug', new Error('secret-4711 in /srv/app.ts')],
    ['a refused query', new ReadFailed('secret-4711 is no column')],
  ])('%s is a 500 that does not say why; the log does', async (_name, error) => {
    const lines: string[] = [];
    const log = pino({ level: 'error' }, { write: (line: string) => lines.push(line) });
    const response = await askSpend({ ledger: ledgerThat(() => Promise.reject(error)), log });
    expect(response.statusCode).toBe(500);
    expect(response.body).not.toContain('secret-4711');
    expect(lines.join('')).toContain('secret-4711');
  });

  test('an answer that breaks its schema never leaves', async () => {
    const broken = {
      rows: [{ dimensions: {}, measures: { cost: { secret: 'secret-4711' } } }],
      stepMs: null,
      truncated: false,
      sources: [],
    };
    const response = await askSpend({ ledger: ledgerThat(async () => broken as never) });
    expect(response.statusCode).toBe(500);
    expect(response.body).not.toContain('secret-4711');
  });

  test.each([
    ['GET', '/v1/nothing', undefined, 404],
    ['DELETE', '/v1/spend', undefined, 405],
    ['QUERY', '/v1/spend', undefined, 405],
    ['PUT', '/v1/spend', '{"broken":', 405],
    ['POST', '/v1/nothing', `"${'x'.repeat(300_000)}"`, 404],
    ['POST', '/v1/price', '{"provider":', 400],
    ['POST', '/v1/price', '', 400],
    ['POST', '/v1/price', `"${'x'.repeat(300_000)}"`, 413],
    ['GET', '/v1//spend', undefined, 404],
    ['GET', '/v1/dimensions/%00', undefined, 400],
    ['GET', `/v1/dimensions/${'x'.repeat(500)}`, undefined, 414],
    ['GET', '/v1/%zz', undefined, 400],
  ] as const)('%s %s is a problem', async (method, url, payload, status) => {
    const app = await buildQueryApi(optionsWith({}));
    const response = await app.inject({
      method,
      url,
      ...(payload !== undefined && { payload, headers: { 'content-type': 'application/json' } }),
    });
    await app.close();
    expect(response.statusCode).toBe(status);
    expect(response.headers['content-type']).toBe('application/problem+json');
    expect(response.json()).toMatchObject({ status, type: 'about:blank' });
  });

  test('a body of another type is a 415', async () => {
    const app = await buildQueryApi(optionsWith({}));
    const response = await app.inject({
      method: 'POST',
      url: '/v1/price',
      payload: 'a=b',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    await app.close();
    expect(response.statusCode).toBe(415);
  });
});

test.each([
  ['a header of 100 KB', `GET /healthz HTTP/1.1\r\nhost: localhost\r\nx: ${'x'.repeat(100_000)}\r\n\r\n`, 431, 'headers_too_large'],
  ['what is not HTTP', 'hello\r\n\r\n', 400, 'invalid_request'],
])('%s is a problem, too', async (_name, text, status, code) => {
  const api = await startQueryApi(optionsWith({}));
  const answer = await say(api.url, text);
  await api.stop();
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  expect(head).toMatch(new RegExp(`^HTTP/1.1 ${String(status)} .*\r\ncontent-type: application/problem\\+json\r\n`, 's'));
  expect(JSON.parse(body)).toMatchObject({ status, code, retryable: false });
});

test('500 values of a filter fit in an address', async () => {
  const { promise: filters, resolve } = Promise.withResolvers<unknown>();
  const nothing = { rows: [], stepMs: null, truncated: false, sources: [] };
  const api = await startQueryApi(optionsWith({ ledger: ledgerThat(async (query) => (resolve(query.filters), nothing)) }));
  const team = Array.from({ length: 500 }, (_, index) => `platform "growth & retention" ${String(index)}`);
  const response = await fetch(`${api.url}/v1/spend?${new URLSearchParams({ team: JSON.stringify(team) }).toString()}`);
  await api.stop();
  expect(response.status).toBe(200);
  expect(await filters).toEqual({ team });
});

describe('the server', () => {
  test('answers more requests than allowed with 429 and Retry-After 1, each key on its own', async () => {
    const { ring, keyOf } = keysFor(['a', 'b']);
    const app = await buildQueryApi(optionsWith({ keys: ring, rateLimitPerSecond: 5 }));
    const ask = (tenant: string) => app.inject({ url: '/v1/books', headers: { authorization: `Bearer ${keyOf(tenant, 'query')}` } });
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask('a')));
    const refused = answers.filter(({ statusCode }) => statusCode === 429);
    expect(refused.length).toBeGreaterThanOrEqual(10);
    for (const { headers } of refused) expect(headers['retry-after']).toBe('1');
    expect(refused[0]?.json()).toMatchObject({ code: 'too_many_requests', retryable: true });
    expect((await ask('b')).statusCode).toBe(200);
    await sleep(1100);
    expect((await ask('a')).statusCode).toBe(200);
    await app.close();
  });

  test('stops within a second although a client keeps its connection, and finishes what is in flight', async () => {
    const { promise: inFlight, resolve: started } = Promise.withResolvers<void>();
    const slow = async () => {
      started();
      await sleep(400);
      return { rows: [], stepMs: null, truncated: false, sources: [] };
    };
    const api = await startQueryApi(optionsWith({ ledger: ledgerThat(slow) }));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    await get(agent, `${api.url}/healthz`);
    const answer = get(agent, `${api.url}/v1/spend`);
    await inFlight;
    const stopping = performance.now();
    await api.stop();
    expect(performance.now() - stopping).toBeLessThan(1500);
    expect(await answer).toMatchObject({ status: 200, connection: 'close' });
    agent.destroy();
  });

  test('does not wait for a client that keeps an idle connection', async () => {
    const api = await startQueryApi(optionsWith({}));
    const agent = new Agent({ keepAlive: true });
    await get(agent, `${api.url}/healthz`);
    const stopping = performance.now();
    await api.stop();
    expect(performance.now() - stopping).toBeLessThan(1000);
    agent.destroy();
  });

  test('compresses long answers when asked, and tells browsers to trust nothing', async () => {
    const app = await buildQueryApi(optionsWith({}));
    const response = await app.inject({ url: '/openapi.json', headers: { 'accept-encoding': 'gzip' } });
    await app.close();
    expect(response.headers).toMatchObject({
      'content-encoding': 'gzip',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    });
    expect(response.headers['access-control-allow-origin']).toBeUndefined();
  });

  test('serves its pages from here: no script in the page, none from elsewhere', async () => {
    const app = await buildQueryApi(optionsWith({}));
    const page = await app.inject('/docs');
    expect(page.headers['content-security-policy']).toContain("script-src 'self';");
    expect(page.body).not.toMatch(/https?:|<script>/);
    const [scalar, start] = await Promise.all(['/docs/scalar.js', '/docs/start.js'].map((url) => app.inject(url)));
    expect(scalar?.body.length).toBeGreaterThan(1_000_000);
    expect(start?.body).toContain('"/openapi.json"');
    await app.close();
  });

  test('/readyz follows the ledger, /healthz does not', async () => {
    const ledger = { ...ledgerThat(() => Promise.reject(new Error())), ping: () => Promise.reject(new LedgerUnavailable('away')) };
    const app = await buildQueryApi(optionsWith({ ledger }));
    expect((await app.inject('/readyz')).statusCode).toBe(503);
    expect((await app.inject('/healthz')).statusCode).toBe(200);
    await app.close();
  });

  test('a port that is taken stops the start and leaves nothing listening', async () => {
    const api = await startQueryApi(optionsWith({}));
    const taken = Number(new URL(api.url).port);
    const free = await startQueryApi(optionsWith({}));
    const port = Number(new URL(free.url).port);
    await free.stop();
    await expect(startQueryApi(optionsWith({ port, jaegerPort: taken }))).rejects.toThrow(/EADDRINUSE/);
    const reached = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
      socket.unref();
    });
    expect(reached).toBe(false);
    await api.stop();
  });
});

function get(agent: Agent, url: string): Promise<{ status: number | undefined; connection: string | undefined }> {
  return new Promise((resolve, reject) => {
    request(url, { agent }, (response) => {
      response.resume();
      response.on('end', () => resolve({ status: response.statusCode, connection: response.headers.connection }));
    })
      .on('error', reject)
      .end();
  });
}

/** What the server answers to these bytes. */
async function say(url: string, text: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.end(text);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
