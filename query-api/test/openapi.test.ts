import { expect, test } from 'vitest';
import { buildQueryApi } from '../src/index.ts';
import { optionsWith } from './test-api.ts';

// After a change of routes: npx vitest run query-api/test/openapi.test.ts -u
test('openapi.json is what the server says of itself', async () => {
  const app = await buildQueryApi(optionsWith({}));
  const served = (await app.inject('/openapi.json')).json<object>();
  await app.close();
  await expect(`${JSON.stringify(served, null, 2)}\n`).toMatchFileSnapshot('../openapi.json');
});
