import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { createKeyRing, generateApiKey } from '@tokenledger/model';
import { expect, test } from 'vitest';
import { createRateLimit } from '../../src/receive/rate-limit.ts';
import { connectGrpc } from '../otlp/grpc-client.ts';
import { chatSpan, toProtobuf, tracesRequest } from '../otlp/messages.ts';
import { post, start, until } from '../start.ts';
import { createStubLedger } from '../stub-ledger.ts';

const good = toProtobuf(tracesRequest([chatSpan(1)]));

test('each key has its own requests and bytes, anew with every second', () => {
  let nowMs = 5000;
  const rate = createRateLimit({ keyRequestsPerSecond: 2, keyBytesPerSecond: 100 }, () => nowMs);
  rate.admit('a');
  rate.admit('a');
  expect(() => rate.admit('a')).toThrow(/2 requests of this second/);
  rate.admit('b');
  rate.spend('b', 99);
  rate.admit('b');
  rate.spend('b', 50);
  nowMs = 5999;
  expect(() => rate.admit('b')).toThrow(/rate|used up/);
  nowMs = 6000;
  rate.admit('a');
  rate.admit('b');
  rate.spend('b', 100);
  expect(() => rate.admit('b')).toThrow(/100 bytes/);
});

test('a key beyond its rate is told 429 and Retry-After: 1, over HTTP and gRPC together; the other key is served', async () => {
  const [busy, other] = [generateApiKey('ingest', 'acme'), generateApiKey('ingest', 'globex')];
  const { url, grpcUrl, books, metrics } = await start({
    grpcPort: 0,
    keys: createKeyRing([busy.stored, other.stored]),
    limits: { keyRequestsPerSecond: 3 },
  });
  const send = (key: string) => post(`${url}/v1/traces`, good, { authorization: `Bearer ${key}` });
  const grpc = connectGrpc(grpcUrl);
  // A second may end in between, so that more are let through; never so often.
  let refused = await send(busy.key);
  for (let sent = 0; sent < 50 && refused.status === 200; sent++) refused = await send(busy.key);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
  expect(refused.body.toString()).toMatch(/rate_limited/);
  // A call over gRPC waits for a later second as long as exporters do, because the one for JavaScript would not come again.
  const answers = await Promise.all(Array.from({ length: 40 }, () => grpc.export('traces', good, busy.key)));
  expect(answers.filter(({ code }) => code === 0).length).toBeGreaterThan(3);
  const [late] = answers.filter(({ code }) => code !== 0);
  expect(late).toMatchObject({ code: 8, message: expect.stringMatching(/^rate_limited/) as string });
  expect(late?.details).toBeDefined();
  expect((await send(other.key)).status).toBe(200);
  await until(async () => (await send(busy.key)).status === 200);
  expect((await books()).balanced).toBe(true);
  expect(await metrics()).toMatch(/^tokenledger_refused_requests_total\{reason="rate_limited"\} [1-9]/m);
}, 40_000);

test('the stock exporter delivers all its batches beyond the rate, once each', async () => {
  const ledger = createStubLedger();
  const { url, books } = await start({ ledger, limits: { keyRequestsPerSecond: 1 } });
  const memory = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: memory })] });
  for (let number = 0; number < 3; number++) provider.getTracer('rate').startSpan(`work ${number}`).end();
  const exporter = new OTLPTraceExporter({ url: `${url}/v1/traces`, timeoutMillis: 30_000 });
  const codes = await Promise.all(
    memory.getFinishedSpans().map((span) => new Promise((resolve) => exporter.export([span], ({ code }) => resolve(code)))),
  );
  expect(codes).toEqual([0, 0, 0]);
  await until(async () => (await books()).stored === 3);
}, 40_000);
