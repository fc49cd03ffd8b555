import type { LookupAddress } from 'node:dns';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { request } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { send } from '../src/deliver.ts';
import { guardedAgent, isPrivateAddress } from '../src/guarded-agent.ts';
import { receiverSchema } from '../src/index.ts';

let requests = 0;
let port: number;
const server = createServer((_request, response) => {
  requests += 1;
  response.end('secret');
});
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '::', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => server.close());

test.each([
  'localhost',
  '127.0.0.1',
  '127.1',
  '2130706433',
  '0x7f.1',
  '0177.0.0.1',
  '0',
  '[::1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '127.0.0.1.',
  '017700000001',
  '0x7f000001',
  '0.0.0.0',
  '[::]',
  '[0:0:0:0:0:0:0:1]',
  '[::ffff:0:127.0.0.1]',
  '[64:ff9b::7f00:1]',
  'localhost.',
  '①②⑦.0.0.1',
])('no request reaches a private address written as %s', async (host) => {
  const agent = guardedAgent({ allowPrivate: false, timeoutMs: 2_000 });
  await expect(request(`http://${host}:${port}/`, { dispatcher: agent })).rejects.toThrow(/private|invalid|refused|ENOTFOUND|EAI_AGAIN/i);
  await agent.destroy();
  expect(requests).toBe(0);
});

test('a name that is public when it is judged and private when it is connected to reaches nothing', async () => {
  let asked = 0;
  const rebinding: LookupAddress = {
    family: 4,
    get address() {
      asked += 1;
      return asked === 1 ? '8.8.8.8' : '127.0.0.1';
    },
  };
  const agent = guardedAgent({ allowPrivate: false, timeoutMs: 5_000, resolve: (_name, _options, done) => done(null, [rebinding]) });
  await expect(request(`http://rebinding.example:${port}/`, { dispatcher: agent })).rejects.toThrow(/address 127\.0\.0\.1 is private/);
  await agent.destroy();
  expect(asked).toBeGreaterThan(1);
  expect(requests).toBe(0);
});

test('a name with one private address among public ones is refused, and says nothing of what listens there', async () => {
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const { port: shut } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  const agent = guardedAgent({ allowPrivate: false, timeoutMs: 5_000 });
  await expect(request(`http://localhost:${shut}/`, { dispatcher: agent })).rejects.toThrow(/is private/);
  await agent.destroy();
  const both = guardedAgent({
    allowPrivate: false,
    timeoutMs: 5_000,
    resolve: (_name, _options, done) =>
      done(null, [
        { address: '8.8.8.8', family: 4 },
        { address: '10.0.0.1', family: 4 },
      ]),
  });
  await expect(request(`http://both.example:${shut}/`, { dispatcher: both })).rejects.toThrow(/address 10\.0\.0\.1 is private/);
  await both.destroy();
});

test('a redirect to a private address is not followed', async () => {
  const agent = guardedAgent({ allowPrivate: true, timeoutMs: 2_000 });
  const outside = createServer((_request, response) => response.writeHead(302, { location: `http://127.0.0.1:${port}/` }).end());
  await new Promise<void>((resolve) => outside.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(outside.address() as AddressInfo).port}/`;
  const delivery = { id: 'msg_x', receiver: 'hook', body: '{}', attempts: 0, createdMs: 0 };
  const receiver = receiverSchema.parse({ name: 'hook', url, allow_private: true });
  const outcome = await send(receiver, delivery, { agent, now: () => 0, retryAfterMs: [], signal: AbortSignal.timeout(5_000) });
  expect(outcome).toEqual({ kind: 'dead', error: 'the receiver answered 302' });
  await agent.destroy();
  outside.closeAllConnections();
  outside.close();
  expect(requests).toBe(0);
});

test.each(['ftp://example.com/', 'file:///etc/passwd', 'http://user@example.com/', 'http://:secret@example.com/', 'gopher://127.0.0.1/'])(
  'a receiver at %s is refused when it is put',
  (url) => expect(receiverSchema.safeParse({ name: 'hook', url }).success).toBe(false),
);

test('what is private is told from what is public', () => {
  const blocked = [
    '10.1.2.3',
    '172.31.0.1',
    '192.168.0.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '168.63.129.16',
    'fd00::1',
    'fe80::1',
    '::ffff:10.0.0.1',
    '64:ff9b::a00:1',
    '2002:a00:1::',
    '::',
    '169.254.170.2',
    'fd00:ec2::254',
    '100.100.100.200',
    '192.0.0.192',
    'fe80::a9fe:a9fe',
    'fec0::1',
    'ff02::1',
    '2001:0:7f00:1::',
    '255.255.255.255',
  ];
  expect(blocked.filter((address) => !isPrivateAddress(address))).toEqual([]);
  expect(['8.8.8.8', '1.1.1.1', '172.32.0.1', '2606:4700::1111'].filter(isPrivateAddress)).toEqual([]);
});
