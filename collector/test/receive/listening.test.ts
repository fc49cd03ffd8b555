import { lookup } from 'node:dns/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { createKeyRing, generateApiKey } from '@tokenledger/model';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { connectGrpc } from '../otlp/grpc-client.ts';
import { chatSpan, toJson, toProtobuf, tracesRequest } from '../otlp/messages.ts';
import { post, start, temporaryDirectory, until } from '../start.ts';

const good = (number: number) => toProtobuf(tracesRequest([chatSpan(number)]));

test('IPv6 is spoken over HTTP and gRPC', async ({ skip }) => {
  const probe = createServer().listen(0, '::1');
  const works = await once(probe, 'listening').then(
    () => true,
    () => false,
  );
  probe.close();
  if (!works) return skip('this machine has no IPv6 loopback');
  const { url, grpcUrl, books } = await start({ host: '::1', grpcPort: 0 });
  expect(url).toMatch(/^http:\/\/\[::1\]:\d+$/);
  expect((await post(`${url}/v1/traces`, good(1))).status).toBe(200);
  expect((await connectGrpc(grpcUrl).export('traces', good(2))).code).toBe(0);
  await until(async () => (await books()).stored === 2);
});

test('localhost is each address it has, for exporters that try only one: over HTTP and gRPC', async () => {
  const { url, grpcUrl, books } = await start({ host: 'localhost', grpcPort: 0 });
  const addresses = (await lookup('localhost', { all: true })).map(({ address, family }) => (family === 6 ? `[${address}]` : address));
  for (const [index, address] of addresses.entries()) {
    const at = (there: string | undefined) => `http://${address}:${new URL(there ?? '').port}`;
    expect((await post(`${at(url)}/v1/traces`, good(2 * index + 1))).status).toBe(200);
    expect((await connectGrpc(at(grpcUrl)).export('traces', good(2 * index + 2))).code).toBe(0);
  }
  await until(async () => (await books()).stored === 2 * addresses.length);
});

test('an idle connection is kept for longer than load balancers keep theirs, unless told otherwise', async () => {
  const keptSeconds = async (url: string) =>
    Number(/timeout=(\d+)/.exec((await fetch(`${url}/healthz`)).headers.get('keep-alive') ?? '')?.[1]);
  expect(await keptSeconds((await start()).url)).toBeGreaterThan(60);
  expect(await keptSeconds((await start({ limits: { keepAliveMs: 5000 } })).url)).toBe(5);
});

test('who listens everywhere says where it is reached from here', async () => {
  const key = generateApiKey('ingest', 'acme');
  const { url } = await start({ host: '0.0.0.0', keys: createKeyRing([key.stored]) });
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  const head = await fetch(`${url}/healthz`, { method: 'HEAD' });
  expect([head.status, await head.text()]).toEqual([200, '']);
});

test.each(['http', 'gRPC'])('a port that is taken is named, %s, and nothing is left running or locked', async (which) => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  onTestFinished(() => void taken.close());
  const { port } = taken.address() as AddressInfo;
  const journalDir = await temporaryDirectory();
  const ports = which === 'http' ? { port } : { grpcPort: port };
  await expect(start({ journalDir, ...ports })).rejects.toThrow(new RegExp(`EADDRINUSE.*:${port}`));
  const { url } = await start({ journalDir });
  expect((await post(`${url}/v1/traces`, good(1))).status).toBe(200);
});

test('a second collector on the same journal is refused with its path, and disturbs nothing', async () => {
  const journalDir = await temporaryDirectory();
  const { url, books } = await start({ journalDir });
  await expect(start({ journalDir })).rejects.toThrow(`${journalDir} is in use by another process`);
  expect((await post(`${url}/v1/traces`, good(1))).status).toBe(200);
  await until(async () => (await books()).stored === 1);
});

test('content types and paths are read as HTTP has them', async () => {
  const { url } = await start();
  for (const [type, status] of [
    ['application/json; charset=utf-8', 200],
    ['Application/JSON', 200],
    ['application/json;', 200],
    [' application/json ', 200],
    ['application/json\t', 200],
    ['application/json, text/plain', 415],
    ['application/jsonp', 415],
    ['text/json', 415],
  ] as const) {
    const answer = await post(`${url}/v1/traces`, toJson(tracesRequest([chatSpan(1)])), { 'content-type': type });
    expect(answer.status, JSON.stringify(type)).toBe(status);
  }
  for (const [path, status] of [
    ['/v1/traces?x=1', 200],
    ['/v1/traces/../traces', 200],
    ['/V1/TRACES', 404],
    ['/v1/%74races', 200],
    ['/v1/traces%00', 404],
  ] as const) {
    expect((await post(`${url}${path}`, good(1))).status, path).toBe(status);
  }
});
