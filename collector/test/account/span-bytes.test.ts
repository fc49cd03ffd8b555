import type { PriceRequest } from '@tokenledger/model';
import { expect, test } from 'vitest';
import { createAccountant } from '../../src/account/accountant.ts';
import type { Pricing } from '../../src/account/price.ts';
import { SpanBytes } from '../../src/account/span-bytes.ts';
import { observe } from '../../src/understand/observe.ts';
import { type SpanFacts, spanOf } from '../understand/span.ts';
import { asReceived } from './as-received.ts';
import { flatPrices, MemoryLedger } from './memory-ledger.ts';

const MIB = 2 ** 20;
const chat = (number: number, extra = {}) =>
  asReceived(
    spanOf({
      trace: number,
      id: number,
      at: '2026-11-23T12:00:00.125Z',
      resource: { 'service.name': `service-${number % 3}`, 'host.name': 'ip-10-0-0-1', 'deployment.environment.name': 'production' },
      attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-6', 'gen_ai.usage.input_tokens': number, ...extra },
    }),
  );

test('a span is understood from its kept bytes as it was when it came', () => {
  const bytes = new SpanBytes(MIB);
  const kept = Array.from({ length: 100 }, (_, number) => ({ ...chat(number + 1), receivedMs: number === 5 ? undefined : number }));
  const places = kept.map((received) => bytes.keep(received));
  for (const [index, { span, receivedMs }] of kept.entries()) {
    const place = places[index];
    const read = place === undefined ? undefined : bytes.read(place);
    expect(read && observe(read.span)).toEqual(observe(span));
    expect(read?.receivedMs).toBe(receivedMs);
  }
});

test('what is asked for lately does not hold on to the room of what was released', () => {
  const bytes = new SpanBytes(4 * MIB);
  const long = { 'http.route': 'x'.repeat(8000) };
  let asked = bytes.keep(chat(1));
  for (let number = 2; number < 4000; number++) {
    const place = bytes.keep(chat(number, number === 2 ? {} : long));
    if (place && number > 2) bytes.release(place);
    if (asked) asked = bytes.renew(asked);
    expect(bytes.isOver).toBe(false);
  }
  const read = asked && bytes.read(asked);
  expect(read && observe(read.span)).toEqual(observe(chat(1).span));
});

test('a span that is too long, and one that came as JSON, are not kept', () => {
  const bytes = new SpanBytes(MIB);
  const { wire: _, ...json } = chat(1);
  expect(bytes.keep(json)).toBe(undefined);
  expect(bytes.keep(chat(2, { 'http.route': 'x'.repeat(20_000) }))).toBe(undefined);
  expect(bytes.keep(chat(3))).toBeDefined();
});

test('a second instrumentation finds what the first told, also where that was put away', async () => {
  const ledger = new MemoryLedger();
  const accountant = createAccountant({
    priceBook: flatPrices,
    recall: ledger.recall,
    awake: 0,
    soleWriterSinceMs: 0,
    now: () => Date.UTC(2026, 10, 23, 13),
  });
  const post = async (received: ReturnType<typeof chat>) => ledger.write(await accountant.post([received]));
  const id = { 'gen_ai.response.id': 'resp_1', 'gen_ai.operation.name': 'chat', 'gen_ai.usage.input_tokens': 25 };
  await post(asReceived(spanOf({ trace: 1, id: 1, scope: 'gen_ai', attributes: id })));
  for (let number = 10; number < 20; number++) await post(chat(number));
  await post(asReceived(spanOf({ trace: 2, id: 2, scope: 'com.anthropic.sdk.typescript', attributes: id })));
  expect(ledger.sums()['']).toMatchObject({ calls: 11 });
});

test.each([
  ['is in the ledger', 1],
  ['is not yet in the ledger', 0],
])('prices that are replaced do not reach what was posted and put away, when it %s', async (_, written) => {
  const ledger = new MemoryLedger();
  const flat: Pricing = flatPrices;
  const free: Pricing = { price: () => ({ status: 'exact', cost: 0n, charges: [] }) };
  const priceBook = { price: (request: PriceRequest) => flat.price(request), current: flat };
  const options = { priceBook, awake: 0, soleWriterSinceMs: 0, isWrittenLater: true, now: () => Date.UTC(2026, 10, 23, 13) };
  const accountant = createAccountant({ recall: ledger.recall, ...options });
  const post = async (trace: number, id: number, operation: string) => {
    const attributes = { 'gen_ai.usage.input_tokens': 25, 'gen_ai.provider.name': 'openai', 'gen_ai.operation.name': operation };
    const span = spanOf({ trace, id, ...(id > 1 && { parent: 1 }), scope: 'gen_ai', attributes });
    ledger.write(await accountant.post([asReceived(span)]));
    accountant.written(accountant.posted * written);
  };
  await post(1, 1, 'invoke_agent');
  priceBook.current = free;
  await post(2, 1, 'invoke_agent');
  for (const trace of [1, 2]) await post(trace, 2, 'chat');
  const bill = ledger.sums()[''];
  expect(bill).toMatchObject({ calls: 2, input_uncached: 50 });
  expect(bill?.['cost']).toBe(undefined);
});

test('a call that was told again at another time, and kept its price, is taken back at that price, also when it was put away', async () => {
  const ledger = new MemoryLedger();
  const dearerLater: Pricing = {
    price: (request) => {
      const result = flatPrices.price(request);
      return result.cost !== null && new Date(request.at).getUTCMinutes() >= 15 ? { ...result, cost: result.cost * 2n } : result;
    },
  };
  const options = { recall: ledger.recall, awake: 0, soleWriterSinceMs: 0, now: () => Date.UTC(2026, 10, 23, 13) };
  const accountant = createAccountant({ priceBook: dearerLater, ...options });
  const post = async (facts: SpanFacts, operation: string) => {
    const attributes = { 'gen_ai.usage.input_tokens': 25, 'gen_ai.provider.name': 'openai', 'gen_ai.operation.name': operation };
    ledger.write(await accountant.post([asReceived(spanOf({ scope: 'gen_ai', attributes, ...facts }))]));
  };
  await post({ id: 1 }, 'invoke_agent');
  await post({ id: 1, at: '2026-11-23T12:30:00Z' }, 'invoke_agent');
  expect(ledger.sums()['']).toMatchObject({ calls: 1, cost: 25n });
  await post({ id: 2, parent: 1, at: '2026-11-23T12:30:00Z' }, 'chat');
  expect(ledger.sums()['']).toMatchObject({ calls: 1, cost: 50n });
});
