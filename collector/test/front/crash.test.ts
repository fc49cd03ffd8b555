import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import type { WriteBatch } from '@tokenledger/ledger';
import { expect, onTestFinished, test } from 'vitest';
import { chatSpan, toProtobuf, tracesRequest } from '../otlp/messages.ts';
import { post, start, until } from '../start.ts';
import { createStubLedger } from '../stub-ledger.ts';

/** The receiving threads that were started, the newest last. */
function watchThreads(): Worker[] {
  const threads: Worker[] = [];
  const note = (worker: Worker) => void threads.push(worker);
  process.on('worker', note);
  onTestFinished(() => void process.off('worker', note));
  return threads;
}

/** As exporters do: until it is answered. */
async function deliver(url: string, number: number): Promise<void> {
  const body = toProtobuf(tracesRequest([chatSpan(number)]));
  await until(async () => (await post(`${url}/v1/traces`, body).catch(() => ({ status: 0 }))).status === 200);
}

const idsOf = (numbers: readonly number[]) => numbers.map((number) => String(chatSpan(number)['spanId'])).toSorted();

test('when the receiving thread crashes the collector listens again, and what it had answered for is stored once', async () => {
  const threads = watchThreads();
  const ledger = createStubLedger();
  const { url, books, metrics, stop } = await start({ ledger: { ...ledger, write: slowly((batch: WriteBatch) => ledger.write(batch)) } });
  const numbers = Array.from({ length: 30 }, (_, number) => number + 1);
  for (const number of numbers) {
    await deliver(url, number);
    // While segments are open, waiting, being written, and being done.
    if (number % 10 === 0) await threads.at(-1)?.terminate();
  }
  await until(async () => (await books()).waiting === 0);
  expect(threads).toHaveLength(4);
  expect(ledger.entries.map(({ call }) => call.spanId).toSorted()).toEqual(idsOf(numbers));
  expect(await books()).toMatchObject({ waiting: 0, dropped: {}, balanced: true });
  expect(await metrics()).toMatch(/^tokenledger_books_balanced 1$/m);
  await stop();
  expect(await books()).toMatchObject({ balanced: true });
}, 180_000);

test('what a crash of the receiving thread finds waiting for the ledger is stored when the ledger is back', async () => {
  const threads = watchThreads();
  const ledger = createStubLedger();
  ledger.away = true;
  const { url, books, ready } = await start({ ledger });
  for (const number of [1, 2, 3]) await deliver(url, number);
  await threads.at(-1)?.terminate();
  await until(async () => (await ready()).ready);
  expect(await books()).toMatchObject({ received: 3, recovered: 3, waiting: 3, balanced: true });
  ledger.away = false;
  await deliver(url, 4);
  await until(async () => (await books()).stored === 4);
  expect(ledger.entries.map(({ call }) => call.spanId).toSorted()).toEqual(idsOf([1, 2, 3, 4]));
}, 180_000);

function slowly<Argument>(write: (argument: Argument) => Promise<void>): (argument: Argument) => Promise<void> {
  return async (argument) => {
    await sleep(15);
    await write(argument);
    await sleep(15);
  };
}
