import { once } from 'node:events';
import http from 'node:http';
import { expect, test } from 'vitest';
import { chatSpan, toProtobuf, tracesRequest } from '../otlp/messages.ts';
import { start, temporaryDirectory, until } from '../start.ts';
import { createStubLedger } from '../stub-ledger.ts';

interface Sent {
  readonly status: number;
  readonly connection: string | undefined;
}

function send(
  url: string,
  agent: http.Agent,
  body: Buffer,
  more?: http.OutgoingHttpHeaders,
): { request: http.ClientRequest; answer: Promise<Sent> } {
  const request = http.request(`${url}/v1/traces`, {
    agent,
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf', 'content-length': body.length, ...more },
  });
  const answer = once(request, 'response').then(async ([response]: http.IncomingMessage[]) => {
    await response?.toArray();
    return { status: response?.statusCode ?? 0, connection: response?.headers.connection };
  });
  return { request, answer };
}

test('a stop with keep-alive clients in flight takes less than five seconds, and what was answered 200 is stored', async () => {
  const ledger = createStubLedger();
  const { url, stop, books } = await start({ ledger, journalDir: await temporaryDirectory(), limits: { stopFlushMs: 1500 } });
  const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
  let accepted = 0;
  let number = 0;
  let stopping = false;
  const clients = Array.from({ length: 8 }, async () => {
    for (;;) {
      const { request, answer } = send(url, agent, toProtobuf(tracesRequest([chatSpan(++number)])));
      request.on('error', () => undefined).end(toProtobuf(tracesRequest([chatSpan(number)])));
      const { status } = await answer.catch(() => ({ status: 0 }));
      if (status === 200) accepted++;
      else if (stopping) return;
    }
  });
  await new Promise((resolve) => setTimeout(resolve, 300));
  const began = performance.now();
  stopping = true;
  await stop();
  expect(performance.now() - began).toBeLessThan(5000);
  await Promise.all(clients);
  agent.destroy();
  expect(accepted).toBeGreaterThan(0);
  expect(await books()).toMatchObject({ waiting: 0, balanced: true });
  expect(ledger.entries.length).toBeGreaterThanOrEqual(accepted);
});

test('a request that has begun is answered 200 although the collector is told to stop, and its connection is closed', async () => {
  const ledger = createStubLedger();
  const { url, stop } = await start({ ledger });
  const agent = new http.Agent({ keepAlive: true });
  const body = toProtobuf(tracesRequest([chatSpan(1)]));
  const { request, answer } = send(url, agent, body, { expect: '100-continue' });
  request.write(body.subarray(0, 100));
  await once(request, 'continue');
  const stopped = stop();
  await until(async () => !(await fetch(url).catch(() => undefined)));
  request.end(body.subarray(100));
  expect(await answer).toEqual({ status: 200, connection: 'close' });
  await stopped;
  agent.destroy();
  expect(ledger.entries).toHaveLength(1);
});

test('a client that never finishes its request does not hold up the stop', async () => {
  const { url, stop } = await start({ limits: { stopRequestsMs: 300 } });
  const agent = new http.Agent({ keepAlive: true });
  const { request, answer } = send(url, agent, Buffer.alloc(1000));
  request.on('error', () => undefined).write('x');
  answer.catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const began = performance.now();
  await stop();
  expect(performance.now() - began).toBeLessThan(2000);
  agent.destroy();
});
