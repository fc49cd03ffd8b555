import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TenantReader } from '@tokenledger/ledger';
import { fastify, type FastifyInstance } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { settled } from './fixtures/patience.ts';
import { alertRoutes, type Alerts, DEFAULT_RULES, startAlerts } from '../src/index.ts';

let folder: string;
let alerts: Alerts;
let app: FastifyInstance;

/** Nothing was spent unless a test says so: routes are tested here, not rules. */
let spent: readonly bigint[];
const nothing = {
  spend: async () => ({
    rows: spent.map((cost) => ({ dimensions: {}, measures: { cost, calls: 1 } })),
    stepMs: null,
    truncated: false,
    sources: [],
  }),
  histories: async () => [],
} as Partial<TenantReader> as TenantReader;

beforeEach(async () => {
  spent = [];
  folder = mkdtempSync(join(tmpdir(), 'tokenledger-alert-routes-'));
  alerts = startAlerts({
    ledger: { forTenant: () => nothing },
    stateDir: folder,
    rules: DEFAULT_RULES,
    receivers: [],
    tenants: ['a', 'b'],
    publicUrl: 'http://localhost:4320',
    intervalMs: 50,
    log: pino({ level: 'silent' }),
  });
  app = fastify();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.decorateRequest('tenant', '');
  app.addHook('onRequest', async (request) => {
    request.tenant = String(request.headers['x-tenant'] ?? 'a');
  });
  await app.register(alertRoutes, { alerts });
});
afterEach(async () => {
  await app.close();
  await alerts.stop();
  rmSync(folder, { recursive: true, force: true });
});

const RULE = { name: 'spend', measure: 'cost', window: '2h', condition: { kind: 'threshold', above: '10' } };
const HOOK = { name: 'hook', url: 'http://127.0.0.1:9/?token=hidden', secrets: [`whsec_${Buffer.alloc(32).toString('base64')}`] };

async function ask(method: 'GET' | 'PUT' | 'POST' | 'DELETE', url: string, payload?: object, tenant = 'a') {
  const answer = await app.inject({ method, url, headers: { 'x-tenant': tenant }, ...(payload && { payload }) });
  if (answer.statusCode === 204) return { status: 204, text: '', json: { rows: [] } };
  return { status: answer.statusCode, text: answer.body, json: answer.json<{ rows: never[] }>() };
}

test('a rule that is put comes back as it was written, and only to its tenant', async () => {
  expect((await ask('PUT', '/v1/alerts/rules/spend', RULE)).status).toBe(200);
  const rows = (await ask('GET', '/v1/alerts/rules')).json.rows as { origin: string; rule: object }[];
  expect(rows.find(({ origin }) => origin === 'api')?.rule).toMatchObject(RULE);
  expect((await ask('GET', '/v1/alerts/rules', undefined, 'b')).text).not.toContain('"spend"');
  expect((await ask('DELETE', '/v1/alerts/rules/spend', undefined, 'b')).status).toBe(404);
  expect((await ask('DELETE', '/v1/alerts/rules/spend')).status).toBe(204);
});

test('a rule that ships can be switched off, and comes back when that is removed', async () => {
  const off = { name: 'unpriced-calls', measure: 'calls', condition: { kind: 'no_data' }, enabled: false };
  await ask('PUT', '/v1/alerts/rules/unpriced-calls', off);
  expect((await ask('GET', '/v1/alerts/rules')).text).toContain('"origin":"api"');
  await ask('DELETE', '/v1/alerts/rules/unpriced-calls');
  expect((await ask('GET', '/v1/alerts/rules')).text).not.toContain('"origin":"api"');
});

test('what is wrong with a rule is refused', async () => {
  expect((await ask('PUT', '/v1/alerts/rules/other', RULE)).status).toBe(400);
  expect((await ask('PUT', '/v1/alerts/rules/spend', { ...RULE, receivers: ['nobody'] })).status).toBe(400);
  expect((await ask('PUT', '/v1/alerts/rules/spend', { ...RULE, measure: 'calls', condition: { kind: 'anomaly' } })).status).toBe(400);
  expect((await ask('PUT', '/v1/alerts/rules/spend', { ...RULE, surprise: 1 })).status).toBe(400);
});

test('secrets and addresses of receivers are written and never read', async () => {
  expect((await ask('PUT', '/v1/receivers/hook', HOOK)).status).toBe(200);
  const { text, status } = await ask('GET', '/v1/receivers');
  expect(status).toBe(200);
  expect(text).toContain('"hook"');
  expect(text).not.toContain('whsec_');
  expect(text).not.toContain('hidden');
  expect((await ask('GET', '/v1/receivers', undefined, 'b')).text).not.toContain('"hook"');
});

test('a tenant cannot allow itself a private address, and learns nothing about what listens there', async () => {
  expect((await ask('PUT', '/v1/receivers/hook', { ...HOOK, allow_private: true })).status).toBe(400);
  await ask('PUT', '/v1/receivers/hook', HOOK);
  expect((await ask('POST', '/v1/receivers/hook/test')).json).toMatchObject({
    delivered: false,
    error: expect.stringContaining('is private') as unknown,
  });
});

test('a silence can be added, seen and ended', async () => {
  const silence = { matchers: [{ name: 'team', value: 'x' }], starts_at: '2026-01-01T00:00:00Z', ends_at: '2026-01-02T00:00:00Z' };
  const added = (await ask('POST', '/v1/silences', silence)).json as unknown as { id: string };
  expect((await ask('GET', '/v1/silences')).json.rows).toHaveLength(1);
  expect((await ask('DELETE', `/v1/silences/${added.id}`)).status).toBe(204);
  expect((await ask('GET', '/v1/silences')).json.rows).toHaveLength(0);
  expect((await ask('POST', '/v1/silences', { ...silence, ends_at: '2025-01-01T00:00:00Z' })).status).toBe(400);
});

test.each(['/v1/alerts', '/v1/alerts/history', '/v1/anomalies', '/v1/budgets', '/v1/receivers/deliveries'])(
  '%s answers where nothing is',
  async (url) => {
    expect(await ask('GET', url)).toMatchObject({ status: 200, json: { rows: [] } });
  },
);

test.each([
  [0n, 'ok'],
  [10n ** 10n, 'exhausted'],
])('a budget of nothing of which %s was spent is %s, and has no share', async (cost, state) => {
  spent = [cost];
  await ask('PUT', '/v1/alerts/rules/spend', { ...RULE, condition: { kind: 'budget', amount_usd: '0', period: 'month' } });
  expect(await ask('GET', '/v1/budgets')).toMatchObject({ status: 200, json: { rows: [{ state, spent_share: null, burn_rate: null }] } });
});

test('how evaluation and delivery go can be asked', async () => {
  await settled(alerts);
  expect((await ask('GET', '/v1/alerts/health')).json).toMatchObject({ failures: 0, messages_waiting: 0, messages_dead: 0 });
});

test('a rule can be tried on the past before it is put', async () => {
  const preview = { rule: RULE, from: '2026-11-20T00:00:00Z', to: '2026-11-20T03:00:00Z' };
  expect((await ask('POST', '/v1/alerts/preview', preview)).json).toEqual({ step_s: 60, rows: [] });
  expect((await ask('POST', '/v1/alerts/preview', { ...preview, from: '2020-01-01T00:00:00Z' })).status).toBe(400);
});
