import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { createByteBudget } from '../../src/receive/byte-budget.ts';
import { createGate } from '../../src/receive/gate.ts';
import { chatSpan, toProtobuf, tracesRequest } from '../otlp/messages.ts';
import { post, start, until } from '../start.ts';
import { createStubLedger } from '../stub-ledger.ts';

const good = toProtobuf(tracesRequest([chatSpan(1)]));
const MIB = 1024 * 1024;

test('the budget is never exceeded and what was released can be taken again', () => {
  const budget = createByteBudget(100);
  const [one, two] = [budget.lease(), budget.lease()];
  one.take(60);
  expect(() => two.take(41)).toThrow(/in flight/);
  two.take(40);
  one.release();
  one.release();
  expect(budget.used).toBe(40);
  two.take(60);
  two.release();
  expect(budget.used).toBe(0);
});

test('the gate lets few through, makes few wait and turns the others away', async () => {
  const gate = createGate(2, 3);
  let running = 0;
  let most = 0;
  const work = () =>
    gate(async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running--;
    });
  const outcomes = await Promise.allSettled(Array.from({ length: 8 }, work));
  expect(most).toBe(2);
  expect(outcomes.map(({ status }) => status)).toEqual([...Array(5).fill('fulfilled'), ...Array(3).fill('rejected')]);
  await expect(gate(async () => 'again')).resolves.toBe('again');
  await expect(gate(() => Promise.reject(new Error('fails')))).rejects.toThrow('fails');
  await expect(gate(async () => 'still')).resolves.toBe('still');
});

test('overload is said with 503 and Retry-After: 1, and passes', async () => {
  const { url } = await start({ limits: { inFlightBytes: 1000 } });
  const slow = connect(Number(new URL(url).port), '127.0.0.1');
  slow.write(`POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-protobuf\r\ncontent-length: 900\r\n\r\n`);
  slow.write(Buffer.alloc(899));
  await until(async () => (await post(`${url}/v1/traces`, good)).status === 503);
  const refused = await post(`${url}/v1/traces`, good);
  expect(refused.headers.get('retry-after')).toBe('1');
  expect(refused.body.toString()).toMatch(/overloaded/);
  slow.destroy();
  await until(async () => (await post(`${url}/v1/traces`, good)).status === 200);
});

test('a full journal is said with 503 and Retry-After: 1; readiness says it too', async () => {
  const ledger = createStubLedger();
  ledger.away = true;
  const { url, books, ready } = await start({ ledger, limits: { journalBytes: 300 } });
  expect((await post(`${url}/v1/traces`, good)).status).toBe(200);
  await until(async () => !(await ready()).ready);
  const refused = await post(`${url}/v1/traces`, good);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
  expect(refused.body.toString()).toMatch(/journal_full/);
  expect((await fetch(`${url}/readyz`)).status).toBe(503);
  expect(await books()).toMatchObject({ received: 1, waiting: 1, balanced: true });
  ledger.away = false;
  await until(async () => (await ready()).ready);
  expect((await post(`${url}/v1/traces`, good)).status).toBe(200);
});

test.each([
  ['gzip', gzipSync(Buffer.alloc(256 * MIB))],
  ['zstd', zstdCompressSync(Buffer.alloc(256 * MIB))],
])('32 %s bombs at once are refused in little memory, and a good client is served meanwhile', async (encoding, bomb) => {
  const { url } = await start();
  const before = process.memoryUsage.rss();
  let peak = before;
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 5);
  const bombs = Array.from({ length: 32 }, () => post(`${url}/v1/traces`, bomb, { 'content-encoding': encoding }));
  const began = performance.now();
  expect((await post(`${url}/v1/traces`, good)).status).toBe(200);
  expect(performance.now() - began).toBeLessThan(3000);
  const statuses = new Set((await Promise.all(bombs)).map(({ status }) => status));
  clearInterval(watch);
  expect([...statuses].filter((status) => status !== 413 && status !== 503)).toEqual([]);
  expect((peak - before) / MIB).toBeLessThan(400);
});

test('a client that goes away in the middle of its body leaves nothing behind', async () => {
  const { url, books } = await start({ limits: { inFlightBytes: 2000 } });
  for (let round = 0; round < 5; round++) {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(`POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-protobuf\r\ncontent-length: 1900\r\n\r\n`);
    socket.write(Buffer.alloc(1800));
    await new Promise((resolve) => setTimeout(resolve, 20));
    socket.resetAndDestroy();
    await once(socket, 'close');
  }
  await until(async () => (await post(`${url}/v1/traces`, good)).status === 200);
  expect(await books()).toMatchObject({ received: 1, balanced: true });
});

test('a body that does not arrive in time is cut off', async () => {
  const { url } = await start({ limits: { requestMs: 200 } });
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write(`POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-protobuf\r\ncontent-length: 100\r\n\r\nx`);
  const began = performance.now();
  socket.resume();
  await once(socket, 'close');
  expect(performance.now() - began).toBeLessThan(2000);
});
