import { afterAll, beforeAll, expect, test } from 'vitest';
import { entryOf } from './example-entry.ts';
import { openTestLedger, type TestLedger } from './open-test-ledger.ts';

let at: TestLedger;
beforeAll(async () => {
  at = await openTestLedger();
});
afterAll(() => at.stop());

test('the newest row is known at once, whichever table and tenant it is of; an empty ledger has none', async () => {
  expect(await at.ledger.newestMs()).toBe(0);
  const timeMs = Date.now() - 7_200_000;
  await at.ledger.write({ token: '1', entries: [entryOf({ timeMs }), entryOf({ timeMs: timeMs - 1 }, { tenant: 'omega' })], steps: [] });
  expect(await at.ledger.newestMs()).toBe(timeMs);
});
