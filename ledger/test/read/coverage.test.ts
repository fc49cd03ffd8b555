import type { LedgerEntry } from '@tokenledger/model';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { entryOf, NOTHING } from '../example-entry.ts';
import { openTestLedger, type TestLedger } from '../open-test-ledger.ts';
import { sampleEntries } from './random-entries.ts';

const TENANT = 'acme';
const AT = Date.now() - 3 * 3_600_000;

let opened: TestLedger;
beforeAll(async () => {
  opened = await openTestLedger();
});
afterAll(() => opened?.stop());

const notBilled = (entry: LedgerEntry, notBillableReason: string): LedgerEntry => ({
  ...entry,
  call: { ...entry.call, billable: false, notBillableReason, charges: [], cost: 0n },
  delta: NOTHING,
});
const corrected = (entry: LedgerEntry, version: number): LedgerEntry => ({ ...entry, version, reason: 'correction' });

test('a call that is not billed counts once, under the reason of its newest entry', async () => {
  const [wrapper, twin, later, taken, again] = Array.from({ length: 5 }, (_, at) => entryOf({ timeMs: AT + at })) as [
    LedgerEntry,
    LedgerEntry,
    LedgerEntry,
    LedgerEntry,
    LedgerEntry,
  ];
  await opened.ledger.write({
    token: 'first',
    entries: [notBilled(wrapper, 'wrapper'), notBilled(twin, 'wrapper'), notBilled(later, 'wrapper'), taken, notBilled(again, 'twin')],
    steps: [],
  });
  await opened.ledger.write({
    token: 'corrections',
    entries: [
      corrected(notBilled(twin, 'twin'), 1),
      corrected(later, 1),
      corrected(notBilled(taken, 'wrapper'), 1),
      corrected(again, 1),
      corrected(notBilled(again, 'cached_answer'), 2),
    ],
    steps: [],
  });
  const { notBillable } = await opened.ledger.forTenant(TENANT).coverage({ from: AT - 1000, to: AT + 1000 });
  expect(notBillable).toEqual([
    { reason: 'wrapper', spans: 2 },
    { reason: 'cached_answer', spans: 1 },
    { reason: 'twin', spans: 1 },
  ]);
});

test('what nobody said is counted, and each part says what the whole coverage says', async () => {
  const [tenant, fromMs, toMs] = ['parts', AT - 5 * 86_400_000, AT];
  const entries = sampleEntries({ tenant, count: 200, seed: 5, fromMs, toMs });
  await opened.ledger.write({ token: 'parts', entries, steps: [] });
  const reader = opened.ledger.forTenant(tenant);
  const range = { from: fromMs + 7_654_321, to: toMs - 1_234_567 };
  const [whole, understood, attribution, emitters, notBillable] = await Promise.all([
    reader.coverage(range),
    reader.understood(range),
    reader.attribution(range),
    reader.emitters(range),
    reader.notBillable(range),
  ]);
  expect(whole).toMatchObject({ ...understood, ...attribution, emitters, notBillable });
  const within = entries.filter(({ call }) => call.timeMs >= range.from && call.timeMs < range.to);
  for (const { dimension, callsWithout, costWithout } of attribution.attribution) {
    const unsaid = within.filter(({ call }) => !call[dimension as 'team']);
    expect(callsWithout, dimension).toBe(unsaid.reduce((sum, { delta }) => sum + delta.calls, 0));
    const isPriced = unsaid.length === 0 || unsaid.some(({ call }) => call.cost !== null);
    expect(costWithout, dimension).toBe(isPriced ? unsaid.reduce((sum, { delta }) => sum + delta.cost, 0n) : null);
  }
  expect(attribution.calls).toBe(within.reduce((sum, { delta }) => sum + delta.calls, 0));
});

test('the cost of calls of which none has a price is unknown, and that of no calls is nothing', async () => {
  const tenant = 'unpriced';
  const unpriced = entryOf({ timeMs: AT, cost: null, charges: [], priceStatus: 'unpriced', unpricedReason: 'no_usage' }, { tenant });
  await opened.ledger.write({ token: 'unpriced', entries: [unpriced], steps: [] });
  const reader = opened.ledger.forTenant(tenant);
  expect(await reader.coverage({ from: AT, to: AT + 1 })).toMatchObject({ calls: 1, cost: null });
  expect(await reader.coverage({ from: AT - 2, to: AT - 1 })).toMatchObject({ calls: 0, cost: 0n });
});
