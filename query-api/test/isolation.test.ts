import { DIMENSIONS } from '@tokenledger/model';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bearer, callOf, entryOf, keysFor, startTestApi, stepOf, type TestApi } from './test-api.ts';

/**
 * Two tenants whose rows carry their tenant's name in every text, and whose calls cost a power of ten of their own: a foreign
 * row shows as a text or as a wrong digit.
 */
const TENANTS = ['alpha', 'omega'] as const;
type Tenant = (typeof TENANTS)[number];
const CALLS_OF: Readonly<Record<Tenant, number>> = { alpha: 3, omega: 5 };
const COST_OF: Readonly<Record<Tenant, bigint>> = { alpha: 1_000_000_000n, omega: 100_000n };

const { ring, keyOf } = keysFor(TENANTS);
const AT = Date.now() - 30 * 60_000;
const ids: Record<Tenant, { traceId: string; spanId: string }[]> = { alpha: [], omega: [] };

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ keys: ring });
  for (const tenant of TENANTS) {
    const canary = `canary-${tenant}`;
    const said = Object.fromEntries(
      ['service', 'environment', 'team', 'feature', 'customer', 'user', 'session', 'run', 'agent', 'gateway', 'region'].map((name) => [
        name,
        canary,
      ]),
    );
    const calls = Array.from({ length: CALLS_OF[tenant] }, (_, index) =>
      callOf({
        ...said,
        name: canary,
        provider: canary,
        model: canary,
        requestModel: canary,
        operation: canary,
        serviceTier: canary,
        errorType: canary,
        responseId: canary,
        promptName: canary,
        promptVersion: canary,
        promptFingerprint: canary,
        promptTemplateFingerprint: canary,
        tags: { canary },
        evidence: JSON.stringify({ canary }),
        rawUsage: { canary },
        timeMs: AT + index,
        cost: COST_OF[tenant],
        charges: [],
      }),
    );
    ids[tenant] = calls.map(({ traceId, spanId }) => ({ traceId, spanId }));
    const steps = calls.map(({ traceId }) => ({
      tenant,
      step: stepOf({
        traceId,
        ...said,
        name: canary,
        timeMs: AT,
        kind: 'tool',
        attributes: { canary, 'gen_ai.tool.name': canary, 'tokenledger.outcome.name': canary, 'tokenledger.outcome.success': 'true' },
      }),
    }));
    await api.ledger.write({ token: tenant, entries: calls.map((call) => entryOf(call, tenant)), steps });
  }
});
afterAll(() => api?.stop());

const anyOf = <Value>(values: readonly Value[]) => fc.constantFrom(...values);
const HOSTILE = [
  "' OR 1=1 --",
  "canary-omega' OR '1'='1",
  '") OR 1=1 --',
  '["canary-omega"]',
  '["\' OR 1=1 --"]',
  '${team}',
  '*',
  '{tenant:String}',
  '\\',
  '\0',
  '%',
  '(none)',
  '[',
  '[""]',
  '’ OR 1=1 --',
  'tenant',
  '1;SELECT 1',
  '\ud800',
];
const text = fc.oneof(anyOf(HOSTILE), anyOf(TENANTS.map((tenant) => `canary-${tenant}`)), fc.string({ unit: 'binary', maxLength: 12 }));
/** Mostly what belongs there, now and then anything. */
const mostly = (fitting: fc.Arbitrary<string>) => fc.oneof({ weight: 9, arbitrary: fitting }, { weight: 1, arbitrary: text });
const list = (names: readonly string[]) => mostly(fc.subarray([...names], { minLength: 1, maxLength: 2 }).map((some) => some.join(',')));
const named = anyOf(TENANTS.map((tenant) => `canary-${tenant}`));

const parameters = fc
  .record(
    {
      filters: fc.dictionary(anyOf(DIMENSIONS), fc.oneof(text, anyOf(['*', '', '["canary-alpha","canary-omega"]'])), { maxKeys: 1 }),
      from: mostly(anyOf([String(AT - 60_000), String(AT - 3_600_000), String(AT + 1), '2026-01-01'])),
      to: mostly(anyOf([String(AT + 60_000), String(AT + 1)])),
      interval: mostly(anyOf(['none', 'auto', 'minute', 'hour'])),
      group_by: list(DIMENSIONS),
      measures: list(['cost', 'calls', 'tokens', 'latency_p95', 'waste']),
      order_by: mostly(anyOf(['cost', 'calls'])),
      limit: mostly(anyOf(['1', '2', '100'])),
      cursor: text,
      trace_id: mostly(anyOf(TENANTS).map((tenant) => ids[tenant][0]?.traceId ?? 'x')),
      span_id: mostly(anyOf(TENANTS).map((tenant) => ids[tenant][0]?.spanId ?? 'x')),
      search: fc.oneof(named, text),
      field: mostly(anyOf(DIMENSIONS)),
      points: mostly(anyOf(['10', '300'])),
      compare: anyOf(['previous', 'none']),
      by: mostly(anyOf(['prompt_fingerprint', 'prompt_template_fingerprint', 'prompt_name'])),
      kind: mostly(anyOf(['tool', 'outcome', 'all', 'prices'])),
      tenant: anyOf(TENANTS),
    },
    { requiredKeys: ['field'] },
  )
  .map(({ filters, ...more }) => ({ ...filters, ...more }));

/** Which parameters each route knows; now and then one it does not. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  '/v1/spend': ['from', 'to', 'interval', 'group_by', 'measures', 'order_by', 'limit', ...DIMENSIONS],
  '/v1/calls': ['from', 'to', 'cursor', 'trace_id', 'limit', ...DIMENSIONS],
  '/v1/coverage': ['from', 'to'],
  '/v1/dimensions/team': ['from', 'to', 'search', 'limit', ...DIMENSIONS],
  '/v1/dimensions/user': ['from', 'to', 'search', 'limit', ...DIMENSIONS],
  '/v1/grafana/timeseries': ['from', 'to', 'points', 'group_by', 'measures', 'order_by', 'limit', ...DIMENSIONS],
  '/v1/grafana/table': ['from', 'to', 'group_by', 'measures', 'compare', 'limit', ...DIMENSIONS],
  '/v1/grafana/stat': ['from', 'to', 'measures', ...DIMENSIONS],
  '/v1/grafana/calls': ['from', 'to', 'trace_id', 'limit', ...DIMENSIONS],
  '/v1/grafana/dimension-values': ['from', 'to', 'field', 'search', 'limit', ...DIMENSIONS],
  '/v1/grafana/annotations': ['from', 'to', 'kind'],
  '/v1/grafana/movers': ['from', 'to', 'group_by', 'limit', ...DIMENSIONS],
  '/v1/grafana/prompts': ['from', 'to', 'by', 'limit', ...DIMENSIONS],
  '/v1/grafana/prompt-variance': ['from', 'to', 'by', ...DIMENSIONS],
  '/v1/grafana/cost-histogram': ['from', 'to', ...DIMENSIONS],
  '/v1/grafana/runs': ['from', 'to', 'limit', ...DIMENSIONS],
  '/v1/grafana/run-statistics': ['from', 'to', ...DIMENSIONS],
  '/v1/grafana/steps': ['from', 'to', 'kind', 'limit', 'team', 'feature', 'agent', 'service', 'environment'],
  '/v1/grafana/outcomes': ['from', 'to', 'team', 'feature', 'agent', 'service', 'environment'],
  '/v1/grafana/trace': ['trace_id'],
  ...Object.fromEntries(
    ['call', 'call-charges', 'call-rules', 'call-entries'].map((name) => [`/v1/grafana/${name}`, ['trace_id', 'span_id']]),
  ),
  '/v1/grafana/coverage': ['from', 'to'],
  '/v1/grafana/attribution': ['from', 'to'],
  '/v1/grafana/emitters': ['from', 'to'],
  '/v1/grafana/not-billable': ['from', 'to'],
  '/v1/grafana/lag': [],
};
const path = fc.tuple(anyOf(Object.keys(KNOWN)), parameters, fc.nat(19)).map(([route, given, luck]) => {
  const query = Object.entries(given).filter(([name, value]) => value !== undefined && (luck === 0 || KNOWN[route]?.includes(name)));
  return `${route}?${query.map(([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`).join('&')}`;
});

const jaegerPath = fc
  .record(
    {
      service: text,
      operation: text,
      tags: fc.oneof(
        text,
        text.map((value) => JSON.stringify({ team: value, error: value })),
      ),
      limit: anyOf(['1', '20', 'x']),
      start: anyOf(['0', String(AT * 1000)]),
      minDuration: text,
    },
    { requiredKeys: [] },
  )
  .map(
    (query) =>
      `/api/traces?${Object.entries(query)
        .map(([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`)
        .join('&')}`,
  );

async function expectOwnRowsOnly(url: string, tenant: Tenant, needle: string) {
  const response = await fetch(url, { headers: bearer(keyOf(tenant, 'query')) });
  const body = await response.text();
  expect(response.status, `${url}\n${body}`).toBeLessThan(500);
  if (response.status === 200) expect(body, url).not.toContain(needle);
  else expect(JSON.parse(body), url).toMatchObject({ detail: expect.stringMatching(/./) });
  return { status: response.status, hasRows: response.status === 200 && body.includes(`canary-${tenant}`) };
}

const other = (tenant: Tenant): Tenant => (tenant === 'alpha' ? 'omega' : 'alpha');

describe('a key sees the rows of its tenant alone', () => {
  test('whatever is asked of any route, and never as a 500', async () => {
    const answered: Record<number, number> = {};
    let withRows = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          { weight: 5, arbitrary: path.map((p) => [api.url, p] as const) },
          { weight: 1, arbitrary: jaegerPath.map((p) => [api.jaegerUrl, p] as const) },
        ),
        anyOf(TENANTS),
        async ([origin, asked], tenant) => {
          const foreign = `canary-${other(tenant)}`;
          // What the question itself names is echoed in messages, never in a 200 of rows.
          const { status, hasRows } = await expectOwnRowsOnly(origin + asked, tenant, foreign);
          answered[status] = (answered[status] ?? 0) + 1;
          if (hasRows) withRows += 1;
        },
      ),
      { numRuns: 220, seed: 3 },
    );
    // The questions are worth asking: many are understood, many see rows, many are refused.
    expect(answered[200]).toBeGreaterThan(100);
    expect(withRows).toBeGreaterThan(20);
    expect(answered[400]).toBeGreaterThan(20);
  }, 180_000);

  test.each(TENANTS)('%s: every total is its own', async (tenant) => {
    const ask = async (url: string) =>
      (await fetch(url, { headers: bearer(keyOf(tenant, 'query')) })).json() as Promise<Record<string, never>>;
    const range = `from=${AT - 60_000}&to=${AT + 60_000}`;
    const calls = CALLS_OF[tenant];
    const cost = (Number(COST_OF[tenant] * BigInt(calls)) / 1e12).toFixed(12).replace(/0+$/, '');
    expect(await ask(`${api.url}/v1/spend?${range}`)).toMatchObject({ rows: [{ cost, calls }] });
    expect(await ask(`${api.url}/v1/spend?${range}&group_by=user`)).toMatchObject({ rows: [{ user: `canary-${tenant}`, cost, calls }] });
    expect(await ask(`${api.url}/v1/spend?${range}&group_by=session`)).toMatchObject({
      rows: [{ session: `canary-${tenant}`, cost, calls }],
    });
    expect(await ask(`${api.url}/v1/coverage?${range}`)).toMatchObject({ calls, cost_usd: cost });
    expect(((await ask(`${api.url}/v1/calls?${range}`)) as unknown as { rows: unknown[] }).rows).toHaveLength(calls);
    expect(await ask(`${api.url}/v1/grafana/stat?${range}`)).toMatchObject({ rows: [{ cost, calls }] });
    expect(await ask(`${api.jaegerUrl}/api/services`)).toMatchObject({ data: [`canary-${tenant}`] });
  });

  test.each(TENANTS)("%s: another tenant's ids are not found", async (tenant) => {
    const headers = bearer(keyOf(tenant, 'query'));
    for (const [owner, status] of [
      [tenant, 200],
      [other(tenant), 404],
    ] as const) {
      const [{ traceId, spanId } = { traceId: '', spanId: '' }] = ids[owner];
      for (const url of [
        `${api.url}/v1/traces/${traceId}`,
        `${api.url}/v1/calls/${traceId}/${spanId}/explain`,
        `${api.jaegerUrl}/api/traces/${traceId}`,
      ]) {
        const response = await fetch(url, { headers });
        const body = await response.text();
        expect(response.status, url).toBe(status);
        expect(body).not.toContain(`canary-${other(tenant)}`);
      }
    }
  });
});
