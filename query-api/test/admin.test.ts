import type { RepriceRequest, RepriceStatus } from '@tokenledger/model';
import type { Overrides } from '@tokenledger/pricing/overrides';
import { overridesSchema } from '@tokenledger/pricing/overrides';
import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, test } from 'vitest';
import { buildQueryApi, type QueryApiDeps } from '../src/index.ts';
import { bearer, keysFor, optionsWith } from './test-api.ts';

const { ring, keyOf } = keysFor(['default', 'acme']);
const operator = bearer(keyOf('default', 'admin'));
const acme = bearer(keyOf('acme', 'admin'));

let app: FastifyInstance;
afterEach(() => app?.close());

async function ask(method: 'GET' | 'PUT' | 'POST', url: string, headers: Record<string, string>, payload?: object) {
  const response = await app.inject({ method, url, headers, ...(payload && { payload }) });
  return { status: response.statusCode, body: response.json<Record<string, unknown>>() };
}

describe('PUT /v1/prices/overrides', () => {
  const contracts = [{ id: 'ours', provider: 'openai', discount: '10%' }];

  async function withOverrides() {
    const kept: Overrides[] = [];
    const overrides: QueryApiDeps['overrides'] = {
      current: () => ({
        knownFrom: kept.length > 0 ? '2026-07-01T00:00:00.000Z' : undefined,
        overrides: kept.at(-1) ?? overridesSchema.parse({}),
      }),
      replace: async (said) => {
        kept.push(said);
      },
    };
    app = await buildQueryApi(optionsWith({ keys: ring, overrides }));
    return kept;
  }

  test('keeps what the operator says, and GET tells it', async () => {
    const kept = await withOverrides();
    expect((await ask('GET', '/v1/prices/overrides', operator)).body).toMatchObject({ known_from: null, overrides: { contracts: [] } });
    const put = await ask('PUT', '/v1/prices/overrides', operator, { contracts });
    expect(put).toMatchObject({ status: 200, body: { known_from: '2026-07-01T00:00:00.000Z', overrides: { contracts } } });
    expect(kept).toHaveLength(1);
    expect((await ask('GET', '/v1/prices/overrides', operator)).body).toEqual(put.body);
  });

  test.each([
    [{ contracts: [{ id: 'x', provider: 'openai', discount: 'a lot' }] }, /contracts\.0\.discount: expected a percentage/],
    [{ contracts: [...contracts, ...contracts] }, /contracts\.1: contract ours is listed twice/],
    [{ contract: [] }, /contract/],
    [{ custom_models: [{ provider: 'acme', model: 'm', rates: { input_uncached: 0.2 } }] }, /custom_models\.0\.rates\.input_uncached/],
  ])('%j is refused with its place, and nothing is kept', async (body, message) => {
    const kept = await withOverrides();
    const { status, body: problem } = await ask('PUT', '/v1/prices/overrides', operator, body);
    expect(status).toBe(400);
    expect(problem['detail']).toMatch(message);
    expect(kept).toEqual([]);
  });

  test('is not for the admin of one tenant: prices are everybody’s', async () => {
    const kept = await withOverrides();
    expect((await ask('PUT', '/v1/prices/overrides', acme, { contracts })).status).toBe(403);
    expect((await ask('GET', '/v1/prices/overrides', acme)).status).toBe(403);
    expect(kept).toEqual([]);
  });

  test('says where prices can be changed when they cannot here', async () => {
    app = await buildQueryApi(optionsWith({ keys: ring }));
    const { status, body } = await ask('PUT', '/v1/prices/overrides', operator, { contracts });
    expect(status).toBe(404);
    expect(body['detail']).toContain('prices_file');
  });
});

describe('POST /v1/reprice', () => {
  const period = { from: '2026-07-01', to: '2026-07-02T00:00:00Z' };
  const statusOf = (request: RepriceRequest): RepriceStatus => ({
    ...request,
    state: 'done',
    priceVersion: 'v',
    callsSeen: 3,
    differences: [
      { tenant: 'acme', model: 'gpt-5', calls: 2, newlyPriced: 1, newlyUnpriced: 0, before: 10n ** 12n, after: 3n * 10n ** 12n },
    ],
  });

  async function withRepricer({ isBusy = false } = {}) {
    const requests: RepriceRequest[] = [];
    const last = () => requests.at(-1);
    const repricer: QueryApiDeps['repricer'] = {
      start: (request) => {
        if (!isBusy) requests.push(request);
        return { accepted: !isBusy, finished: Promise.resolve(statusOf(request)) };
      },
      status: () => last() && statusOf(last() as RepriceRequest),
    };
    app = await buildQueryApi(optionsWith({ keys: ring, repricer }));
    return requests;
  }

  test('answers with the difference by tenant and model', async () => {
    const requests = await withRepricer();
    const { status, body } = await ask('POST', '/v1/reprice', operator, { ...period, dry_run: true });
    expect(status).toBe(200);
    expect(requests).toEqual([{ fromMs: Date.UTC(2026, 6, 1), toMs: Date.UTC(2026, 6, 2), dryRun: true, tenant: undefined }]);
    expect(body).toMatchObject({
      state: 'done',
      dry_run: true,
      calls_seen: 3,
      calls_changed: 2,
      difference_usd: '2',
      differences: [{ tenant: 'acme', model: 'gpt-5', before_usd: '1', after_usd: '3', difference_usd: '2', newly_priced: 1 }],
    });
    expect((await ask('GET', '/v1/reprice', operator)).body).toEqual(body);
  });

  test('an admin of one tenant re-prices that tenant, and sees no job of the operator', async () => {
    const requests = await withRepricer();
    await ask('POST', '/v1/reprice', operator, period);
    expect((await ask('GET', '/v1/reprice', acme)).status).toBe(404);
    expect((await ask('POST', '/v1/reprice', acme, period)).status).toBe(200);
    expect(requests.at(-1)?.tenant).toBe('acme');
    expect((await ask('GET', '/v1/reprice', acme)).status).toBe(200);
  });

  test('one at a time', async () => {
    await withRepricer({ isBusy: true });
    expect(await ask('POST', '/v1/reprice', operator, period)).toMatchObject({ status: 409, body: { code: 'conflict', retryable: true } });
  });

  test.each([{ from: period.to, to: period.from }, { from: period.from }, { ...period, dryrun: true }, { ...period, from: 'monday' }])(
    '%j is refused',
    async (body) => {
      const requests = await withRepricer();
      expect((await ask('POST', '/v1/reprice', operator, body)).status).toBe(400);
      expect(requests).toEqual([]);
    },
  );
});

test('GET /v1/prices lists the cards in force, by any part of the question', async () => {
  app = await buildQueryApi(optionsWith({ keys: ring }));
  const get = async (query: string) => (await ask('GET', `/v1/prices?${query}`, bearer(keyOf('acme', 'query')))).body;
  const one = await get('provider=openai&model=gpt-5&at=2026-07-01');
  expect(one['rates']).not.toEqual([]);
  expect(one['cards']).toContainEqual(
    expect.objectContaining({ id: expect.stringContaining('gpt-5'), provider: 'openai', rates: expect.anything() }),
  );
  const family = await get('provider=openai&model=gpt-5*&at=2026-07-01');
  expect(family['rates']).toEqual([]);
  expect(family['cards_found']).toBeGreaterThan(1);
  expect((await get('provider=openai&model=gpt-55'))['candidates']).toContain('gpt-5');
  const all = await get('');
  expect(all['cards']).toHaveLength(500);
  expect(all['cards_found']).toBeGreaterThan(500);
});
