import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SpanKind, context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { loadPriceBook } from '../src/cost.ts';
import { tapUndici } from '../src/wire/undici-tap.ts';

const exporter = new InMemorySpanExporter();
const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
let server: Server;
let url: string;
let told: object = {};

beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  tapUndici();
  await loadPriceBook();
  server = createServer((request, response) => {
    const iterations = [{ type: 'advisor_message', model: 'claude-opus-4-5', input_tokens: 1_000_000, output_tokens: 7 }];
    const usage = { input_tokens: 10, output_tokens: 5, iterations, ...told };
    const answer = { id: 'msg_1', type: 'message', model: 'claude-haiku-4-5', stop_reason: 'end_turn', usage };
    request.resume().on('end', () => response.setHeader('content-type', 'application/json').end(JSON.stringify(answer)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/messages`;
});

beforeEach(() => exporter.reset());

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function ask(): Promise<void> {
  await (await fetch(url, { method: 'POST', body: JSON.stringify({ model: 'claude-haiku-4-5', temperature: 1 }) })).json();
}

async function spans(): Promise<Readonly<Record<string, ReadableSpan>>> {
  await provider.forceFlush();
  return Object.fromEntries(exporter.getFinishedSpans().map((span) => [span.name, span]));
}

const ADVISOR = 'chat claude-opus-4-5';
const CALL = 'chat claude-haiku-4-5';

test('a request that the provider made to another model is a span beside the call, at its own price', async () => {
  await trace.getTracer('app').startActiveSpan('work', async (work) => {
    await ask();
    work.end();
  });
  const { [ADVISOR]: advisor, [CALL]: call, work } = await spans();
  expect(call?.attributes).toMatchObject({
    'gen_ai.usage.input_tokens': 10,
    'gen_ai.usage.output_tokens': 5,
    'gen_ai.response.id': 'msg_1',
  });
  expect(advisor?.attributes).toMatchObject({ 'gen_ai.usage.input_tokens': 1_000_000, 'gen_ai.usage.output_tokens': 7 });
  expect(advisor?.attributes['gen_ai.usage.cost.amount']).toBeGreaterThan(4);
  for (const name of ['gen_ai.response.id', 'gen_ai.request.temperature']) expect(advisor?.attributes).not.toHaveProperty(name);
  for (const span of [advisor, call]) expect(span?.parentSpanContext?.spanId).toBe(work?.spanContext().spanId);
});

test('and beside the span that another instrumentation opened for the call, not below it', async () => {
  await trace.getTracer('app').startActiveSpan('work', async (work) => {
    const attributes = { 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'anthropic' };
    await trace.getTracer('sdk').startActiveSpan('theirs', { kind: SpanKind.CLIENT, attributes }, async (theirs) => {
      await ask();
      theirs.end();
    });
    work.end();
  });
  const { [ADVISOR]: advisor, theirs, work, ...others } = await spans();
  expect(Object.keys(others)).toEqual([]);
  expect(theirs?.attributes).toMatchObject({ 'gen_ai.usage.input_tokens': 10, 'gen_ai.usage.output_tokens': 5 });
  expect(advisor?.parentSpanContext?.spanId).toBe(work?.spanContext().spanId);
});

test('a cost that was told for the whole is told once', async () => {
  told = { cost: 0.5 };
  await ask();
  const all = await spans();
  expect(Object.keys(all)).toEqual([CALL]);
  expect(all[CALL]?.attributes['gen_ai.usage.cost.amount']).toBe(0.5);
});
