import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type ClickHouseClient } from '@clickhouse/client';
import { OTLPTraceExporter as GrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as HttpExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { InMemorySpanExporter, SimpleSpanProcessor, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';
import { type Engine, type Ledger, openLedger, startEngine } from '@tokenledger/ledger';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { start, until } from '../start.ts';
import { createStubLedger } from '../stub-ledger.ts';

let directory: string;
let engine: Engine;
let ledger: Ledger;
let client: ClickHouseClient;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'grpc-'));
  engine = await startEngine({ dataDir: join(directory, 'clickhouse') });
  ledger = openLedger(engine);
  await ledger.migrate();
  const { url, username, password } = engine;
  client = createClient({ url, username, password, database: 'tokenledger' });
});
afterAll(async () => {
  await Promise.all([ledger?.close(), client?.close()]);
  await engine?.stop();
  await rm(directory, { recursive: true, force: true });
});

/** Spans of chat calls as the official SDK makes them; 1000 input tokens and one output token each. */
function chatSpans(count: number, name: string) {
  const exporter = new InMemorySpanExporter();
  const tracer = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }).getTracer('stock');
  for (let number = 1; number <= count; number++) {
    const attributes = {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.response.model': 'gpt-4o-2024-08-06',
      'gen_ai.response.id': `${name}-${number}`,
      'gen_ai.usage.input_tokens': 1000,
      'gen_ai.usage.output_tokens': 1,
    };
    tracer.startSpan('chat gpt-4o', { attributes }).end();
  }
  return exporter.getFinishedSpans();
}

/** Resolves to the exporter's own verdict: 0 is success. */
const deliver = (exporter: SpanExporter, spans: ReturnType<typeof chatSpans>) =>
  new Promise<number>((resolve) => exporter.export(spans, (result) => resolve(result.code)));

async function storedOf(name: string): Promise<unknown> {
  const result = await client.query({
    query: `SELECT toInt32(sum(delta_calls)) AS calls, toFloat64(sum(delta_cost)) AS cost FROM calls WHERE startsWith(response_id, {name:String})`,
    query_params: { name },
    format: 'JSONEachRow',
  });
  return (await result.json())[0];
}

test.each(['none', 'gzip'] as const)('the official gRPC exporter delivers into ClickHouse, compression %s', async (compression) => {
  const { grpcUrl, books } = await start({ ledger, grpcPort: 0 });
  const exporter = new GrpcExporter({ url: `${grpcUrl}`, compression: compression as never });
  expect(await deliver(exporter, chatSpans(3, compression))).toBe(0);
  await exporter.shutdown();
  await until(async () => (await books()).stored === 3);
  expect(await storedOf(compression)).toEqual({ calls: 3, cost: 0.00753 });
});

test('the same spans exported over gRPC and over HTTP count once', async () => {
  const { url, grpcUrl, books } = await start({ ledger, grpcPort: 0 });
  const spans = chatSpans(2, 'both');
  for (const exporter of [new GrpcExporter({ url: `${grpcUrl}` }), new HttpExporter({ url: `${url}/v1/traces` })]) {
    expect(await deliver(exporter, spans)).toBe(0);
    await exporter.shutdown();
  }
  await until(async () => (await books()).received === 4 && (await books()).waiting === 0);
  expect(await books()).toMatchObject({ stored: 2, duplicate: 2, balanced: true });
  expect(await storedOf('both')).toEqual({ calls: 2, cost: 0.00502 });
});

// Unlike the one for HTTP, this exporter (0.301.0) never tries again by itself.
test('the official gRPC exporter is told that the journal is full, and what it exports again counts once', async () => {
  const stub = createStubLedger();
  stub.away = true;
  const { grpcUrl, books, ready } = await start({ ledger: stub, grpcPort: 0, limits: { journalBytes: 200 } });
  const exporter = new GrpcExporter({ url: `${grpcUrl}` });
  expect(await deliver(exporter, chatSpans(1, 'first'))).toBe(0);
  await until(async () => !(await ready()).ready);
  const spans = chatSpans(2, 'second');
  expect(await deliver(exporter, spans)).toBe(1);
  stub.away = false;
  await until(async () => (await ready()).ready);
  expect(await deliver(exporter, spans)).toBe(0);
  await exporter.shutdown();
  await until(async () => (await books()).stored === 3);
  expect(await books()).toMatchObject({ received: 3, duplicate: 0, balanced: true });
});
