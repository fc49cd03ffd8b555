import { afterAll, beforeAll, expect, test } from 'vitest';
import { BACKFILL } from '../../src/index.ts';
import { entryOf } from '../example-entry.ts';
import { openTestLedger, type TestLedger } from '../open-test-ledger.ts';

let at: TestLedger;
beforeAll(async () => {
  at = await openTestLedger();
}, 60_000);
afterAll(() => at?.stop());

const MINUTE_MS = 60_000;
const calls = (tenant: string, minutesAgo: number, count: number) => {
  const endMs = Date.now() - minutesAgo * MINUTE_MS;
  return Array.from({ length: count }, () => entryOf({ timeMs: endMs - 1000, durationMs: 1000, receivedMs: endMs + 2000 }, { tenant }));
};

test('how long calls took to come in and to be stored is that of those that came in, not of a history that was loaded', async () => {
  const tenant = 'both';
  await at.ledger.write({ token: `${BACKFILL}history/0`, entries: calls(tenant, 40, 20), steps: [] });
  const reader = at.ledger.forTenant(tenant);
  const nothing = { p50: null, p95: null };
  expect(await reader.lag()).toEqual({ newestMs: expect.any(Number), receive: nothing, store: nothing });
  await at.ledger.write({ token: 'collector-1', entries: calls(tenant, 1, 3), steps: [] });
  const { receive, store } = await reader.lag();
  expect(receive).toEqual({ p50: 2, p95: 2 });
  expect(store.p95).toBeGreaterThan(50);
  expect(store.p95).toBeLessThan(10 * 60);
});
