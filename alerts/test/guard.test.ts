import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { request } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { guardedAgent, isPrivateAddress } from '../src/guarded-agent.ts';

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
])('no request reaches a private address written as %s', async (host) => {
  const agent = guardedAgent({ allowPrivate: false, timeoutMs: 2_000 });
  await expect(request(`http://${host}:${port}/`, { dispatcher: agent })).rejects.toThrow(/private|invalid|refused|ENOTFOUND/i);
  await agent.destroy();
  expect(requests).toBe(0);
});

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
  ];
  expect(blocked.filter((address) => !isPrivateAddress(address))).toEqual([]);
  expect(['8.8.8.8', '1.1.1.1', '172.32.0.1', '2606:4700::1111'].filter(isPrivateAddress)).toEqual([]);
});
