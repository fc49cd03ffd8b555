import { once } from 'node:events';
import { connect as connectHttp2, constants } from 'node:http2';
import { gzipSync } from 'node:zlib';
import { createKeyRing, generateApiKey } from '@tokenledger/model';
import { describe, expect, test } from 'vitest';
import { connectGrpc, type GrpcAnswer } from '../otlp/grpc-client.ts';
import { chatSpan, decodeMessage, type Json, toProtobuf, tracesRequest } from '../otlp/messages.ts';
import { post, start, until } from '../start.ts';
import { createStubLedger } from '../stub-ledger.ts';

const good = toProtobuf(tracesRequest([chatSpan(1)]));
const MIB = 1024 * 1024;
const TRACES = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';

/** The delay of the RetryInfo in an answer's details. */
function retryDelay({ details }: GrpcAnswer): unknown {
  const status = details && decodeMessage('RpcStatus', details);
  const [any] = (status?.['details'] ?? []) as Json[];
  if (!any) return undefined;
  expect(any['typeUrl']).toBe('type.googleapis.com/google.rpc.RetryInfo');
  return decodeMessage('RetryInfo', Buffer.from(String(any['value']), 'base64'))['retryDelay'];
}

/** A call as a sender that takes its time makes it: its frame says `length`, and as much is sent as is written. */
function slowCall(grpcUrl: string | undefined, length: number) {
  const session = connectHttp2(grpcUrl ?? '').on('error', () => undefined);
  const stream = session.request({ ':method': 'POST', ':path': TRACES, 'content-type': 'application/grpc', te: 'trailers' });
  stream.on('error', () => undefined);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(length, 1);
  stream.write(head);
  return { session, stream };
}

test('a call over gRPC is stored, and the same export over HTTP counts once with it', async () => {
  const ledger = createStubLedger();
  const { url, grpcUrl, books, metrics } = await start({ ledger, grpcPort: 0 });
  const answer = await connectGrpc(grpcUrl).export('traces', good);
  expect(answer).toEqual({ code: 0, message: '', body: Buffer.alloc(0), details: undefined });
  expect((await post(`${url}/v1/traces`, good)).status).toBe(200);
  await until(async () => (await books()).received === 2 && (await books()).waiting === 0);
  expect(await books()).toMatchObject({ received: 2, stored: 1, duplicate: 1, balanced: true });
  expect(ledger.entries).toHaveLength(1);
  expect(await metrics()).toMatch(/^tokenledger_request_duration_seconds_count\{signal="traces",status="200"\} 2$/m);
});

test('a bad span among good ones is named in partial_success and costs no other', async () => {
  const ledger = createStubLedger();
  const { grpcUrl, books } = await start({ ledger, grpcPort: 0 });
  const body = toProtobuf(tracesRequest([chatSpan(1), { ...chatSpan(2), traceId: '' }, chatSpan(3)]));
  const answer = await connectGrpc(grpcUrl).export('traces', body);
  expect(answer.code).toBe(0);
  expect(decodeMessage('ExportTraceServiceResponse', answer.body)['partialSuccess']).toEqual({
    rejectedSpans: '1',
    errorMessage: expect.stringMatching(/item 1: invalid_trace_id/) as string,
  });
  await until(() => ledger.entries.length === 2);
  expect(await books()).toMatchObject({ received: 3, rejected: { invalid_trace_id: 1 }, balanced: true });
});

test('metrics are taken, so that nobody has to configure an exporter away', async () => {
  const { grpcUrl } = await start({ grpcPort: 0 });
  expect(await connectGrpc(grpcUrl).export('metrics', Buffer.from('anything'))).toMatchObject({ code: 0 });
});

test('gRPC is only spoken where it was asked for', async () => {
  expect((await start()).grpcUrl).toBeUndefined();
});

describe('a refusal has the right status, and what can be retried says when', () => {
  const keys = [generateApiKey('ingest', 'acme'), generateApiKey('query', 'acme')] as const;
  const large = Buffer.alloc(3000);

  test.each([
    ['bytes that are no protobuf', Buffer.from('hello, world'), false, 3, /^undecodable_body: /],
    ['a message that is too large', large, false, 8, /larger than max/],
    ['a message that is too large when decompressed', large, true, 8, /larger than 2000/],
  ])('%s', async (_name, body, gzip, code, message) => {
    const { grpcUrl, books } = await start({ grpcPort: 0, limits: { bodyBytes: 2000 } });
    const answer = await connectGrpc(grpcUrl, { gzip }).export('traces', body);
    expect(answer).toMatchObject({ code, message: expect.stringMatching(message) as string });
    expect(retryDelay(answer)).toBeUndefined();
    expect(await books()).toMatchObject({ received: 0, balanced: true });
  });

  test.each([
    ['no key', undefined, 16, /missing_key/],
    ['what is no key', 'secret', 16, /malformed_key/],
    ['an unknown key', generateApiKey('ingest', 'acme').key, 16, /unknown_key/],
    ['a key of another scope', keys[1].key, 7, /wrong_scope/],
  ])('%s', async (_name, key, code, message) => {
    const { grpcUrl } = await start({ grpcPort: 0, keys: createKeyRing(keys.map(({ stored }) => stored)) });
    expect(await connectGrpc(grpcUrl).export('traces', good, key)).toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
  });

  test('a wrong key is refused before the message is read', async () => {
    const { grpcUrl } = await start({ grpcPort: 0, keys: createKeyRing([keys[0].stored]) });
    const { session, stream } = slowCall(grpcUrl, 1000);
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
    expect(headers['grpc-status']).toBe('16');
    session.destroy();
  });

  test('the tenant is the key’s', async () => {
    const ledger = createStubLedger();
    const { grpcUrl } = await start({ ledger, grpcPort: 0, keys: createKeyRing([keys[0].stored]) });
    expect(await connectGrpc(grpcUrl).export('traces', good, keys[0].key)).toMatchObject({ code: 0 });
    await until(() => ledger.entries.length === 1);
    expect(ledger.entries[0]?.tenant).toBe('acme');
  });

  test('a full journal: come again in a second', async () => {
    const ledger = createStubLedger();
    ledger.away = true;
    const { grpcUrl, ready, books } = await start({ ledger, grpcPort: 0, limits: { journalBytes: 300 } });
    const client = connectGrpc(grpcUrl);
    expect(await client.export('traces', good)).toMatchObject({ code: 0 });
    await until(async () => !(await ready()).ready);
    const refused = await client.export('traces', good);
    expect(refused).toMatchObject({ code: 14, message: expect.stringMatching(/^journal_full/) as string });
    expect(retryDelay(refused)).toEqual({ seconds: '1' });
    ledger.away = false;
    await until(async () => (await ready()).ready);
    expect(await client.export('traces', good)).toMatchObject({ code: 0 });
    await until(async () => (await books()).waiting === 0);
    expect(await books()).toMatchObject({ received: 2, stored: 1, duplicate: 1, balanced: true });
  });

  test('bodies in flight over HTTP and gRPC share one budget', async () => {
    const { grpcUrl } = await start({ grpcPort: 0, limits: { inFlightBytes: 100 } });
    const refused = await connectGrpc(grpcUrl).export('traces', good);
    expect(refused).toMatchObject({ code: 14, message: expect.stringMatching(/^overloaded: .*in flight/) as string });
    expect(retryDelay(refused)).toEqual({ seconds: '1' });
  });
});

describe('slow senders', () => {
  test('hold as many places as there are, are cut off in time, and the others get their turn', async () => {
    const { grpcUrl } = await start({ grpcPort: 0, limits: { grpcReceiving: 2, grpcWaiting: 1, requestMs: 400 } });
    const slow = [slowCall(grpcUrl, 1000), slowCall(grpcUrl, 1000)];
    await new Promise((resolve) => setTimeout(resolve, 100));
    const waiting = connectGrpc(grpcUrl).export('traces', good);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const refused = await connectGrpc(grpcUrl).export('traces', good);
    expect(refused).toMatchObject({ code: 14, message: expect.stringMatching(/^overloaded: .*wait/) as string });
    expect(await waiting).toMatchObject({ code: 0 });
    for (const { session } of slow) session.destroy();
  });

  test.each([
    ['go away in the middle', 1000, 'some'],
    ['are refused and stay', 99_000_000, 'more than is taken'],
  ])('that %s leave their places', async (_name, length, bytes) => {
    const { grpcUrl } = await start({ grpcPort: 0, limits: { grpcReceiving: 1, grpcWaiting: 1 } });
    const sessions = [];
    for (let round = 0; round < 5; round++) {
      const { session, stream } = slowCall(grpcUrl, length);
      sessions.push(session);
      stream.write(bytes);
      await new Promise((resolve) => setTimeout(resolve, 30));
      if (length === 1000) stream.close(constants.NGHTTP2_CANCEL);
    }
    expect(await connectGrpc(grpcUrl).export('traces', good)).toMatchObject({ code: 0 });
    for (const session of sessions) session.destroy();
  });
});

test('32 gzip bombs at once are refused in little memory, and a good client is served meanwhile', async () => {
  const { grpcUrl } = await start({ grpcPort: 0 });
  const bomb = gzipSync(Buffer.alloc(256 * MIB));
  const head = Buffer.from([1, 0, 0, 0, 0]);
  head.writeUInt32BE(bomb.length, 1);
  const before = process.memoryUsage.rss();
  let peak = before;
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 5);
  const session = connectHttp2(grpcUrl ?? '');
  const bombs = Array.from({ length: 32 }, async () => {
    const headers = { ':method': 'POST', ':path': TRACES, 'content-type': 'application/grpc', te: 'trailers', 'grpc-encoding': 'gzip' };
    const stream = session.request(headers).on('error', () => undefined);
    stream.end(Buffer.concat([head, bomb]));
    const [answer] = (await once(stream, 'response')) as [Record<string, unknown>];
    return answer['grpc-status'];
  });
  expect(await connectGrpc(grpcUrl).export('traces', good)).toMatchObject({ code: 0 });
  expect(new Set(await Promise.all(bombs))).toEqual(new Set(['8']));
  clearInterval(watch);
  session.destroy();
  expect((peak - before) / MIB).toBeLessThan(500);
});

describe('a stop', () => {
  test('with an open channel is fast, and what was answered 0 is stored', async () => {
    const ledger = createStubLedger();
    const { grpcUrl, stop, books } = await start({ ledger, grpcPort: 0 });
    const client = connectGrpc(grpcUrl);
    let accepted = 0;
    let stopping = false;
    const sending = Array.from({ length: 4 }, async (_, sender) => {
      for (let number = sender * 10_000 + 1; ; number++) {
        const { code } = await client.export('traces', toProtobuf(tracesRequest([chatSpan(number)])));
        if (code === 0) accepted++;
        else if (stopping) return;
      }
    });
    await until(() => accepted > 20);
    stopping = true;
    const began = performance.now();
    await stop();
    expect(performance.now() - began).toBeLessThan(1500);
    await Promise.all(sending);
    expect(await books()).toMatchObject({ waiting: 0, balanced: true });
    expect(ledger.entries.length).toBeGreaterThanOrEqual(accepted);
  });

  test('does not wait for a sender that never finishes', async () => {
    const { grpcUrl, stop } = await start({ grpcPort: 0, limits: { stopRequestsMs: 300 } });
    const { session } = slowCall(grpcUrl, 1000);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const began = performance.now();
    await stop();
    expect(performance.now() - began).toBeLessThan(2000);
    session.destroy();
  });
});
