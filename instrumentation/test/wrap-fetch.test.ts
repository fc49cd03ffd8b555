import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { trace } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { wrapFetch } from '../src/index.ts';
import { tapUndici } from '../src/wire/undici-tap.ts';

const exporter = new InMemorySpanExporter();
const wrapped = wrapFetch(globalThis.fetch);
let server: Server;
let url: string;
let sentChunks = 0;
let isGivenUp = false;

beforeAll(async () => {
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }));
  // Both ways of seeing a request at once: it must count once.
  tapUndici();
  server = createServer((request, response) => {
    request.resume().on('end', () => {
      if (request.url === '/v1/redirect/chat/completions') return response.writeHead(307, { location: '/v1/chat/completions' }).end();
      if (request.url === '/v1/odd/chat/completions') return response.writeHead(799).end('odd');
      if (request.url === '/v1/endless/chat/completions') {
        response.setHeader('content-type', 'text/event-stream');
        sentChunks = 0;
        response.once('close', () => (isGivenUp = true));
        const more = (): void => {
          while (sentChunks < 10_000 && !response.destroyed) {
            sentChunks++;
            if (!response.write(`data: {"id":"c","choices":[{"delta":{"content":"${'x'.repeat(10_000)}"}}]}\n\n`))
              return void response.once('drain', more);
          }
        };
        return more();
      }
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-encoding': 'gzip',
        'x-answer': '42',
        'set-cookie': ['a=1', 'b=2'],
      });
      response.end(
        gzipSync(
          '{"id":"c1","model":"gpt-5","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10},"text":"ünï"}',
        ),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

beforeEach(() => exporter.reset());

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const post = { method: 'POST', body: '{"model":"gpt-5","messages":[]}', headers: { 'content-type': 'application/json' } };

/** Spans are emitted once the price book is there. */
async function spans(count: number): Promise<readonly (number | undefined)[]> {
  for (let tries = 0; exporter.getFinishedSpans().length < count && tries < 1_500; tries++) await sleep(10);
  await sleep(20);
  return exporter.getFinishedSpans().map((span) => span.attributes['gen_ai.usage.input_tokens'] as number | undefined);
}

test('it looks like fetch, and wrapping twice is wrapping once', () => {
  expect([wrapped.name, wrapped.length]).toEqual([fetch.name, fetch.length]);
  expect(wrapFetch(wrapped)).toBe(wrapped);
});

test('the response is the same in every respect', async () => {
  for (const path of ['/v1/chat/completions', '/v1/redirect/chat/completions']) {
    const [theirs, ours] = await Promise.all([fetch(url + path, post), wrapped(url + path, post)]);
    for (const name of ['status', 'statusText', 'ok', 'url', 'redirected', 'type', 'bodyUsed'] as const)
      expect([name, ours[name]]).toEqual([name, theirs[name]]);
    const stable = (headers: Headers): string[][] => [...headers].filter(([name]) => name !== 'date');
    expect(stable(ours.headers)).toEqual(stable(theirs.headers));
    expect(ours).toBeInstanceOf(Response);
    expect(await ours.clone().text()).toBe(await theirs.clone().text());
    expect(await ours.bytes()).toEqual(await theirs.bytes());
  }
  expect(await spans(4)).toEqual([7, 7, 7, 7]);
});

test.each([
  ['a string and options', () => wrapped(`${url}/v1/chat/completions`, post)],
  ['a URL', () => wrapped(new URL(`${url}/v1/chat/completions`), post)],
  ['a Request', () => wrapped(new Request(`${url}/v1/chat/completions`, post))],
  ['a Request with options', () => wrapped(new Request(`${url}/v1/chat/completions`, post), { headers: { 'x-more': '1' } })],
  ['bytes', () => wrapped(`${url}/v1/chat/completions`, { ...post, body: Buffer.from(post.body) })],
  ['a buffer', () => wrapped(`${url}/v1/chat/completions`, { ...post, body: new TextEncoder().encode(post.body).buffer })],
  ['a view', () => wrapped(`${url}/v1/chat/completions`, { ...post, body: new DataView(new TextEncoder().encode(post.body).buffer) })],
  ['a stream', () => wrapped(`${url}/v1/chat/completions`, { ...post, body: new Blob([post.body]).stream(), duplex: 'half' })],
  ['a Blob', () => wrapped(`${url}/v1/chat/completions`, { ...post, body: new Blob([post.body]) })],
])('called with %s, a call is one span with its model', async (_, call) => {
  await (await call()).json();
  expect(await spans(1)).toEqual([7]);
  expect(exporter.getFinishedSpans()[0]?.name).toBe('chat gpt-5');
});

test('a reader that brings its own buffer is served', async () => {
  const response = await wrapped(`${url}/v1/chat/completions`, post);
  const reader = response.body?.getReader({ mode: 'byob' });
  let text = '';
  for (;;) {
    const read = await reader?.read(new Uint8Array(16));
    if (!read || read.done) break;
    text += Buffer.from(read.value).toString('latin1');
  }
  expect(text).toContain('"prompt_tokens":7');
  expect(await spans(1)).toEqual([7]);
});

test('nothing is read ahead of the app, and giving up reaches the server', async () => {
  const response = await wrapped(`${url}/v1/endless/chat/completions`, post);
  const reader = response.body?.getReader();
  await reader?.read();
  await sleep(100);
  expect(sentChunks).toBeLessThan(2_000);
  expect(isGivenUp).toBe(false);
  await reader?.cancel();
  await vi.waitFor(() => expect(isGivenUp).toBe(true));
  expect(await spans(1)).toHaveLength(1);
  expect(exporter.getFinishedSpans()[0]?.attributes['error.type']).toBe('AbortError');
});

test('an answer that is thrown away unread lets its socket go', async () => {
  isGivenUp = false;
  await wrapped(`${url}/v1/endless/chat/completions`, post);
  setFlagsFromString('--expose_gc');
  const collect = runInNewContext('gc') as () => void;
  await vi.waitFor(
    () => {
      collect();
      expect(isGivenUp).toBe(true);
    },
    { timeout: 20_000, interval: 50 },
  );
  expect(await spans(1)).toHaveLength(1);
});

test('errors are the app’s own, and told', async () => {
  const aborted = AbortSignal.abort(new Error('mine'));
  await expect(wrapped(`${url}/v1/chat/completions`, { ...post, signal: aborted })).rejects.toThrow('mine');
  await expect(wrapped('http://127.0.0.1:2/v1/chat/completions', post)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  await expect(wrapped('not a url', post)).rejects.toThrow(TypeError);
  await spans(2);
  expect(exporter.getFinishedSpans().map((span) => span.attributes['error.type'])).toEqual(['Error', 'ECONNREFUSED']);
});

test('an answer of a kind that only servers make reaches the app whole', async () => {
  const response = await wrapped(`${url}/v1/odd/chat/completions`, post);
  expect([response.status, await response.text()]).toEqual([799, 'odd']);
  expect(await spans(1)).toHaveLength(1);
});

test('other requests pass untouched', async () => {
  const response = await wrapped(`${url}/other`);
  expect(response.headers.get('x-answer')).toBe('42');
  expect(await spans(0)).toEqual([]);
});
