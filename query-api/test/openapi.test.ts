import { expect, test } from 'vitest';
import { buildQueryApi } from '../src/index.ts';
import { alertPlugins, optionsWith } from './test-api.ts';

// After a change of routes: npx vitest run query-api/test/openapi.test.ts -u
test('openapi.json is what the server says of itself, with the routes of alerts that run beside it', async () => {
  const app = await buildQueryApi(optionsWith({ plugins: alertPlugins }));
  const served = (await app.inject('/openapi.json')).json<object>();
  await app.close();
  await expect(`${JSON.stringify(served, null, 2)}\n`).toMatchFileSnapshot('../openapi.json');
});

test('every route says what it answers, and that it may answer with a problem', async () => {
  const app = await buildQueryApi(optionsWith({ plugins: alertPlugins }));
  const { paths } = (await app.inject('/openapi.json')).json<{
    paths: Record<string, Record<string, { summary?: string; responses: object }>>;
  }>();
  await app.close();
  const silent = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { summary, responses }]) => !summary || !('default' in responses) || Object.keys(responses).length < 2)
      .map(([method]) => `${method.toUpperCase()} ${path}`),
  );
  expect(silent).toEqual([]);
});
