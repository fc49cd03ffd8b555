import type { Call, PriceRequest, PriceResult } from '@tokenledger/model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AccountantOptions, createAccountant } from '../../src/account/accountant.ts';
import { GROUPED } from '../../src/account/entries.ts';
import type { Pricing } from '../../src/account/price.ts';
import { decodeTraces } from '../../src/decode/decode.ts';
import { Attributes, type OtlpSpan } from '../../src/decode/otlp.ts';
import { repriceCall } from '../../src/reprice/reprice-call.ts';
import { arbitrarySpans } from '../account/arbitrary-trace.ts';
import { asReceived } from '../account/as-received.ts';
import { flatPrices, MemoryLedger } from '../account/memory-ledger.ts';
import { readFixtures } from '../golden/fixtures.ts';

/*
 * Whatever is learned late, and in whatever order prices change meanwhile: when all stored calls have been priced anew, the ledger says what it would say
 * had everything come at once, at the last prices.
 */

const times = (factor: bigint): Pricing => ({
  price(request: PriceRequest): PriceResult {
    const { cost, charges } = flatPrices.price(request);
    return {
      status: 'exact',
      cost: (cost ?? 0n) * factor,
      charges: charges.map((charge) => ({ ...charge, amount: charge.amount * factor })),
    };
  },
});
const NO_PRICES: Pricing = { price: () => ({ status: 'unpriced', cost: null, charges: [], reason: 'nobody knows' }) };
const BOOKS: readonly Pricing[] = [times(1n), times(3n), times(7n), NO_PRICES];

type Event =
  | { readonly is: 'request'; readonly spans: readonly OtlpSpan[] }
  | { readonly is: 'prices'; readonly book: Pricing }
  | { readonly is: 'reprice' | 'restart' };

async function play(events: readonly Event[], options: Partial<AccountantOptions> = {}): Promise<MemoryLedger> {
  const ledger = new MemoryLedger();
  let current = times(1n);
  const priceBook: Pricing = {
    price: (request) => current.price(request),
    get current() {
      return current;
    },
  };
  const start = () => createAccountant({ priceBook, recall: ledger.recall, ...options });
  let accountant = start();
  for (const event of events) {
    if (event.is === 'request') ledger.write(await accountant.post(event.spans.map(asReceived)));
    else if (event.is === 'prices') current = event.book;
    else if (event.is === 'restart') accountant = start();
    else {
      for (const { call, version } of ledger.newest().values()) ledger.entries.push(...repriceCall('default', { call, version }, current));
      accountant.reset();
    }
    expectBalance(ledger);
  }
  return ledger;
}

/** What is added up of each call is what its newest entry says, at any moment: so are rollups, which add up entries. */
function expectBalance(ledger: MemoryLedger): void {
  const sums = ledger.sums(({ traceId, spanId }) => `${traceId}/${spanId}`);
  for (const [key, { call }] of ledger.newest()) {
    const isPriced = call.billable && call.cost !== null;
    expect(sums[key]?.['cost'] ?? 0n).toBe(isPriced ? call.cost : 0n);
    expect(sums[key]?.['calls'] ?? 0).toBe(call.billable ? 1 : 0);
    expect(sums[key]?.['unpriced'] ?? 0).toBe(call.billable && call.cost === null ? 1 : 0);
  }
}

/** What a bill is made of. How long a call took and how its counts were written stays as it was told first. */
function read(ledger: MemoryLedger) {
  const groupOf = (call: Call) => JSON.stringify(GROUPED.map((dimension) => call[dimension] ?? null));
  const billOf = (call: Call) => {
    const { traceId, spanId, usage, cost, charges, notBillableReason, responseId } = call;
    return [`${traceId}/${spanId}`, { group: groupOf(call), usage, cost, charges, notBillableReason, responseId }];
  };
  return { sums: ledger.sums(groupOf), calls: Object.fromEntries(ledger.calls().map(billOf)) as unknown };
}

const captures = readFixtures()
  .map(({ json }) => json.flatMap((body) => decodeTraces(body, 'json').spans))
  .filter((spans) => spans.length > 1);

/** Some spans are first told as they stood before they ended: without their counts, and shorter. */
const unfinished = (span: OtlpSpan): OtlpSpan => ({
  ...span,
  endMs: span.startMs + (span.endMs - span.startMs) / 2,
  attributes: Attributes.of([...span.attributes].filter(([key]) => !/usage|token_count/.test(key))),
});

function lives(spans: readonly OtlpSpan[]): fc.Arbitrary<Event[]> {
  const told = fc.tuple(fc.shuffledSubarray([...spans]), fc.shuffledSubarray([...spans], { minLength: spans.length }));
  const turn = fc.oneof(
    { weight: 4, arbitrary: fc.constant(undefined) },
    fc.constantFrom(...BOOKS).map((book): Event => ({ is: 'prices', book })),
    fc.constantFrom<Event>({ is: 'reprice' }, { is: 'restart' }),
  );
  return fc.tuple(told, fc.array(turn, { minLength: 2 * spans.length, maxLength: 2 * spans.length })).map(([[early, all], turns]) =>
    [...early.map(unfinished), ...all].flatMap((span, index): Event[] => {
      const between = turns[index];
      return [{ is: 'request', spans: [span] }, ...(between ? [between] : [])];
    }),
  );
}

const anyLife = fc
  .oneof(arbitrarySpans, fc.constantFrom(...captures))
  .chain((spans) => fc.tuple(fc.constant(spans), lives(spans), fc.constantFrom(...BOOKS)));

test.each([
  ['with memory', {}],
  ['with memory for three spans', { capacity: 3 }],
])('spans told late, told again, and prices in between: priced anew, all is as if it had come at once, %s', async (_, options) => {
  await fc.assert(
    fc.asyncProperty(anyLife, async ([spans, life, book]) => {
      const last: Event[] = [{ is: 'prices', book }, { is: 'reprice' }];
      const late = read(await play([...life, ...last], options));
      expect(late).toEqual(read(await play([{ is: 'request', spans }, ...last])));
    }),
    { numRuns: 200 },
  );
});
