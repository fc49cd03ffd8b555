import { readdir, readFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { createKeyRing, generateApiKey, type PriceRequest } from '@tokenledger/model';
import { createPriceBook } from '@tokenledger/pricing';
import { describe, expect, test } from 'vitest';
import { DirectoryInUseError, replayDeadLetters } from '../src/index.ts';
import { chatSpan, int, toProtobuf, tracesRequest } from './otlp/messages.ts';
import { post, silent, start, temporaryDirectory, until } from './start.ts';
import { createStubLedger, type StubLedger } from './stub-ledger.ts';

const send = (url: string, ...numbers: number[]) =>
  post(`${url}/v1/traces`, toProtobuf(tracesRequest(numbers.map((number) => chatSpan(number)))));
const responseIds = (ledger: StubLedger) => ledger.entries.map(({ call }) => call.responseId ?? '').toSorted();

test('a span becomes a priced call of the ledger', async () => {
  const ledger = createStubLedger();
  const { url, books } = await start({ ledger });
  await send(url, 1);
  await until(async () => (await books()).stored === 1);
  const [entry] = ledger.entries;
  expect(entry?.call).toMatchObject({
    provider: 'openai',
    model: 'gpt-4o-2024-08-06',
    billable: true,
    usage: { input_uncached: 1001, output_text: 10 },
  });
  // 1001 input tokens at 2.5 USD and 10 output tokens at 10 USD a million.
  expect(entry?.call.cost).toBe(2_602_500_000n);
  expect(await books()).toEqual({
    received: 1,
    recovered: 0,
    stored: 1,
    duplicate: 0,
    rejected: {},
    dropped: {},
    waiting: 0,
    balanced: true,
  });
});

test('a span sent again, in one request or in another, counts once', async () => {
  const ledger = createStubLedger();
  const { url, books } = await start({ ledger });
  await send(url, 1, 2, 2);
  await until(async () => (await books()).waiting === 0);
  await send(url, 2, 1);
  await send(url, 3);
  await until(async () => (await books()).waiting === 0);
  expect(responseIds(ledger)).toEqual(['chatcmpl-1', 'chatcmpl-2', 'chatcmpl-3']);
  expect(await books()).toMatchObject({ received: 6, stored: 3, duplicate: 3, balanced: true });
});

test('a span sent again after a restart counts once', async () => {
  const ledger = createStubLedger();
  const journalDir = await temporaryDirectory();
  const first = await start({ ledger, journalDir });
  await send(first.url, 1);
  await until(async () => (await first.books()).stored === 1);
  await first.stop();
  const second = await start({ ledger, journalDir });
  await send(second.url, 1, 2);
  await until(async () => (await second.books()).waiting === 0);
  expect(responseIds(ledger)).toEqual(['chatcmpl-1', 'chatcmpl-2']);
  expect(await second.books()).toMatchObject({ received: 2, stored: 1, duplicate: 1, balanced: true });
});

test('while the ledger is away requests are answered 200, the books balance, and everything is stored when it is back', async () => {
  const ledger = createStubLedger();
  ledger.away = true;
  const { url, books, ready, metrics } = await start({ ledger });
  for (let number = 1; number <= 20; number++) expect((await send(url, number)).status).toBe(200);
  await until(async () => /tokenledger_store_retries_total [1-9]/.test(await metrics()));
  expect(await books()).toMatchObject({ received: 20, stored: 0, waiting: 20, balanced: true });
  expect(await ready()).toEqual({ ready: true });
  ledger.away = false;
  await until(async () => (await books()).stored === 20);
  expect(await books()).toMatchObject({ received: 20, waiting: 0, balanced: true });
  expect(responseIds(ledger)).toHaveLength(20);
});

test('a write whose answer was lost is repeated as it was, and not doubled', async () => {
  const ledger = createStubLedger();
  const { url, books } = await start({ ledger });
  ledger.losesAnswer = true;
  await send(url, 1, 2);
  await until(() => ledger.away);
  ledger.away = false;
  await until(async () => (await books()).stored === 2);
  expect(responseIds(ledger)).toEqual(['chatcmpl-1', 'chatcmpl-2']);
  expect(ledger.attempts).toHaveLength(2);
  expect(ledger.attempts[1]).toEqual(ledger.attempts[0]);
});

test('what the ledger did not get before the stop is stored after the next start, once', async () => {
  const ledger = createStubLedger();
  const journalDir = await temporaryDirectory();
  ledger.away = true;
  const first = await start({ ledger, journalDir });
  await send(first.url, 1, 2);
  await send(first.url, 3);
  await first.stop();
  expect(await first.books()).toMatchObject({ received: 3, waiting: 3, balanced: true });
  ledger.away = false;
  const second = await start({ ledger, journalDir });
  await until(async () => (await second.books()).stored === 3);
  expect(await second.books()).toMatchObject({ received: 3, recovered: 3, stored: 3, waiting: 0, balanced: true });
  expect(responseIds(ledger)).toEqual(['chatcmpl-1', 'chatcmpl-2', 'chatcmpl-3']);
});

describe('a process that ended before it knew whether its write arrived', () => {
  /** A first life whose last write was stored without its knowing, and which corrected a call that was stored before. */
  async function firstLife(ledger: StubLedger, journalDir: string): Promise<void> {
    const { url, books, stop } = await start({ ledger, journalDir });
    await send(url, 1);
    await until(async () => (await books()).stored === 1);
    ledger.losesAnswer = true;
    const again = { ...chatSpan(1), spanId: chatSpan(7)['spanId'], parentSpanId: chatSpan(1)['spanId'] };
    await post(`${url}/v1/traces`, toProtobuf(tracesRequest([again, chatSpan(2)])));
    await until(() => ledger.away);
    await stop();
    ledger.away = false;
  }

  test('repeats the same rows with the same token when it starts again at once', async () => {
    const ledger = createStubLedger();
    const journalDir = await temporaryDirectory();
    await firstLife(ledger, journalDir);
    const { books } = await start({ ledger, journalDir });
    await until(async () => (await books()).waiting === 0);
    expect(await books()).toMatchObject({ received: 2, stored: 2, duplicate: 0, balanced: true });
    expect(ledger.attempts).toHaveLength(3);
    expect(ledger.attempts[2]).toEqual(ledger.attempts[1]);
    expect(ledger.attempts[2]?.entries.length).toBeGreaterThan(2);
  });

  test('takes what it finds as stored when its token may be forgotten', async () => {
    const ledger = createStubLedger();
    const journalDir = await temporaryDirectory();
    await firstLife(ledger, journalDir);
    for (const name of await readdir(journalDir)) await utimes(join(journalDir, name), new Date(0), new Date(0));
    const { books } = await start({ ledger, journalDir });
    await until(async () => (await books()).waiting === 0);
    expect(await books()).toMatchObject({ received: 2, stored: 0, duplicate: 2, balanced: true });
    expect(ledger.attempts).toHaveLength(2);
  });
});

test('a row the ledger can never store costs itself, goes to the dead letters, and can be replayed', async () => {
  const ledger = createStubLedger();
  const journalDir = await temporaryDirectory();
  const poisoned = String(chatSpan(2)['spanId']);
  ledger.poison.add(poisoned);
  const first = await start({ ledger, journalDir });
  await send(first.url, 1, 2, 3);
  await send(first.url, 4);
  await until(async () => (await first.books()).waiting === 0);
  expect(responseIds(ledger)).toEqual(['chatcmpl-1', 'chatcmpl-3', 'chatcmpl-4']);
  expect(await first.books()).toMatchObject({ received: 4, stored: 3, dropped: { refused_by_ledger: 1 }, balanced: true });
  const letters = await readdir(join(journalDir, 'dead-letter'));
  expect(letters.map((name) => name.slice(name.indexOf('.'))).toSorted()).toEqual([
    '.refused_by_ledger.json',
    '.refused_by_ledger.segment',
  ]);
  const about = await readFile(join(journalDir, 'dead-letter', letters.find((name) => name.endsWith('.json')) ?? ''), 'utf8');
  expect(JSON.parse(about)).toMatchObject({ reason: 'refused_by_ledger', message: 'poison' });
  await expect(replayDeadLetters({ journalDir, log: silent })).rejects.toBeInstanceOf(DirectoryInUseError);
  await first.stop();

  ledger.poison.clear();
  expect(await replayDeadLetters({ journalDir, log: silent })).toEqual({ letters: 1, records: 1, spans: 3 });
  const second = await start({ ledger, journalDir });
  await until(async () => (await second.books()).waiting === 0);
  expect(await second.books()).toMatchObject({ received: 3, stored: 1, duplicate: 2, balanced: true });
  expect(responseIds(ledger)).toEqual(['chatcmpl-1', 'chatcmpl-2', 'chatcmpl-3', 'chatcmpl-4']);
});

test('a request the accountant fails on costs no other request', async () => {
  const ledger = createStubLedger();
  const book = createPriceBook();
  const priceBook = {
    price: (request: PriceRequest) => {
      if (request.usage.output_text === 666) throw new RangeError('a mistake of ours');
      return book.price(request);
    },
  };
  const { url, books } = await start({ ledger, priceBook, limits: { segmentMs: 200 } });
  const evil = { ...chatSpan(2), attributes: [...(chatSpan(2)['attributes'] as object[]), int('gen_ai.usage.output_tokens', 666)] };
  await Promise.all([send(url, 1), post(`${url}/v1/traces`, toProtobuf(tracesRequest([evil]))), send(url, 3)]);
  await until(async () => (await books()).waiting === 0);
  expect(responseIds(ledger)).toEqual(['chatcmpl-1', 'chatcmpl-3']);
  expect(await books()).toMatchObject({ received: 3, stored: 2, dropped: { failed_in_accounting: 1 }, balanced: true });
});

test('what one tenant’s spans were posted to is not lost when the ledger fails on another’s', async () => {
  const ledger = createStubLedger();
  const owners = ['acme', 'other'].map((tenant) => generateApiKey('ingest', tenant));
  const keys = createKeyRing(owners.map(({ stored }) => stored));
  ledger.awayFor.add('other');
  const { url, books, metrics } = await start({ ledger, keys, limits: { segmentMs: 100 } });
  await Promise.all(
    owners.map(({ key }, index) =>
      post(`${url}/v1/traces`, toProtobuf(tracesRequest([chatSpan(index)])), { authorization: `Bearer ${key}` }),
    ),
  );
  await until(async () => /tokenledger_store_retries_total [1-9]/.test(await metrics()));
  ledger.awayFor.clear();
  await until(async () => (await books()).waiting === 0);
  expect(await books()).toMatchObject({ received: 2, stored: 2, duplicate: 0, balanced: true });
  expect(ledger.entries.map(({ tenant }) => tenant).toSorted()).toEqual(['acme', 'other']);
});

test('books, health and metrics are served', async () => {
  const { url, books } = await start();
  await send(url, 1);
  await until(async () => (await books()).stored === 1);
  expect(await (await fetch(`${url}/v1/books`)).json()).toEqual(await books());
  expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: 'ok' });
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(metrics).toMatch(/^tokenledger_stored_spans_total 1$/m);
  expect(metrics).toMatch(/^tokenledger_books_balanced 1$/m);
  expect(metrics).toMatch(/^tokenledger_calls_total\{price_status="exact"\} 1$/m);
  expect(metrics).toMatch(/^tokenledger_calls_total\{price_status="unpriced"\} 0$/m);
  expect(metrics).toMatch(/^tokenledger_request_duration_seconds_count\{signal="traces",status="200"\} 1$/m);
});
