import type { FastifyInstance } from 'fastify';
import { toDimensionName } from '@tokenledger/model';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildQueryApi } from '../src/index.ts';
import { parseFilter, parseTime } from '../src/parameters.ts';
import { optionsWith } from './test-api.ts';

let app: FastifyInstance;
const asked: { filters: unknown; from: number; to: number }[] = [];
beforeAll(async () => {
  const nothing = { rows: [], stepMs: null, truncated: false, sources: [] };
  const reader = { spend: async (query: (typeof asked)[number]) => (asked.push(query), nothing) };
  app = await buildQueryApi(optionsWith({ ledger: { ping: async () => {}, forTenant: () => reader as never } }));
});
afterAll(() => app?.close());

const ask = (query: string, route = '/v1/spend') => app.inject(`${route}?${query}`);
const lastFilters = () => asked.at(-1)?.filters;

describe('a bad parameter is a 400 that names it', () => {
  test.each([
    ['from=yesterday', 'from', 'is no time'],
    ['from=2026-13-01', 'from', 'is no time'],
    ['from=2026-07-01T12:00:00', 'from', 'is no time'],
    ['to=99999999999999', 'to', 'is no time'],
    ['from=2026-07-02&to=2026-07-01', 'from', 'must be before `to`'],
    ['from=2026-07-01&from=2026-07-02', 'from', 'is given more than once'],
    ['interval=fortnight', 'interval', 'must be one of auto, minute, hour, day, none'],
    ['group_by=team,color', 'group_by', 'there is no dimension "color"; there are service'],
    ['group_by=team,team', 'group_by', 'names a dimension twice'],
    ['group_by=team,model,user,region,run,agent', 'group_by', 'names more than 5'],
    ['measures=cost,karma', 'measures', 'there is no measure "karma"; there are cost, calls'],
    ['order_by=karma', 'order_by', 'there is no measure "karma"'],
    ['order=up', 'order', 'must be one of desc, asc'],
    ['limit=0', 'limit', 'is no whole number from 1 to 10000'],
    ['limit=1e3', 'limit', 'is no whole number from 1 to 10000'],
    ['limit=10001', 'limit', 'is no whole number from 1 to 10000'],
    ['team=[oops]', 'team', 'is no JSON list'],
    ['team=["oops', 'team', 'is no JSON list'],
    ['team=[1]', 'team', 'is no JSON list'],
    [`team=${JSON.stringify(Array.from({ length: 501 }, String))}`, 'team', 'has 501 values: at most 500 are looked for'],
    [Array.from({ length: 501 }, (_, index) => `team=${index}`).join('&'), 'team', 'has 501 values: at most 500'],
    ['estimated=a', 'estimated', 'must be one of true, false'],
    ['billable=1', 'billable', 'must be one of true, false'],
    ['status=OK', 'status', 'must be one of unset, ok, error'],
    ['status=error&status=[""]', 'status', 'must be one of unset, ok, error'],
    ['price_status=["exact","free"]', 'price_status', 'must be one of contract, exact, alias, provider_reported, estimated, unpriced'],
    ['color=red', 'color', 'there is no such parameter'],
    ['__proto__=x', '__proto__', 'there is no such parameter'],
    ['constructor=x', 'constructor', 'there is no such parameter'],
    ['tenant=other', 'tenant', 'there is no such parameter'],
  ])('%s', async (query, parameter, message) => {
    const response = await ask(query);
    expect(response.statusCode).toBe(400);
    const { errors, code } = response.json<{ code: string; errors: { parameter: string; message: string }[] }>();
    expect(code).toBe('invalid_request');
    expect(errors).toEqual([{ parameter, message: expect.stringContaining(message) }]);
  });

  test('and all of them are named at once', async () => {
    const { errors } = (await ask('from=x&limit=x&group_by=x&color=x')).json<{ errors: { parameter: string }[] }>();
    expect(errors.map(({ parameter }) => parameter).toSorted()).toEqual(['color', 'from', 'group_by', 'limit']);
  });

  test.each([
    ['/v1/calls', 'cursor=abc', 'cursor: is no cursor'],
    ['/v1/calls', `cursor=${Buffer.from('["x",1,2]').toString('base64url')}`, 'cursor: is no cursor'],
    ['/v1/calls', `cursor=${Buffer.from('[1,"x","y"]').toString('base64url')}`, 'cursor: is no cursor'],
    ['/v1/dimensions/color', '', 'name: must be one of service'],
    ['/v1/traces/abc', '', 'trace_id: is no trace id: 32 hex digits'],
    [`/v1/calls/${'a'.repeat(32)}/zz/explain`, '', 'span_id: is no span id: 16 hex digits'],
    ['/v1/prices', 'color=red', 'color: there is no such parameter'],
    ['/v1/grafana/timeseries', 'points=many', 'points: is no whole number'],
    ['/v1/grafana/dimension-values', 'field=color', 'field: must be one of service'],
    ['/v1/grafana/annotations', 'team=x', 'team: there is no such parameter'],
    ['/v1/books', 'x=1', 'x: there is no such parameter'],
  ])('%s?%s', async (route, query, detail) => {
    const response = await ask(query, route);
    expect(response.statusCode).toBe(400);
    expect(response.json<{ detail: string }>().detail).toContain(detail);
  });
});

describe('a filter', () => {
  test.each([
    ['team=a', { team: ['a'] }],
    ['team=a&team=b', { team: ['a', 'b'] }],
    ['team=["a b","c%26d"]', { team: ['a b', 'c&d'] }],
    ['team=[""]', { team: [''] }],
    ['team=["*"]', { team: ['*'] }],
    ['team=["${x}","$__all"]', { team: ['${x}', '$__all'] }],
    ['team=[bot] renovate', { team: ['[bot] renovate'] }],
    ['team=a,b', { team: ['a,b'] }],
    ['team=', {}],
    ['team=*', {}],
    ['team=${team:json}', {}],
    ['team=$__all', {}],
    ['team=a&team=*', {}],
    ['estimated=true&billable=false', { estimated: ['true'], billable: ['false'] }],
  ])('%s', async (query, filters) => {
    expect((await ask(query)).statusCode).toBe(200);
    expect(lastFilters()).toEqual(filters);
  });

  test('Grafana sends (none) for what nobody said', async () => {
    await ask('team=(none)', '/v1/grafana/stat');
    expect(lastFilters()).toEqual({ team: [''] });
    await ask('team=["(none)","a"]', '/v1/grafana/stat');
    expect(lastFilters()).toEqual({ team: ['', 'a'] });
  });

  test('the name of a value, alone or in a list, is that value', async () => {
    let moment = 0;
    const odd = fc.constantFrom('All', '*', '(none)', '$__all', '${team}', '["a"', '"', '"a"', '[bot] renovate', 'a,b', 'Ünïcode 検索');
    const text = fc
      .oneof(
        odd,
        fc.string(),
        fc.tuple(odd, fc.string()).map((parts) => parts.join('')),
      )
      .filter((value) => value !== '');
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        const name = toDimensionName(value);
        for (const parameter of [name, JSON.stringify([name])]) {
          // Each a question of its own: what was asked a moment ago is not asked again.
          await ask(new URLSearchParams({ from: String(moment++), to: String(moment), team: parameter }).toString(), '/v1/grafana/stat');
          expect(lastFilters()).toEqual({ team: [value] });
        }
      }),
      { numRuns: 200 },
    );
  });

  test('is a JSON list or a literal', () => {
    expect(parseFilter('x')).toEqual(['x']);
    expect(parseFilter('["x","[y"]')).toEqual(['x', '[y']);
    expect(parseFilter('["')).toBeUndefined();
  });
});

describe('a time', () => {
  test.each([
    ['2026-07-01', Date.UTC(2026, 6, 1)],
    ['2026-07-01T12:00Z', Date.UTC(2026, 6, 1, 12)],
    ['2026-07-01T12:00:00.5+02:00', Date.UTC(2026, 6, 1, 10, 0, 0, 500)],
    ['1782907200000', 1_782_907_200_000],
    ['0', 0],
    ['', undefined],
    ['-1', undefined],
    ['1.5', undefined],
    ['2026-02-30T00:00:00', undefined],
    ['July 1, 2026', undefined],
    ['2026-02-30', undefined],
    ['2026-04-31T00:00:00Z', undefined],
    ['2024-02-29', Date.UTC(2024, 1, 29)],
    ['1970-01-01', 0],
  ])('%s', (text, time) => {
    expect(parseTime(text)).toBe(time);
  });

  test('that is not said means the last day, this minute included', async () => {
    await ask('');
    const { from = 0, to = 0 } = asked.at(-1) ?? {};
    expect(to - from).toBe(86_400_000);
    expect(to).toBeGreaterThan(Date.now() - 1000);
    expect(to - Date.now()).toBeLessThanOrEqual(60_000);
  });

  test('that Grafana did not fill in is as if absent', async () => {
    await ask('from=${__timeFrom}&to=$__timeTo&interval=$__interval');
    expect(asked.at(-1)?.to).toBeGreaterThan(Date.now() - 1000);
  });
});
