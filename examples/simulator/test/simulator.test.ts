import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { SIMULATE_HEADER, startSimulator } from '../src/index.ts';

const body = JSON.stringify({ model: 'gpt-5', messages: [{ role: 'user', content: 'hi' }] });

async function post(url: string, payload = body, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: payload });
}

async function billOf(seed: number, requests = 6) {
  const simulator = await startSimulator({ seed, errorRate: 0.2 });
  for (let index = 0; index < requests; index += 1) await (await post(`${simulator.url}/v1/chat/completions`)).text();
  const bill = simulator.bill();
  await simulator.stop();
  return bill;
}

test('the same seed bills the same, another seed does not', async () => {
  const first = await billOf(11);
  expect(await billOf(11)).toEqual(first);
  expect(await billOf(12)).not.toEqual(first);
});

test('a reset starts the draws again', async () => {
  const simulator = await startSimulator({ seed: 5 });
  const nextAnswer = async () => (await (await post(`${simulator.url}/v1/chat/completions`)).json()) as { id: string };
  const first = await nextAnswer();
  expect((await nextAnswer()).id).not.toBe(first.id);
  simulator.reset();
  expect(simulator.bill()).toEqual([]);
  expect((await nextAnswer()).id).toBe(first.id);
  await simulator.stop();
});

test('about as many requests fail as the error rate says', async () => {
  const bill = await billOf(1, 150);
  const failed = bill.filter(({ status }) => status >= 400);
  expect(failed.length).toBeGreaterThan(15);
  expect(failed.length).toBeLessThan(50);
  expect(failed.every(({ usage }) => Object.keys(usage).length === 0)).toBe(true);
});

test('answers are gzipped for clients that accept it, streams event by event', async () => {
  const simulator = await startSimulator();
  const raw = async (payload: string, encoding: string) => {
    const sent = httpRequest(`${simulator.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'accept-encoding': encoding },
    });
    sent.end(payload);
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    return { encoding: response.headers['content-encoding'], bytes: Buffer.concat(chunks) };
  };
  const streaming = JSON.stringify({ ...(JSON.parse(body) as object), stream: true });
  for (const payload of [body, streaming]) {
    const plain = await raw(payload, 'identity');
    expect(plain.encoding).toBeUndefined();
    const zipped = await raw(payload, 'gzip, br');
    expect(zipped.encoding).toBe('gzip');
    expect(gunzipSync(zipped.bytes).toString()).toMatch(payload === body ? /^\{"id"/ : /^data: \{[\s\S]*data: \[DONE\]\n\n$/);
  }
  await simulator.stop();
});

test('a body or header that cannot be read is refused in the words of the provider', async () => {
  const simulator = await startSimulator();
  const noModel = await post(`${simulator.url}/v1/chat/completions`, '{}');
  expect(noModel.status).toBe(400);
  expect(await noModel.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
  const badHeader = await post(`${simulator.url}/v1/chat/completions`, body, { [SIMULATE_HEADER]: '{"stauts":429}' });
  expect(badHeader.status).toBe(400);
  expect(await badHeader.text()).toContain('stauts');
  expect(simulator.bill()).toEqual([]);
  await simulator.stop();
});

test('usage can be withheld: billed, but not on the wire', async () => {
  const simulator = await startSimulator();
  const answer = await post(`${simulator.url}/v1/chat/completions`, body, { [SIMULATE_HEADER]: '{"usage":null}' });
  expect(await answer.json()).not.toHaveProperty('usage');
  expect(simulator.bill()[0]).toMatchObject({ usageOnWire: false, usage: { input_uncached: expect.any(Number) as number } });
  await simulator.stop();
});

test('a client that leaves mid-stream harms nobody, and has not read its usage', async () => {
  const simulator = await startSimulator();
  const streaming = JSON.stringify({ ...(JSON.parse(body) as object), stream: true, stream_options: { include_usage: true } });
  const leaveAfterFirstChunk = async (encoding: string, forced: object) => {
    const leave = new AbortController();
    const answer = await fetch(`${simulator.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'accept-encoding': encoding, [SIMULATE_HEADER]: JSON.stringify(forced) },
      body: streaming,
      signal: leave.signal,
    });
    await answer.body?.getReader().read();
    leave.abort();
  };
  for (const encoding of ['identity', 'gzip']) {
    await leaveAfterFirstChunk(encoding, { text: 'x'.repeat(200), chunk_delay_ms: 5 });
  }
  await sleep(100);
  expect(simulator.bill().map(({ usageOnWire }) => usageOnWire)).toEqual([false, false]);
  for (let times = 0; times < 20; times += 1) {
    for (const encoding of ['identity', 'gzip']) await leaveAfterFirstChunk(encoding, { text: 'x'.repeat(10_000) });
  }
  expect((await post(`${simulator.url}/v1/chat/completions`)).status).toBe(200);
  await simulator.stop();
});

test('the command serves until it is told to stop', async () => {
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
  const child = spawn(process.execPath, [main, '--port', '0', '--seed', '2'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const url = /Anthropic at (\S+)/.exec(line.toString())?.[1];
  expect((await post(`${url}/v1/chat/completions`)).status).toBe(200);
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});
