import { afterAll, expect, test } from 'vitest';
import { buildQueryApi } from '../src/index.ts';
import { alertPlugins, optionsWith } from './test-api.ts';

// After a change of routes: npx vitest run query-api/test/openapi.test.ts -u
test('openapi.json is what the server says of itself, with the routes of alerts that run beside it', async () => {
  const app = await buildQueryApi(optionsWith({ plugins: alertPlugins }));
  const served = (await app.inject('/openapi.json')).json<object>();
  await app.close();
  await expect(`${JSON.stringify(served, null, 2)}\n`).toMatchFileSnapshot('../openapi.json');
});

interface Operation {
  readonly summary?: string;
  readonly description?: string;
  readonly operationId?: string;
  readonly security?: readonly unknown[];
  readonly responses: object;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly description?: string;
    readonly example?: string;
    readonly schema: object;
  }[];
}

const app = await buildQueryApi(optionsWith({ plugins: alertPlugins }));
afterAll(() => app.close());
interface Document {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly servers: readonly { readonly url: string }[];
  readonly components: { readonly schemas: Record<string, unknown> };
}
const document = (await app.inject('/openapi.json')).json<Document>();
const { paths } = document;
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, ...operation })),
);
const namesOf = (some: typeof operations) => some.map(({ method, path }) => `${method} ${path}`);

test('every route says what it answers, and that it may answer with a problem', () => {
  const silent = operations.filter(({ summary, responses }) => !summary || !('default' in responses) || Object.keys(responses).length < 2);
  expect(namesOf(silent)).toEqual([]);
});

test('every route has a name of its own and says which key it needs', () => {
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  const silent = operations.filter(
    ({ description = '', security }) => !/Needs a key of scope `(query|admin)`/.test(description) && security?.length !== 0,
  );
  expect(namesOf(silent)).toEqual([]);
});

test('a client knows where to ask, and no schema is there that nobody refers to', () => {
  expect(document.servers).toEqual([{ url: '/' }]);
  const text = JSON.stringify(document);
  expect(Object.keys(document.components.schemas).filter((name) => !text.includes(`#/components/schemas/${name}"`))).toEqual([]);
});

test('every parameter is described', () => {
  const silent = operations.flatMap(({ path, parameters = [] }) =>
    parameters.filter(({ description }) => !description).map(({ name }) => `${path} ${name}`),
  );
  expect(silent).toEqual([]);
});

test.each([
  [['from', 'to', 'at'], 'pattern'],
  [['order_by', 'measure', 'order', 'interval', 'field'], 'enum'],
])('of %o a generated client knows the %s', (names, keyword) => {
  const asked = operations.flatMap(({ path, parameters = [] }) => parameters.map((parameter) => ({ path, ...parameter })));
  const found = asked.filter(({ name, path }) => names.includes(name) && !/^\/v1\/(alerts|anomalies)/.test(path));
  expect(found.filter(({ schema }) => !Object.hasOwn(schema, keyword)).map(({ path, name }) => `${path} ${name}`)).toEqual([]);
  expect(found.length).toBeGreaterThan(names.length);
});

test.each(operations.filter(({ method, parameters = [] }) => method === 'GET' && parameters.some(({ example }) => example !== undefined)))(
  'the examples of $path are understood',
  async ({ path, parameters = [] }) => {
    const exampleOf = (name: string) => String(parameters.find((each) => each.name === name)?.example);
    const asked = parameters.filter(({ in: where, example }) => where === 'query' && example !== undefined);
    const query = new URLSearchParams(asked.map(({ name, example }) => [name, String(example)] as [string, string]));
    const url = `${path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(exampleOf(name)))}?${query.toString()}`;
    const answer = await app.inject(url);
    expect(answer.statusCode, answer.body).not.toBe(400);
  },
);
