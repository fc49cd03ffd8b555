import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import http from 'node:http';
import { join } from 'node:path';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { createKeyRing, generateApiKey } from '@tokenledger/model';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chatSpan, decodeMessage, encodeMessage, type Json, text, toJson, toProtobuf, tracesRequest } from '../otlp/messages.ts';
import type { Collector } from '../../src/index.ts';
import { type Answer, post, postStream, start, temporaryDirectory, until } from '../start.ts';
import { createStubLedger } from '../stub-ledger.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const good = tracesRequest([chatSpan(1), chatSpan(2)]);

const statusOf = (answer: Answer) =>
  answer.headers.get('content-type') === 'application/json'
    ? (JSON.parse(answer.body.toString()) as Json)
    : decodeMessage('RpcStatus', answer.body);
const partialOf = (answer: Answer) =>
  (answer.headers.get('content-type') === 'application/json'
    ? (JSON.parse(answer.body.toString()) as Json)
    : decodeMessage('ExportTraceServiceResponse', answer.body)
  )['partialSuccess'] as { rejectedSpans: string; errorMessage: string } | undefined;

describe('a good request', () => {
  test.each([
    ['protobuf', toProtobuf(good), 'application/x-protobuf', ''],
    ['json', toJson(good), 'application/json', '{}'],
    ['json with a charset', toJson(good), 'application/json; charset=utf-8', '{}'],
  ])('in %s is answered in kind, without a partial success', async (_name, body, type, expected) => {
    const { url, books } = await start();
    const answer = await post(`${url}/v1/traces`, body, { 'content-type': type });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe(type.split(';')[0]);
    expect(answer.body.toString()).toBe(expected);
    expect(await books()).toMatchObject({ received: 2, balanced: true });
  });

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['zstd', zstdCompressSync],
    ['br', brotliCompressSync],
    ['identity', (body: Buffer) => body],
  ])('compressed by %s is read', async (encoding, compress) => {
    const ledger = createStubLedger();
    const { url } = await start({ ledger });
    const answer = await post(`${url}/v1/traces`, compress(toProtobuf(good)), { 'content-encoding': encoding });
    expect(answer.status).toBe(200);
    await until(() => ledger.entries.length === 2);
  });

  test('that is empty is a success', async () => {
    const { url, books } = await start();
    for (const [body, headers] of [
      ['', {}],
      ['', JSON_TYPE],
      ['{}', JSON_TYPE],
      ['{"resourceSpans":[]}', JSON_TYPE],
      [gzipSync(''), { 'content-encoding': 'gzip' }],
    ] as const) {
      expect((await post(`${url}/v1/traces`, body, headers)).status).toBe(200);
    }
    expect(await books()).toMatchObject({ received: 0, balanced: true });
  });

  test('with fields nobody knows is read past them', async () => {
    const ledger = createStubLedger();
    const { url } = await start({ ledger });
    const odd = tracesRequest([{ ...chatSpan(1), unknownToTheCollector: 'x' }]);
    expect((await post(`${url}/v1/traces`, toProtobuf(odd))).status).toBe(200);
    const json = { ...tracesRequest([{ ...chatSpan(2), somethingNew: { a: [1, null] } }]), another: 1 };
    expect((await post(`${url}/v1/traces`, toJson(json), JSON_TYPE)).status).toBe(200);
    await until(() => ledger.entries.length === 2);
  });
});

describe('bad spans among good ones', () => {
  const bad: Json[] = [chatSpan(1), { ...chatSpan(2), traceId: '00' }, chatSpan(3), { ...chatSpan(4), spanId: '0000000000000000' }];

  test.each([
    ['protobuf', toProtobuf(tracesRequest(bad)), {}],
    ['json', toJson(tracesRequest(bad)), JSON_TYPE],
  ])('cost themselves and are named: %s', async (_name, body, headers) => {
    const { url, books } = await start();
    const answer = await post(`${url}/v1/traces`, body, headers);
    expect(answer.status).toBe(200);
    expect(partialOf(answer)).toMatchObject({ rejectedSpans: '2' });
    expect(partialOf(answer)?.errorMessage).toMatch(/^2 of 4 rejected: item 1: invalid_trace_id: .*; item 3: invalid_span_id: /);
    await until(async () => (await books()).stored === 2);
    expect(await books()).toMatchObject({
      received: 4,
      stored: 2,
      rejected: { invalid_trace_id: 1, invalid_span_id: 1 },
      waiting: 0,
      balanced: true,
    });
  });

  test('a span whose bytes are broken costs no other', async () => {
    const ledger = createStubLedger();
    const { url } = await start({ ledger });
    const body = toProtobuf(tracesRequest([chatSpan(1), chatSpan(2, [text('marker', 'here')]), chatSpan(3)]));
    body[body.indexOf('marker') - 4] = 0x4f;
    const answer = await post(`${url}/v1/traces`, body);
    expect(answer.status).toBe(200);
    expect(partialOf(answer)).toMatchObject({ rejectedSpans: '1' });
    await until(() => ledger.entries.length === 2);
    expect(ledger.entries.map(({ call }) => call.responseId ?? '').toSorted()).toEqual(['chatcmpl-1', 'chatcmpl-3']);
  });

  test('what came before a cut is kept', async () => {
    const ledger = createStubLedger();
    const { url } = await start({ ledger });
    const body = Buffer.concat([toProtobuf(tracesRequest([chatSpan(1)])), toProtobuf(tracesRequest([chatSpan(2)])).subarray(0, 100)]);
    const answer = await post(`${url}/v1/traces`, body);
    expect(answer.status).toBe(200);
    expect(partialOf(answer)).toMatchObject({ rejectedSpans: '1' });
    expect(partialOf(answer)?.errorMessage).toMatch(/truncated/);
    await until(() => ledger.entries.length === 1);
  });
});

describe('a refusal has the right status, a clear message and the encoding of its request', () => {
  const large = Buffer.alloc(3000);
  const undo: (() => Promise<void>)[] = [];
  let collector: Collector;
  beforeAll(async () => {
    collector = await start({ limits: { bodyBytes: 2000 } }, (work) => undo.unshift(work));
  });
  afterAll(async () => {
    for (const work of undo) await work();
  });

  test.each([
    ['a body that is no protobuf', Buffer.from('hello, world'), {}, 400, 3, /^undecodable_body: /],
    ['a truncated body', toProtobuf(good).subarray(0, 50), {}, 400, 3, /^undecodable_body: .*left/],
    ['a body that is no JSON', 'hello', JSON_TYPE, 400, 3, /^undecodable_body: .*not JSON/],
    ['JSON of something else', '[1]', JSON_TYPE, 400, 3, /^undecodable_body: .*resourceSpans/],
    ['JSON of another signal', '{"resourceLogs":[]}', JSON_TYPE, 400, 3, /^undecodable_body: .*resourceSpans/],
    ['a body that is not compressed as it says', 'hello', { 'content-encoding': 'gzip' }, 400, 3, /^undecompressable_body: .*gzip/],
    ['a cut gzip body', gzipSync(toProtobuf(good)).subarray(0, 60), { 'content-encoding': 'gzip' }, 400, 3, /^undecompressable_body: /],
    [
      'another content type',
      'x',
      { 'content-type': 'text/plain' },
      415,
      3,
      /^unsupported_content_type: .*application\/x-protobuf.*text\/plain/,
    ],
    ['another content encoding', 'x', { 'content-encoding': 'lzma' }, 415, 3, /^unsupported_content_encoding: .*lzma/],
    ['two content encodings', 'x', { 'content-encoding': 'gzip, gzip' }, 415, 3, /^unsupported_content_encoding: /],
    ['a large body', large, {}, 413, 8, /^body_too_large: .*2000 bytes/],
    ['a body that grows large by gzip', gzipSync(large), { 'content-encoding': 'gzip' }, 413, 8, /^body_too_large: .*decompressed/],
    ['a body that grows large by zstd', zstdCompressSync(large), { 'content-encoding': 'zstd' }, 413, 8, /^body_too_large: .*decompressed/],
    [
      'a body that grows large by deflate',
      deflateSync(large),
      { 'content-encoding': 'deflate' },
      413,
      8,
      /^body_too_large: .*decompressed/,
    ],
    ['a body that grows large by br', brotliCompressSync(large), { 'content-encoding': 'br' }, 413, 8, /^body_too_large: .*decompressed/],
  ] as const)('%s', async (_name, body, headers, status, code, message) => {
    const answer = await post(`${collector.url}/v1/traces`, body, headers);
    expect(answer.status).toBe(status);
    expect(statusOf(answer)).toEqual({ code, message: expect.stringMatching(message) as string });
    expect(answer.headers.get('retry-after')).toBeNull();
    expect(await collector.books()).toMatchObject({ received: 0, balanced: true });
  });

  test('a large body of unknown length', async () => {
    const answer = await postStream(`${collector.url}/v1/traces`, new Blob([large]).stream());
    expect(answer.status).toBe(413);
    expect(statusOf(answer)).toMatchObject({ code: 8, message: expect.stringMatching(/2000 bytes/) as string });
  });

  test('another method or path', async () => {
    const { url } = collector;
    const get = await fetch(`${url}/v1/traces`);
    expect(get.status).toBe(405);
    expect(await get.json()).toMatchObject({ message: expect.stringMatching(/takes POST, not GET/) as string });
    const lost = await post(`${url}/api/traces`, 'x');
    expect(lost.status).toBe(404);
    expect(decodeMessage('RpcStatus', lost.body)['message']).toMatch(/POST at \/v1\/traces/);
  });
});

describe('keys', () => {
  const mine = generateApiKey('ingest', 'acme');
  const query = generateApiKey('query', 'acme');
  const keys = createKeyRing([mine.stored, query.stored]);
  const withKey = (key: string) => ({ authorization: `Bearer ${key}` });

  test('the tenant is the key’s, whatever the spans say', async () => {
    const ledger = createStubLedger();
    const { url } = await start({ ledger, keys });
    const body = toProtobuf(tracesRequest([chatSpan(1, [text('tenant', 'other')])]));
    expect((await post(`${url}/v1/traces`, body, { ...withKey(mine.key), 'x-tenant': 'other' })).status).toBe(200);
    await until(() => ledger.entries.length === 1);
    expect(ledger.entries[0]?.tenant).toBe('acme');
  });

  test.each([
    ['none', {}, 401, 16, /missing_key/],
    ['one that is none', withKey('secret'), 401, 16, /malformed_key/],
    ['an unknown one', withKey(generateApiKey('ingest', 'acme').key), 401, 16, /unknown_key/],
    ['one of another scope', withKey(query.key), 403, 7, /wrong_scope.*query/],
  ])('%s is refused before the body is read', async (_name, headers, status, code, message) => {
    const { url } = await start({ keys });
    const request = http.request(`${url}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf', 'content-length': 1000, ...headers },
    });
    request.flushHeaders();
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    const body = Buffer.concat((await response.toArray()) as Buffer[]);
    request.destroy();
    expect(response.statusCode).toBe(status);
    expect(decodeMessage('RpcStatus', body)).toMatchObject({ code, message: expect.stringMatching(message) as string });
  });

  test('without keys only loopback is listened on', async () => {
    await expect(start({ host: '0.0.0.0' })).rejects.toThrow(/may not listen on 0.0.0.0/);
  });
});

describe('the other signals', () => {
  const logs = { resourceLogs: [{ scopeLogs: [{ logRecords: [{ eventName: 'gen_ai.choice', attributes: [text('a', 'b')] }, {}] }] }] };

  test('logs are accepted, counted and kept out of the bill', async () => {
    const ledger = createStubLedger();
    const { url, metrics, books } = await start({ ledger });
    expect((await post(`${url}/v1/logs`, encodeMessage('ExportLogsServiceRequest', logs))).status).toBe(200);
    expect((await post(`${url}/v1/logs`, toJson(logs), JSON_TYPE)).body.toString()).toBe('{}');
    expect((await post(`${url}/v1/logs`, 'hello')).status).toBe(400);
    expect(await metrics()).toContain('tokenledger_received_log_records_total 4');
    expect(await books()).toMatchObject({ received: 0 });
  });

  test('metrics are accepted and kept out of the bill', async () => {
    const { url } = await start();
    expect((await post(`${url}/v1/metrics`, toJson({ resourceMetrics: [] }), JSON_TYPE)).body.toString()).toBe('{}');
    expect((await post(`${url}/v1/metrics`, 'x', { 'content-type': 'text/plain' })).status).toBe(415);
  });
});

describe('prompt content', () => {
  const canary = 'canary-93c1';
  const json = tracesRequest([chatSpan(1, [text('gen_ai.input.messages', canary), text('gen_ai.completion.0.content', canary)])]);

  /** All of them: the next one may have been made already. */
  async function readSegments(journalDir: string): Promise<Buffer> {
    const names = (await readdir(journalDir)).filter((name) => name.endsWith('.segment'));
    return Buffer.concat(await Promise.all(names.map((name) => readFile(join(journalDir, name)))));
  }

  test.each([
    ['protobuf', toProtobuf(json), {}],
    ['gzip', gzipSync(toProtobuf(json)), { 'content-encoding': 'gzip' }],
    ['json', toJson(json), JSON_TYPE],
  ])('sent as %s reaches neither the journal nor the ledger; its call does', async (_name, body, headers) => {
    const ledger = createStubLedger();
    ledger.away = true;
    const journalDir = await temporaryDirectory();
    const { url } = await start({ ledger, journalDir });
    expect((await post(`${url}/v1/traces`, body, headers)).status).toBe(200);
    const kept = await readSegments(journalDir);
    expect(kept.includes('chatcmpl-1')).toBe(true);
    expect(kept.includes(canary)).toBe(false);
    ledger.away = false;
    await until(() => ledger.entries.length === 1);
    const stored = JSON.stringify(ledger.entries, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
    expect(stored).not.toContain(canary);
  });

  test('a body without content stays compressed as it came', async () => {
    const ledger = createStubLedger();
    ledger.away = true;
    const journalDir = await temporaryDirectory();
    const { url } = await start({ ledger, journalDir });
    const body = gzipSync(toProtobuf(good));
    await post(`${url}/v1/traces`, body, { 'content-encoding': 'gzip' });
    expect((await readSegments(journalDir)).includes(body)).toBe(true);
  });
});
