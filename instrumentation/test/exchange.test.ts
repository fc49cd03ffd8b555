import fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { settleAttempt } from '../src/attempts.ts';
import { matchEndpoint } from '../src/endpoints.ts';
import type { ObservedCall } from '../src/observed-call.ts';
import { attemptOf, failedAnswer } from '../src/wire/attempt.ts';
import { BodyEdges } from '../src/wire/body-edges.ts';
import { Exchange } from '../src/wire/exchange.ts';
import { follow } from './follow.ts';
import { EXCHANGES as BILLS } from './recorded-exchanges.ts';
import type { Expected } from './recorded-exchanges.ts';
import { FACTS } from './recorded-facts.ts';
import { LARGE } from './recorded-large.ts';
import { PITFALLS } from './recorded-pitfalls.ts';
import { ROUTES } from './recorded-routes.ts';

const EXCHANGES = { ...BILLS, ...FACTS, ...PITFALLS, ...ROUTES, ...LARGE };

function expectFacts(call: ObservedCall | undefined, { usage, attributes, absent = [], ...facts }: Expected): void {
  expect(call).toMatchObject(facts);
  expect(call?.usage).toEqual(usage);
  expect(call?.attributes).toMatchObject(attributes ?? {});
  expect(absent.filter((name) => call?.attributes[name] !== undefined)).toEqual([]);
}

describe('every provider is read as it bills', () => {
  test.each(Object.keys(EXCHANGES))('%s', (name) => {
    const [recorded, expected] = EXCHANGES[name] ?? [];
    if (recorded && expected) expectFacts(follow(recorded), expected);
    expect.hasAssertions();
  });
});

test('how the socket cuts the bytes changes nothing', () => {
  const names = Object.keys(EXCHANGES).filter((name) => !(name in LARGE) && !name.includes('too big') && !name.includes('long list'));
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 }), (name, cuts) => {
      const [recorded, expected] = EXCHANGES[name] ?? [];
      if (!recorded || !expected) return;
      const pieces = (answer: Buffer): Buffer[] => {
        const at = [0, ...cuts.map((cut) => Math.floor(cut * answer.length)).sort((a, b) => a - b), answer.length];
        return at.slice(1).map((end, index) => answer.subarray(at[index], end));
      };
      expectFacts(follow(recorded, pieces), expected);
    }),
  );
});

test.each([
  ['gzip', gzipSync],
  ['GZIP', gzipSync],
  ['deflate', deflateSync],
  ['deflate', deflateRawSync],
  ['br', brotliCompressSync],
  ['zstd', zstdCompressSync],
] as const)('a body in %s is read, whole or streamed', async (encoding, compress) => {
  for (const name of ['OpenAI chat: details are parts of their totals', 'Anthropic stream: the delta replaces what the start announced']) {
    const [recorded, expected] = EXCHANGES[name] ?? [];
    if (!recorded || !expected) throw new Error(name);
    const call = await new Promise<ObservedCall | undefined>((resolve) => {
      const { origin, pathname } = new URL(recorded.url);
      const match = matchEndpoint('POST', origin, pathname);
      if (!match) throw new Error('no match');
      const exchange: Exchange = new Exchange({ ...match, requestHeader: () => undefined }, () => resolve(exchange.conclude()));
      exchange.requestChunk(JSON.stringify(recorded.request));
      exchange.requestSent();
      const type = recorded.events ? 'text/event-stream' : 'application/json';
      exchange.responseStarted(200, (header) => ({ 'content-type': type, 'content-encoding': encoding })[header]);
      const text = recorded.events
        ? recorded.events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')
        : JSON.stringify(recorded.json);
      const body = compress(Buffer.from(text));
      for (let at = 0; at < body.length; at += 7) exchange.responseChunk(body.subarray(at, at + 7));
      exchange.end();
    });
    expectFacts(call, expected);
  }
});

test.each([
  ['short', 3, true],
  ['long', 600, true],
  ['longer than what is kept', 9_000, false],
] as const)('of a compressed stream every event that passed is known at once (%s)', (_, events, isKept) => {
  const match = matchEndpoint('POST', 'https://api.openai.com', '/v1/chat/completions');
  if (!match) throw new Error('no match');
  const exchange = new Exchange({ ...match, requestHeader: () => undefined }, () => {});
  exchange.requestChunk('{"model":"m","stream":true,"messages":[]}');
  exchange.requestSent();
  exchange.responseStarted(200, (header) => ({ 'content-type': 'text/event-stream', 'content-encoding': 'gzip' })[header]);
  const lines = Array.from({ length: events }, () => `data: {"id":"a","delta":{"content":"${randomBytes(600).toString('base64')}"}}\n\n`);
  const usage = 'data: {"id":"a","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":9}}\n\n';
  const body = gzipSync(Buffer.from([...lines, usage].join('')), { level: 1 });
  for (let at = 0; at < body.length; at += 16_384) {
    exchange.responseChunk(body.subarray(at, at + 16_384));
    if (at < 100_000) expect(exchange.hasAnswer).toBe(true);
  }
  exchange.fail({ name: 'AbortError' });
  const call = exchange.conclude();
  expect(call?.usage).toEqual(isKept ? { input_tokens: 7, output_tokens: 9 } : {});
  if (isKept) expect(call?.answerBytes).toBe(events * 800);
});

test.each<[string, unknown, string]>([
  ['Anthropic', { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }, 'overloaded_error'],
  ['OpenAI chat', { error: { message: 'oops', type: 'server_error', code: null } }, 'server_error'],
  ['OpenAI responses', { type: 'response.failed', response: { id: 'r', error: { code: 'rate_limit_exceeded' } } }, 'rate_limit_exceeded'],
  ['Gemini', { error: { code: 503, message: 'busy', status: 'UNAVAILABLE' } }, 'UNAVAILABLE'],
  ['a text about errors', { choices: [{ delta: { content: 'say "error": {' } }], error: null }, ''],
])('an error inside a stream is an error of the call (%s)', (_, event, type) => {
  const start = { id: 'a', choices: [{ delta: { content: 'x' } }] };
  const request = { model: 'm', stream: true, messages: [] };
  const call = follow({ url: 'https://api.openai.com/v1/chat/completions', request, events: [start, event] });
  expect(call?.error?.type ?? '').toBe(type);
});

test.each(['', 'text/plain; charset=utf-8'])('an answer that does not say what it is (%j) is read by its looks', (type) => {
  const usage = { prompt_tokens: 7, completion_tokens: 9 };
  const request = { model: 'm', messages: [] };
  const url = 'https://gateway.example/v1/chat/completions';
  const read = (bytes: Buffer): ObservedCall | undefined => follow({ url, request, bytes, headers: { 'content-type': type } });
  expect(read(Buffer.from(JSON.stringify({ id: 'a', usage })))?.usage).toEqual({ input_tokens: 7, output_tokens: 9 });
  const events = read(Buffer.from(`data: {"id":"a"}\r\n\r\ndata: ${JSON.stringify({ id: 'a', usage })}\r\n\r\ndata: [DONE]\r\n\r\n`));
  expect(events).toMatchObject({ streamed: true, usage: { input_tokens: 7, output_tokens: 9 } });
  expect(read(Buffer.from('not json'))?.usage).toEqual({});
});

test('no body, however odd, throws into the app or is mistaken for a usage', () => {
  const urls = [...new Set(Object.values(EXCHANGES).map(([{ url }]) => url))];
  const odd = fc.oneof(
    fc.json(),
    fc.string(),
    fc.constantFrom(
      '{"usage":{"prompt_tokens":"12","completion_tokens":-1,"prompt_tokens_details":7},"choices":{},"model":5,"id":null}',
      '{"usage":[],"usageMetadata":"x","candidates":[null,1],"message":[],"output":"no","response":{"usage":4}}',
      '{"usage":{"prompt_tokens":1e400,"completion_tokens":null}}',
      '{"__proto__":{"usage":{"prompt_tokens":5}},"constructor":{"prototype":{}}}',
    ),
  );
  fc.assert(
    fc.property(fc.constantFrom(...urls), odd, fc.constantFrom('json', 'events', 'lines', 'frames'), (url, body, kind) => {
      const request = { model: 'm', messages: body };
      const types = {
        json: undefined,
        events: 'text/event-stream',
        lines: 'application/x-ndjson',
        frames: 'application/vnd.amazon.eventstream',
      } as const;
      const text = kind === 'events' ? `data: ${body}\n\n` : `${body}\n`;
      const headers = types[kind] ? { 'content-type': types[kind] } : { 'content-type': 'application/json' };
      const call = follow({ url, request, headers, bytes: Buffer.from(text) });
      for (const quantity of Object.values(call?.usage ?? {})) expect(Number.isFinite(quantity) && quantity >= 0).toBe(true);
    }),
  );
  expect(Object.hasOwn(Object.prototype, 'usage')).toBe(false);
});

test('a large body with a list that is none does not hold up the app', () => {
  const list = `"webSearchQueries":[${'"a"  '.repeat(40)}`;
  const bytes = Buffer.from(`{"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":4},"candidates":[{${list}${'x'.repeat(70_000)}`);
  const url = 'https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:generateContent';
  const call = follow({ url, request: {}, headers: { 'content-type': 'application/json' }, bytes });
  expect(call?.usage).toEqual({ input_tokens: 3, output_tokens: 4 });
});

test.each([
  ['GET', 'https://api.openai.com/v1/models'],
  ['POST', 'https://api.openai.com/v1/moderations'],
  ['POST', 'https://api.anthropic.com/v1/messages/count_tokens'],
  ['POST', 'https://api.openai.com/v1/traces/ingest'],
  ['POST', 'https://api.openai.com/v1/conversations'],
  ['POST', 'https://api.openai.com/v1/conversations/conv_1'],
  [
    'POST',
    'https://us-east5-aiplatform.googleapis.com/v1/projects/p/locations/us-east5/publishers/anthropic/models/count-tokens:rawPredict',
  ],
  ['POST', 'https://example.com/checkout'],
] as const)('%s %s costs nothing and is let pass', (method, url) => {
  const { origin, pathname } = new URL(url);
  expect(matchEndpoint(method, origin, pathname)).toBeUndefined();
});

test('an app’s own endpoint with a similar path is no model call', () => {
  expect(follow({ url: 'https://shop.example/api/v1/messages', request: { to: 'bob', text: 'hi' }, json: { ok: true } })).toBeUndefined();
  expect(follow({ url: 'https://shop.example/v1/chat', request: { room: 1 }, json: { ok: true } })).toBeUndefined();
  // It may name a model, as chats of the AI SDK do between browser and server.
  const request = { model: 'gpt-4o', messages: [] };
  const events = [{ type: 'start' }, { type: 'text-delta', id: '0', delta: 'hi' }, '[DONE]'];
  expect(follow({ url: 'https://shop.example/api/chat', request, events })).toBeUndefined();
  const chunk = { id: 'c', object: 'chat.completion.chunk', model: 'gpt-4o', choices: [{ delta: { content: 'hi' } }] };
  expect(follow({ url: 'https://shop.example/api/chat', request, events: [chunk, '[DONE]'] })).toBeUndefined();
  expect(follow({ url: 'https://shop.example/api/generate', request, json: { ok: true } })).toBeUndefined();
  const conversation = { url: 'http://gateway.example/v1/conversations', request: {}, json: { id: 'conv_1', object: 'conversation' } };
  expect(follow({ ...conversation, requestHeaders: { 'x-stainless-lang': 'js' } })).toBeUndefined();
});

test('what failed at a common path of an unknown host is told: there is no answer to know it by', () => {
  const request = { model: 'llama', messages: [] };
  const failed = follow({ url: 'http://ollama.example/api/chat', request, status: 500, json: { error: 'out of memory' } });
  expect(failed).toMatchObject({ requestModel: 'llama', error: { type: '500' } });
});

test.each([
  ['OpenRouter', { error: { message: 'Provider returned error', code: 502 } }, 'error'],
  ['OpenAI responses', { id: 'r', status: 'failed', error: { code: 'server_error', message: 'x' } }, 'server_error'],
  ['nothing wrong', { id: 'r', status: 'completed', error: null }, ''],
])('an error whose head says 200 is an error of the call (%s)', (_, json, type) => {
  const call = follow({ url: 'https://openrouter.ai/api/v1/responses', request: { model: 'm', input: 'x' }, json });
  expect(call?.error?.type ?? '').toBe(type);
});

test('a retry is waited for as long as was announced: a date, seconds, milliseconds, nothing', () => {
  const waitFor = (headers: Readonly<Record<string, string>>) => failedAnswer(429, (name) => headers[name]).retryAfterMs;
  const untilDate = waitFor({ 'retry-after': new Date(Date.now() + 40_000).toUTCString() });
  expect(untilDate).toBeGreaterThan(20_000);
  expect(untilDate).toBeLessThanOrEqual(40_000);
  expect(waitFor({ 'retry-after': '20' })).toBe(20_000);
  expect(waitFor({ 'retry-after': '20', 'retry-after-ms': '50' })).toBe(50);
  expect(waitFor({})).toBe(8_000);
});

test('tries that the AWS SDK numbers are those of one call', () => {
  const tryOf = (attempt: number) =>
    attemptOf((name) => ({ 'amz-sdk-invocation-id': 'i', 'amz-sdk-request': `attempt=${attempt}; max=3` })[name], 'https://a/b');
  expect([tryOf(1), tryOf(2)].map((each) => [each?.number, each?.bodyHash()])).toEqual([
    [0, 'i'],
    [1, 'i'],
  ]);
});

test('a call that is tried again lasts from the first try to the end of the last answer', async () => {
  const send = (number: number, status: number): ObservedCall => {
    const match = matchEndpoint('POST', 'https://api.openai.com', '/v1/chat/completions');
    if (!match) throw new Error('no match');
    const headers: Readonly<Record<string, string>> = { 'x-stainless-retry-count': String(number) };
    const exchange = new Exchange({ ...match, requestHeader: (name) => headers[name] }, () => {});
    exchange.requestChunk('{"model":"m","messages":["tried again"]}');
    exchange.requestSent();
    exchange.responseStarted(status, () => undefined);
    exchange.responseChunk(Buffer.from('{}'));
    exchange.end();
    const call = exchange.conclude();
    if (!call) throw new Error('no call');
    return call;
  };
  const first = send(0, 503);
  settleAttempt(first, () => {});
  await sleep(100);
  const last = send(1, 200);
  expect(last.startMs).toBe(first.startMs);
  expect((last.endMs ?? 0) - last.startMs).toBeGreaterThan(90);
  expect(last.firstChunkMs).toBeGreaterThan(90);
});

test('tries of a form are those of one call, though its boundary is another each time', () => {
  const hashOf = (boundary: string, model: string) => {
    const body = new BodyEdges();
    body.push(Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="model"\r\n\r\n${model}\r\n--${boundary}--\r\n`));
    const headers = { 'x-stainless-retry-count': '1', 'content-type': `multipart/form-data; boundary=${boundary}` };
    return attemptOf((name) => headers[name as keyof typeof headers], 'https://a/b', body)?.bodyHash();
  };
  expect(hashOf('aaaa', 'whisper-1')).toBe(hashOf('bbbb', 'whisper-1'));
  expect(hashOf('aaaa', 'whisper-1')).not.toBe(hashOf('aaaa', 'tts-1'));
});
