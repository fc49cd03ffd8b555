/** What dashboards are told of values with odd names, and of what nobody can know. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { entryOf, startTestApi, type TestApi } from './test-api.ts';

const AT = Date.now() - 3_600_000;
const RANGE = `from=${AT - 60_000}&to=${AT + 60_000}`;
const TEAMS = ['All', '$__all', '*', '(none)', '"All"', '${team}', 'a,b', 'O\'Brien & "Söhne"', '検索', '{a,b}', undefined];

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  const costs = [0n, 500n, 999n, 1001n, 3_500_000_000n];
  const entries = [
    ...TEAMS.map((team, index) => entryOf({ timeMs: AT, team, cost: BigInt(index + 1) * 1_000_000n, user: team })),
    ...costs.map((cost) => entryOf({ timeMs: AT, feature: 'cheap', promptFingerprint: 'f', model: 'm', cost, charges: [] })),
    entryOf({ timeMs: AT, operation: 'embeddings', model: 'embed', usage: { input_uncached: 10 } }),
  ];
  await api.ledger.write({ token: 'seed', entries, steps: [] });
}, 60_000);
afterAll(() => api?.stop());

type Rows = readonly Readonly<Record<string, unknown>>[];
const rowsOf = async (route: string, params: Readonly<Record<string, string>> = {}) => {
  const answer = await fetch(`${api.url}/v1/grafana/${route}?${RANGE}&${new URLSearchParams(params).toString()}`);
  const body = (await answer.json()) as { readonly rows: Rows };
  expect(answer.status, JSON.stringify(body)).toBe(200);
  return body.rows;
};

test.each(['team', 'user'])('each %s is found by the name that it is shown by, alone or in a list', async (dimension) => {
  const shown = await rowsOf('table', { group_by: dimension, measures: 'cost' });
  const choices = await rowsOf('dimension-values', { field: dimension });
  expect(new Set(choices.map(({ value }) => value))).toEqual(new Set(shown.map((row) => row[dimension])));
  expect(shown.length).toBeGreaterThanOrEqual(TEAMS.length);
  for (const row of shown) {
    const name = String(row[dimension]);
    for (const filter of [name, JSON.stringify([name])]) {
      const found = await rowsOf('stat', { [dimension]: filter, measures: 'cost' });
      expect([name, found[0]?.['cost']]).toEqual([name, row['cost']]);
    }
    const calls = await rowsOf('calls', { [dimension]: name });
    expect(new Set(calls.map((call) => call[dimension]))).toEqual(new Set([name]));
  }
});

test('up to a nano-dollar a call is not told apart from one that is free, and the histogram says so', async () => {
  expect(await rowsOf('cost-histogram', { feature: 'cheap' })).toEqual([
    { bucket: '$0 – $0.0000000010', cost: '0', calls: 3 },
    { bucket: '≤ $0.0000000020', cost: expect.any(String), calls: 1 },
    { bucket: '≤ $0.0042', cost: expect.any(String), calls: 1 },
  ]);
});

test('embeddings put nothing out, so that their speed is unknown, and they come last', async () => {
  const rows = await rowsOf('table', { group_by: 'model', measures: 'output_tokens_per_second' });
  expect(rows.at(-1)).toMatchObject({ model: 'embed', output_tokens_per_second: null });
  expect(Number(rows[0]?.['output_tokens_per_second'])).toBeGreaterThan(0);
  expect(await rowsOf('stat', { model: 'embed', measures: 'output_tokens_per_second' })).toMatchObject([
    { output_tokens_per_second: null },
  ]);
});
