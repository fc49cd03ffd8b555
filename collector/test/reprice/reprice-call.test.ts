import { type Call, toDisjointUsage } from '@tokenledger/model';
import { createPriceBook } from '@tokenledger/pricing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { repriceCall } from '../../src/reprice/reprice-call.ts';
import { ACME_MODEL, bookWith, HALF_PRICE } from './book.ts';

const { usage } = toDisjointUsage({ input_tokens: 1000, output_tokens: 100 });

/** A call to a model that only the operator can price. */
function callOf(facts: Partial<Call>): Call {
  return {
    traceId: 'a'.repeat(32),
    spanId: 'b'.repeat(16),
    name: 'chat',
    timeMs: Date.parse('2026-07-01'),
    durationMs: 10,
    status: 'ok',
    provider: 'acme',
    operation: 'chat',
    model: 'legal-7b',
    usage,
    charges: [],
    cost: null,
    priceStatus: 'unpriced',
    billable: true,
    estimated: false,
    semantics: { profile: 'test', confidence: 'certain', flags: [] },
    rawUsage: {},
    evidence: '{}',
    ...facts,
  };
}

const shipped = createPriceBook();
const books = [shipped, bookWith(ACME_MODEL), bookWith(HALF_PRICE)];
const after = (call: Call, version: number, book: (typeof books)[number]) =>
  repriceCall('acme', { call, version }, book).at(-1)?.call ?? call;

test('what a provider reported gives way to a price of ours, and comes back when there is none', () => {
  const call = callOf({ reportedCost: 7_000_000_000n });
  const reported = after(call, 0, shipped);
  expect(reported).toMatchObject({ cost: 7_000_000_000n, priceStatus: 'estimated' });
  const ours = after(reported, 1, bookWith(ACME_MODEL));
  expect(ours).toMatchObject({ cost: 1000n * 2_000_000n + 100n * 6_000_000n, reportedCost: 7_000_000_000n });
  expect(after(ours, 2, shipped)).toMatchObject({ cost: 7_000_000_000n, priceStatus: 'estimated' });
});

test('a contract price is marked as one', () => {
  const call = after(callOf({ provider: 'openai', model: 'gpt-4o' }), 0, shipped);
  expect(call.priceStatus).toBe('exact');
  const [taken, counted] = repriceCall('acme', { call, version: 0 }, bookWith(HALF_PRICE));
  expect(taken).toMatchObject({
    version: 1,
    reason: 'reprice',
    call: { priceStatus: 'exact' },
    delta: { calls: -1, cost: -(call.cost ?? 0n) },
  });
  expect(counted).toMatchObject({ version: 2, reason: 'reprice', call: { priceStatus: 'contract' }, delta: { calls: 1 } });
  expect(counted?.delta.cost).toBe((call.cost ?? 0n) / 2n);
});

test('a new edition of a list that says the same writes nothing', () => {
  const call = after(callOf({}), 0, bookWith(ACME_MODEL));
  const sameButNewer = bookWith(`${ACME_MODEL}\n${HALF_PRICE}`);
  expect(sameButNewer.version).not.toBe(bookWith(ACME_MODEL).version);
  expect(repriceCall('acme', { call, version: 1 }, sameButNewer)).toEqual([]);
});

test('what is not billed, or has no usage, is left alone', () => {
  const free = callOf({ billable: false, cost: 0n, priceStatus: 'exact' });
  const unknown = callOf({ usage: {}, unpricedReason: 'no_usage' });
  for (const call of [free, unknown]) expect(repriceCall('acme', { call, version: 0 }, bookWith(ACME_MODEL))).toEqual([]);
});

test('whatever books follow each other, the entries add up to the last price, and the same book again adds nothing', () => {
  const models = fc.constantFrom(
    { provider: 'acme', model: 'legal-7b' },
    { provider: 'openai', model: 'gpt-4o' },
    { provider: 'x', model: 'y' },
  );
  fc.assert(
    fc.property(
      models,
      fc.array(fc.constantFrom(...books), { maxLength: 6 }),
      fc.option(fc.bigInt(0n, 10n ** 12n)),
      (facts, order, reported) => {
        let stored = { call: callOf({ ...facts, reportedCost: reported ?? undefined }), version: 0 };
        const sum = { calls: 1, unpricedCalls: 1, cost: 0n };
        for (const book of order) {
          for (const { call, version, delta } of repriceCall('acme', stored, book)) {
            expect(version).toBe(stored.version + 1);
            stored = { call, version };
            sum.calls += delta.calls;
            sum.unpricedCalls += delta.unpricedCalls;
            sum.cost += delta.cost;
          }
          expect(repriceCall('acme', stored, book)).toEqual([]);
        }
        expect(sum).toEqual({ calls: 1, unpricedCalls: stored.call.cost === null ? 1 : 0, cost: stored.call.cost ?? 0n });
        expect(stored.call.usage).toEqual(usage);
      },
    ),
  );
});
