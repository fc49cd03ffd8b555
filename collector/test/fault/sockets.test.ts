import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { chatSpan, toProtobuf, tracesRequest } from '../otlp/messages.ts';
import { post, start, until } from '../start.ts';
import { createStubLedger } from '../stub-ledger.ts';

const good = (number: number) => toProtobuf(tracesRequest([chatSpan(number)]));
const HEAD = 'POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-protobuf\r\ncontent-length: 100000\r\n\r\n';

async function open(url: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined);
  await once(socket, 'connect');
  onTestFinished(() => void socket.destroy());
  return socket;
}

test('three hundred senders of a byte at a time, in the head or in the body, hold up nobody and are cut off in time', async () => {
  const ledger = createStubLedger();
  const { url, books } = await start({ ledger, limits: { requestMs: 8000 } });
  const sockets = await Promise.all(Array.from({ length: 300 }, () => open(url)));
  // Cut off while bytes are under way, a sender is reset: `once` would take that for a failure.
  const closed = sockets.map((socket) => new Promise((resolve) => socket.resume().once('close', resolve)));
  const trickle = setInterval(() => {
    for (const [index, socket] of sockets.entries()) socket.write(index % 2 === 0 ? 'x' : HEAD);
  }, 200);
  for (const [index, socket] of sockets.entries()) socket.write(index % 2 === 0 ? 'POST /v1/traces HTTP/1.1\r\nx-slow: ' : HEAD);
  const stillOpen = () => sockets.filter(({ closed }) => !closed).length;
  for (let number = 1; number <= 20; number++) expect((await post(`${url}/v1/traces`, good(number))).status).toBe(200);
  expect(stillOpen()).toBeGreaterThan(0);
  await Promise.all(closed);
  clearInterval(trickle);
  await until(async () => (await books()).stored === 20);
  expect(ledger.entries).toHaveLength(20);
}, 60_000);

test('senders that reset in the middle of a body, or half close and say nothing, leave nothing behind', async () => {
  const { url, books } = await start({ limits: { requestMs: 2000, inFlightBytes: 200_000 } });
  for (let round = 0; round < 3; round++) {
    const sockets = await Promise.all(Array.from({ length: 40 }, () => open(url)));
    for (const socket of sockets) socket.write(HEAD + 'x'.repeat(4000));
    await sleep(50);
    for (const [index, socket] of sockets.entries())
      if (index % 2 === 0) socket.resetAndDestroy();
      else socket.end();
  }
  // All their bytes are given back: a body that takes most of the budget finds room.
  const large = toProtobuf(tracesRequest(Array.from({ length: 400 }, (_, index) => chatSpan(index + 1))));
  expect(large.length).toBeGreaterThan(100_000);
  await until(async () => (await post(`${url}/v1/traces`, large)).status === 200, 20_000);
  expect(await books()).toMatchObject({ received: 400, balanced: true });
}, 60_000);

test('a head beyond 16 KiB is refused, and the connection of a sender that pipelines garbage is closed', async () => {
  const { url } = await start();
  const socket = await open(url);
  socket.write(`POST /v1/traces HTTP/1.1\r\nx-large: ${'x'.repeat(20_000)}\r\n\r\n`);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 431 /);
  const garbage = await open(url);
  const body = good(1);
  garbage.write('POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-protobuf\r\n');
  garbage.write(`content-length: ${body.length}\r\n\r\n`);
  garbage.write(body);
  let said = '';
  garbage.on('data', (chunk: Buffer) => (said += chunk.toString('latin1')));
  await until(() => said.startsWith('HTTP/1.1 200 '));
  garbage.write('this is no request\r\n\r\n');
  await once(garbage, 'close');
  expect(said).toMatch(/HTTP\/1\.1 400 /);
  expect((await post(`${url}/v1/traces`, good(2))).status).toBe(200);
});
