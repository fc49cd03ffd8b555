import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { includeUsage } from '../src/wire/include-usage.ts';

const server = createServer(async (request, response) => response.end(Buffer.concat(await request.toArray())));
let url: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/chat/completions`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const body = '{"model":"gpt-5","stream":true,"messages":[]}';
/** What reaches the server. */
const sent = async (init: RequestInit): Promise<string> => {
  const response = await includeUsage(fetch)(url, { method: 'POST', ...init, signal: AbortSignal.timeout(5_000) });
  return response.text();
};

test('the usage of a stream is asked for', async () => {
  expect(JSON.parse(await sent({ body }))).toMatchObject({ stream: true, stream_options: { include_usage: true } });
});

test.each([
  ['whose length the app states', { body, headers: { 'Content-Length': String(body.length) } }],
  ['that is no stream', { body: '{"model":"gpt-5"}' }],
  ['whose caller decided', { body: '{"stream":true,"stream_options":{"include_usage":false}}' }],
  ['that is no JSON', { body: '{"stream":true' }],
])('a request %s goes as it is', async (_, init) => {
  expect(await sent(init)).toBe(init.body);
});

test('headers that are none are fetch’s to refuse', async () => {
  await expect(sent({ body, headers: { 'no header': '1' } })).rejects.toThrow(TypeError);
});
