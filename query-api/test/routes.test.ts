import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { CallPosition } from '@tokenledger/ledger';
import type { RepriceStatus } from '@tokenledger/model';
import { overridesSchema } from '@tokenledger/pricing/overrides';
import { callOf, entryOf, startTestApi, stepOf, type TestApi } from './test-api.ts';

const AT = Date.UTC(2026, 6, 1, 12, 30);
const NOW = Date.now();
/** A trace of an hour ago: an agent that calls a tool, which makes a call of its own. */
const HOUR_AGO = NOW - 3_600_000;
const TRACE = 'b'.repeat(32);
const inTrace = (id: string, parent?: string) => ({
  traceId: TRACE,
  spanId: id.repeat(16),
  parentSpanId: parent?.repeat(16),
  service: 'shop',
  timeMs: HOUR_AGO + Number(id),
});
const call = callOf({
  ...inTrace('3', '2'),
  team: 'search',
  feature: 'chat',
  user: 'ada',
  tags: { build: '7' },
  status: 'error',
  errorType: 'timeout',
});

const REPRICED: RepriceStatus = {
  fromMs: AT,
  toMs: NOW,
  dryRun: true,
  state: 'done',
  priceVersion: 'v',
  callsSeen: 1,
  differences: [{ tenant: 'default', model: 'gpt-5', calls: 1, newlyPriced: 0, newlyUnpriced: 0, before: 1n, after: 2n }],
};

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({
    overrides: { current: () => ({ overrides: overridesSchema.parse({}) }), replace: async () => undefined },
    repricer: {
      start: () => ({ accepted: false, finished: Promise.resolve(REPRICED) }),
      status: () => REPRICED,
    },
    explain: ({ semantics }) => ({
      rules: [{ rule: 'profile', detail: semantics.profile }],
      buckets: [{ meter: 'input_uncached', from: [{ attribute: 'gen_ai.usage.input_tokens', value: 1000 }] }],
    }),
    annotations: async (tenant, { from }) => [
      { timeMs: from + 2, title: 'second', text: tenant, tags: ['anomaly', 'cost'] },
      { timeMs: from + 1, endMs: from + 5, title: 'first', text: '', tags: [] },
    ],
  });
  await api.ledger.write({
    token: 'seed',
    entries: [
      entryOf(call),
      entryOf({
        ...inTrace('4', '1'),
        cost: null,
        charges: [],
        priceStatus: 'unpriced',
        unpricedReason: 'the model is unknown',
        model: 'dark',
      }),
      ...Array.from({ length: 25 }, (_, index) =>
        entryOf({ timeMs: NOW - 86_400_000 * 3 + index, model: index % 3 ? 'gpt-4o' : 'gpt-5', team: index % 2 ? 'ads' : undefined }),
      ),
    ],
    steps: [
      { tenant: 'default', step: stepOf({ ...inTrace('1'), name: 'plan', kind: 'agent' }) },
      {
        tenant: 'default',
        step: stepOf({ ...inTrace('2', '1'), name: 'search', kind: 'tool', attributes: { 'gen_ai.tool.name': 'search' } }),
      },
    ],
  });
});
afterAll(() => api?.stop());

async function get<Body = Record<string, unknown>>(path: string, origin = api.url): Promise<Body> {
  const response = await fetch(origin + path);
  const body = (await response.json()) as Body;
  expect(response.status, `${path}: ${JSON.stringify(body)}`).toBe(200);
  return body;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}
interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>>;
}
const document = JSON.parse(readFileSync(join(import.meta.dirname, '../openapi.json'), 'utf8')) as Document;

/** The documented answer of a route as a schema that refuses whatever is not in it. */
function documented(path: string, method = 'get') {
  const content = document.paths[path]?.[method]?.responses['200']?.content;
  const schema = Object.values(content ?? {})[0]?.schema ?? {};
  const local = JSON.parse(
    JSON.stringify({ ...schema, $defs: document.components.schemas }).replaceAll('#/components/schemas/', '#/$defs/'),
  ) as Parameters<typeof z.fromJSONSchema>[0];
  return z.fromJSONSchema(local);
}

const RANGE = `from=${HOUR_AGO - 60_000}&to=${NOW}`;
const EXAMPLES: Readonly<Record<string, string>> = {
  '/healthz': '/healthz',
  '/readyz': '/readyz',
  '/v1/prices/overrides': '/v1/prices/overrides',
  '/v1/reprice': '/v1/reprice',
  '/v1/spend': `/v1/spend?${RANGE}&group_by=team,model&interval=minute&measures=cost,calls,tokens,latency_p95,cost_per_call`,
  '/v1/calls': `/v1/calls?${RANGE}`,
  '/v1/calls/{trace_id}/{span_id}/explain': `/v1/calls/${TRACE}/${'3'.repeat(16)}/explain`,
  '/v1/traces/{trace_id}': `/v1/traces/${TRACE}`,
  '/v1/prices': '/v1/prices?provider=openai&model=gpt-5',
  '/v1/coverage': `/v1/coverage?${RANGE}`,
  '/v1/books': '/v1/books',
  '/v1/dimensions/{name}': '/v1/dimensions/team',
  '/v1/grafana/timeseries': `/v1/grafana/timeseries?${RANGE}&group_by=model`,
  '/v1/grafana/table': `/v1/grafana/table?${RANGE}&group_by=model,team&compare=previous`,
  '/v1/grafana/stat': `/v1/grafana/stat?${RANGE}`,
  '/v1/grafana/calls': `/v1/grafana/calls?${RANGE}`,
  '/v1/grafana/dimension-values': `/v1/grafana/dimension-values?${RANGE}&field=model`,
  '/v1/grafana/annotations': `/v1/grafana/annotations?${RANGE}`,
  '/v1/grafana/trace': `/v1/grafana/trace?trace_id=${TRACE}`,
  ...Object.fromEntries(
    ['call', 'call-charges', 'call-rules', 'call-entries'].map((name) => [
      `/v1/grafana/${name}`,
      `/v1/grafana/${name}?trace_id=${TRACE}&span_id=${'3'.repeat(16)}`,
    ]),
  ),
  ...Object.fromEntries(
    [
      'movers',
      'prompts',
      'prompt-variance',
      'cost-histogram',
      'runs',
      'run-statistics',
      'steps',
      'outcomes',
      'coverage',
      'attribution',
    ].map((name) => [`/v1/grafana/${name}`, `/v1/grafana/${name}?${RANGE}`]),
  ),
  ...Object.fromEntries(
    ['alert-history', 'anomalies', 'expectation', 'emitters', 'not-billable'].map((name) => [
      `/v1/grafana/${name}`,
      `/v1/grafana/${name}?${RANGE}`,
    ]),
  ),
  ...Object.fromEntries(
    ['alerts', 'alert-deliveries', 'budgets', 'forecast', 'price-lists', 'books', 'lag'].map((name) => [
      `/v1/grafana/${name}`,
      `/v1/grafana/${name}`,
    ]),
  ),
};
/** Answered by alerts, and tested there. */
const OF_ALERTS = /^\/v1\/(alerts|anomalies|budgets|silences|receivers)/;

describe('every documented route', () => {
  test.each(Object.keys(document.paths).filter((path) => path !== '/v1/price' && path !== '/metrics' && !OF_ALERTS.test(path)))(
    '%s answers as its schema says',
    async (path) => {
      const body = await get(EXAMPLES[path] ?? `no example for ${path}`);
      expect(() => documented(path).parse(body)).not.toThrow();
    },
  );

  test('/v1/price and /metrics too', async () => {
    const body = { provider: 'openai', model: 'gpt-5', at: AT, usage: { input_tokens: 5 } };
    const response = await fetch(`${api.url}/v1/price`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(() => documented('/v1/price', 'post').parse({})).toThrow();
    documented('/v1/price', 'post').parse(await response.json());
    const metrics = await fetch(`${api.url}/metrics`);
    expect(metrics.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await metrics.text()).toContain('tokenledger_spans_received_total 3');
  });
});

describe('/v1/calls', () => {
  test('gives a call as the interfaces page says', async () => {
    const { rows } = await get<{ rows: object[] }>(`/v1/calls?trace_id=${TRACE.toUpperCase()}&status=error`);
    expect(rows).toEqual([
      expect.objectContaining({
        trace_id: TRACE,
        span_id: '3'.repeat(16),
        parent_span_id: '2'.repeat(16),
        time: new Date(call.timeMs).toISOString(),
        duration_ms: 812.5,
        ttft_ms: 120,
        service: 'shop',
        environment: null,
        team: 'search',
        usage: { input_uncached: 1000, output_text: 100 },
        cost_usd: '0.0035',
        price_status: 'exact',
        billable: true,
        estimated: false,
        status: 'error',
        error_type: 'timeout',
        semantics: { profile: 'test', confidence: 'certain', flags: [] },
        tags: { build: '7' },
      }),
    ]);
    expect(rows[0]).not.toHaveProperty('evidence');
  });

  test('gives page after page until there is no next', async () => {
    const seen: string[] = [];
    let path = `/v1/calls?from=${NOW - 86_400_000 * 4}&to=${NOW}&limit=10`;
    for (let next: string | undefined = ''; next !== undefined;) {
      const page: { rows: { span_id: string }[]; next?: string } = await get(path + (next && `&cursor=${next}`));
      seen.push(...page.rows.map(({ span_id }) => span_id));
      next = page.next;
    }
    expect(seen).toHaveLength(27);
    expect(new Set(seen).size).toBe(27);
  });

  test('unpriced is null with a reason', async () => {
    const { rows } = await get<{ rows: object[] }>(`/v1/calls?${RANGE}&price_status=unpriced`);
    expect(rows).toMatchObject([{ model: 'dark', cost_usd: null, unpriced_reason: 'the model is unknown' }]);
  });
});

test('/v1/calls/…/explain goes from the raw numbers to the charges', async () => {
  expect(await get(`/v1/calls/${TRACE}/${'3'.repeat(16)}/explain`)).toMatchObject({
    raw_usage: { 'gen_ai.usage.input_tokens': 1000 },
    evidence: { attributes: {} },
    rules: { rules: [{ rule: 'profile', detail: 'test' }] },
    call: {
      usage: { input_uncached: 1000, output_text: 100 },
      charges: [
        { meter: 'input_uncached', quantity: 1000, unit_price_usd: '0.0000025', amount_usd: '0.0025', price_id: 'gpt-4o', source: 'test' },
        { meter: 'output_text', quantity: 100, unit_price_usd: '0.00001', amount_usd: '0.001' },
      ],
    },
    entries: [{ version: 0, reason: 'call', delta: { calls: 1, cost_usd: '0.0035' } }],
  });
});

describe('/v1/grafana/call…: the same in tables', () => {
  const rowsOf = async (name: string, span: string) =>
    (await get<{ rows: object[] }>(`/v1/grafana/${name}?trace_id=${TRACE}&span_id=${span.repeat(16)}`)).rows;

  test('each line is quantity times price, with what it was read from', async () => {
    expect(await rowsOf('call', '3')).toMatchObject([{ cost: '0.0035', cost_text: '$0.0035', profile: 'test', input_tokens: 1000 }]);
    expect(await rowsOf('call-charges', '3')).toEqual([
      {
        meter: 'input_uncached',
        quantity: 1000,
        said_as: 'gen_ai.usage.input_tokens = 1000',
        price: '$2.5 / million',
        amount_usd: '$0.0025',
        price_id: 'gpt-4o',
        source: 'test',
      },
      expect.objectContaining({ meter: 'output_text', quantity: 100, said_as: '', price: '$10 / million', amount_usd: '$0.001' }),
    ]);
    expect(await rowsOf('call-rules', '3')).toEqual([{ step: 1, rule: 'profile', detail: 'test' }]);
    expect(await rowsOf('call-entries', '3')).toMatchObject([{ version: 0, reason: 'call', calls: 1, cost: '0.0035' }]);
  });

  test('what has no price has its quantities and the reason', async () => {
    expect(await rowsOf('call', '4')).toMatchObject([{ cost: null, cost_text: 'unknown: the model is unknown' }]);
    expect(await rowsOf('call-charges', '4')).toMatchObject([
      { meter: 'input_uncached', quantity: 1000, price: '–', amount_usd: null },
      { meter: 'output_text', quantity: 100, amount_usd: null },
    ]);
  });

  test('of a step, or of nothing, there are no rows', async () => {
    expect(await rowsOf('call', '1')).toEqual([]);
    expect(await get('/v1/grafana/call-charges')).toEqual({ rows: [] });
  });
});

test('/v1/traces/{trace_id} is a tree with the cost of every subtree', async () => {
  const trace = await get<{
    cost_usd: string;
    unpriced_calls: number;
    spans: { span_id: string; type: string; depth: number; subtree_cost_usd: string | null }[];
  }>(`/v1/traces/${TRACE}`);
  expect([trace.cost_usd, trace.unpriced_calls]).toEqual(['0.0035', 1]);
  expect(trace.spans.map(({ span_id, type, depth, subtree_cost_usd }) => [span_id[0], type, depth, subtree_cost_usd])).toEqual([
    ['1', 'step', 0, '0.0035'],
    ['2', 'step', 1, '0.0035'],
    ['3', 'call', 2, '0.0035'],
    // It has no price.
    ['4', 'call', 1, null],
  ]);
});

describe('/v1/spend', () => {
  test('money is exact text, unknown is null, nobody said is null', async () => {
    const { rows, meta } = await get<{ rows: object[]; meta: object }>(
      `/v1/spend?from=${NOW - 86_400_000 * 4}&to=${NOW}&group_by=model,team&measures=calls,cost,unpriced_calls,error_rate`,
    );
    expect(rows).toEqual([
      { model: 'gpt-4o', team: null, calls: 8, cost: '0.028', unpriced_calls: 0, error_rate: 0 },
      { model: 'gpt-4o', team: 'ads', calls: 8, cost: '0.028', unpriced_calls: 0, error_rate: 0 },
      { model: 'gpt-5', team: null, calls: 5, cost: '0.0175', unpriced_calls: 0, error_rate: 0 },
      { model: 'gpt-5', team: 'ads', calls: 4, cost: '0.014', unpriced_calls: 0, error_rate: 0 },
      { model: 'dark', team: 'search', calls: 1, cost: null, unpriced_calls: 1, error_rate: 0 },
      { model: 'gpt-4o', team: 'search', calls: 1, cost: '0.0035', unpriced_calls: 0, error_rate: 1 },
    ]);
    expect(meta).toMatchObject({
      step_s: null,
      group_by: ['model', 'team'],
      units: { cost: 'usd', calls: 'call', error_rate: 'ratio' },
      truncated: false,
    });
  });

  test('buckets are full and ascend', async () => {
    const { rows, meta } = await get<{ rows: { time: string; calls: number }[]; meta: { step_s: number } }>(
      `/v1/spend?from=${HOUR_AGO}&to=${NOW}&interval=auto&measures=calls`,
    );
    expect(meta.step_s).toBe(60);
    expect([60, 61]).toContain(rows.length);
    expect(rows.map(({ time }) => time)).toEqual(rows.map(({ time }) => time).toSorted());
    expect(rows.reduce((sum, { calls }) => sum + calls, 0)).toBe(2);
  });
});

describe('Grafana', () => {
  test('time series are long, ascending, in epoch milliseconds, and every series has every point', async () => {
    const { rows, meta } = await get<{ rows: { time: number; series: string; cost: string }[]; meta: { step_s: number } }>(
      `/v1/grafana/timeseries?from=${NOW - 86_400_000 * 4}&to=${NOW}&group_by=team&points=100`,
    );
    expect(meta.step_s).toBe(3600);
    expect(new Set(rows.map(({ series }) => series))).toEqual(new Set(['(none)', 'ads', 'search']));
    expect(rows.map(({ time }) => time)).toEqual(rows.map(({ time }) => time).toSorted((a, b) => a - b));
    const times = new Set(rows.map(({ time }) => time));
    expect(rows.length).toBe(times.size * 3);
    for (const time of times) expect(Number.isInteger(time)).toBe(true);
  });

  test('a table shows shares and what changed since the range before', async () => {
    const { rows } = await get<{ rows: object[] }>(
      `/v1/grafana/table?from=${NOW - 86_400_000 * 2}&to=${NOW}&group_by=team&measures=cost,calls&compare=previous`,
    );
    expect(rows).toEqual([
      {
        team: 'search',
        cost: '0.0035',
        calls: 2,
        share: 1,
        cumulative_share: 1,
        cost_previous: '0',
        cost_change: null,
        calls_previous: 0,
        calls_change: null,
      },
    ]);
    const before = await get<{ rows: object[] }>(`/v1/grafana/stat?from=${NOW - 86_400_000 * 2}&to=${NOW}&measures=cost,latency_p50`);
    expect(before.rows).toMatchObject([{ cost: '0.0035', cost_previous: '0.0875', cost_change: (0.0035 - 0.0875) / 0.0875 }]);
  });

  test('who has an answer is not sent it again; the same question at once is asked once', async () => {
    const url = `${api.url}/v1/grafana/table?from=${NOW - 86_400_000 * 3}&to=${NOW}&group_by=team`;
    const [first, second] = await Promise.all([fetch(url), fetch(url)]);
    expect(await first.text()).toBe(await second.text());
    const tag = first.headers.get('etag') ?? '';
    const again = await fetch(url, { headers: { 'if-none-match': tag } });
    expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', tag]);
    expect(again.headers.get('cache-control')).toBe('private, no-cache');
    expect((await fetch(url, { headers: { 'if-none-match': 'W/"other"' } })).status).toBe(200);
    for (const known of [`W/"other", ${tag}`, tag.replace('W/', ''), '*'])
      expect((await fetch(url, { headers: { 'if-none-match': known } })).status, known).toBe(304);
  });

  test('a point that is out of the range has its columns, and nothing is known of it', async () => {
    const { rows } = await get<{ rows: object[] }>(`/v1/grafana/stat?from=${HOUR_AGO}&to=${NOW}&at=1&measures=cost,calls`);
    expect(rows).toMatchObject([{ cost: null, calls: null }]);
  });

  test('a body that is no JSON is refused for its type', async () => {
    const answer = await fetch(`${api.url}/v1/price`, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{}' });
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([415, 'unsupported_media_type']);
  });

  test('a rate is what the buckets hold per unit of time', async () => {
    const asked = `/v1/grafana/timeseries?from=${NOW - 86_400_000 * 2}&to=${NOW}&points=2&measures=cost,calls,error_rate`;
    const [sums, rates] = await Promise.all([
      get<{ rows: Record<string, unknown>[]; meta: { step_s: number } }>(asked),
      get<{ rows: Record<string, unknown>[] }>(`${asked}&per=minute`),
    ]);
    const stepMs = sums.meta.step_s * 1000;
    expect(sums.rows.length).toBe(3);
    for (const [index, sum] of sums.rows.entries()) {
      // Of the first and the last bucket a part is in the range: fewer calls there are no lower rate.
      const start = Number(sum['time']);
      const minutes = (Math.min(start + stepMs, NOW) - Math.max(start, NOW - 86_400_000 * 2)) / 60_000;
      const rate = rates.rows[index];
      expect(Number(rate?.['calls'])).toBeCloseTo(Number(sum['calls']) / minutes, 9);
      expect(Number(rate?.['cost'])).toBeCloseTo(Number(sum['cost']) / minutes, 11);
      expect(rate?.['error_rate']).toBe(sum['error_rate']);
    }
  });

  test('values of a variable come back as they must be sent', async () => {
    const { rows } = await get<{ rows: { value: string }[] }>(
      `/v1/grafana/dimension-values?from=${NOW - 86_400_000 * 4}&to=${NOW}&field=team`,
    );
    expect(rows.map(({ value }) => value).toSorted()).toEqual(['(none)', 'ads', 'search']);
    const asked = await get<{ rows: object[] }>(`/v1/grafana/stat?from=${NOW - 86_400_000 * 4}&to=${NOW}&team=(none)&measures=calls`);
    expect(asked.rows).toMatchObject([{ calls: 13 }]);
  });

  test('a variable lists what the hours of its range have, or the minutes of a short one', async () => {
    const values = async (from: number, to: number) => {
      const { rows } = await get<{ rows: object[] }>(`/v1/grafana/dimension-values?from=${from}&to=${to}&field=model`);
      return rows.length;
    };
    const seeded = NOW - 86_400_000 * 3;
    const hour = Math.floor(seeded / 3_600_000) * 3_600_000;
    const minute = Math.floor(seeded / 60_000) * 60_000;
    expect(await values(hour - 86_400_000, hour)).toBe(0);
    expect(await values(hour - 86_400_000, hour + 1)).toBe(2);
    expect(await values(minute - 3_600_000, minute)).toBe(0);
    expect(await values(minute - 3_600_000, minute + 1)).toBe(2);
  });

  test('calls are flat and ascend; annotations too', async () => {
    const { rows } = await get<{ rows: { time: number; cost_usd: string | null; agent: string; input_tokens: number }[] }>(
      `/v1/grafana/calls?${RANGE}`,
    );
    expect(rows.map(({ cost_usd }) => cost_usd)).toEqual(['0.0035', null]);
    expect(rows[0]).toMatchObject({ agent: '(none)', input_tokens: 1000, trace_id: TRACE });
    for (const row of rows) for (const cell of Object.values(row)) expect(cell === null || typeof cell !== 'object').toBe(true);
    const marks = await get<{ rows: { title: string }[] }>(`/v1/grafana/annotations?from=${AT}&to=${AT + 10}`);
    expect(marks.rows).toEqual([
      { time: AT + 1, time_end: AT + 5, title: 'first', text: '', tags: '' },
      { time: AT + 2, time_end: AT + 2, title: 'second', text: 'default', tags: 'anomaly,cost' },
    ]);
  });
});

describe('Jaeger', () => {
  interface Found {
    readonly data: readonly {
      readonly traceID: string;
      readonly spans: readonly JaegerSpan[];
      readonly processes: Readonly<Record<string, { serviceName: string }>>;
    }[];
  }
  interface JaegerSpan {
    readonly spanID: string;
    readonly operationName: string;
    readonly processID: string;
    readonly startTime: number;
    readonly duration: number;
    readonly references: readonly { refType: string; spanID: string }[];
    readonly tags: readonly { key: string; type: string; value: unknown }[];
  }
  const ask = (path: string) => get<Found>(path, api.jaegerUrl);

  test('lists services and their operations', async () => {
    expect(await get('/api/services', api.jaegerUrl)).toEqual({
      data: ['shop', 'unknown_service'],
      errors: null,
      limit: 0,
      offset: 0,
      total: 2,
    });
    expect(await get('/api/services/shop/operations', api.jaegerUrl)).toMatchObject({ data: ['chat'] });
    expect(await get('/api/dependencies', api.jaegerUrl)).toMatchObject({ data: [] });
  });

  test('gives a trace with cost on each row of the tree', async () => {
    const { data } = await ask(`/api/traces/${TRACE}`);
    expect(data).toHaveLength(1);
    const spans = data[0]?.spans ?? [];
    expect(spans.map(({ operationName }) => operationName)).toEqual(['plan', 'search', 'chat gpt-4o · $0.0035', 'chat dark · unpriced']);
    const [, , chat] = spans;
    expect(chat).toMatchObject({
      spanID: '3'.repeat(16),
      startTime: call.timeMs * 1000,
      duration: 812_500,
      references: [{ refType: 'CHILD_OF', traceID: TRACE, spanID: '2'.repeat(16) }],
    });
    expect(data[0]?.processes[chat?.processID ?? '']).toMatchObject({ serviceName: 'shop' });
    expect(chat?.tags).toEqual(
      expect.arrayContaining([
        { key: 'error', type: 'bool', value: true },
        { key: 'gen_ai.usage.input_tokens', type: 'float64', value: 1000 },
        { key: 'tokenledger.cost_usd', type: 'string', value: '0.0035' },
        { key: 'tokenledger.team', type: 'string', value: 'search' },
      ]),
    );
  });

  test('a trace that is not there is a 404, never an empty list', async () => {
    expect((await fetch(`${api.jaegerUrl}/api/traces/abc`)).status).toBe(404);
  });

  test.each([
    ['service=shop', 1],
    ['service=nobody', 0],
    ['service=shop&operation=chat', 1],
    ['service=shop&operation=embeddings', 0],
    [`service=shop&tags=${encodeURIComponent('{"error":"true"}')}`, 1],
    [`service=shop&tags=${encodeURIComponent('{"tokenledger.team":"search"}')}`, 1],
    [`service=shop&tags=${encodeURIComponent('{"tokenledger.team":"ads"}')}`, 0],
    [`service=shop&tags=${encodeURIComponent('{"nobody.knows":"x"}')}`, 0],
    ['service=shop&operation=All', 1],
    ['service=shop&tag=tokenledger.team:search&tag=error:true', 1],
    ['service=shop&tag=tokenledger.team:ads', 0],
    ['service=shop&minDuration=1s', 0],
    ['service=shop&minDuration=0.5s&maxDuration=0h0m1s', 1],
    ['service=unknown_service&limit=3', 3],
    ['service=shop&maxDuration=1s', 1],
    [`service=unknown_service&start=${(NOW - 86_400_000 * 4) * 1000}&end=${NOW * 1000}&limit=7`, 7],
    [`service=shop&start=${(NOW - 86_400_000 * 4) * 1000}&end=${(HOUR_AGO - 1) * 1000}`, 0],
  ])('search %s finds %i', async (query, count) => {
    const { data } = await ask(`/api/traces?${query}`);
    expect(data).toHaveLength(count);
  });

  test.each([
    ['minDuration=fast', 'minDuration'],
    ['maxDuration=1', 'maxDuration'],
    ['tags=error=true', 'tags'],
    [`tags=${encodeURIComponent('["error"]')}`, 'tags'],
    ['tag=error', 'tag'],
    ['limit=0', 'limit'],
    ['start=yesterday', 'start'],
  ])('search %s is refused, not answered without it', async (query, parameter) => {
    const answer = await fetch(`${api.jaegerUrl}/api/traces?service=shop&${query}`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([400, expect.stringContaining('application/problem+json')]);
    expect(await answer.json()).toMatchObject({ errors: [{ parameter }] });
  });
});

/** Documents that a cursor is opaque but stable: what `next` holds is a position, not an offset. */
test('a cursor is a position', async () => {
  const { next } = await get<{ next: string }>(`/v1/calls?from=${NOW - 86_400_000 * 4}&to=${NOW}&limit=1`);
  const [timeMs, traceId] = JSON.parse(Buffer.from(next, 'base64url').toString()) as [CallPosition['timeMs'], string, string];
  expect([timeMs, traceId]).toEqual([HOUR_AGO + 4, TRACE]);
});
