import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SpanKind } from '@opentelemetry/api';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { InMemorySpanExporter, SimpleSpanProcessor, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';
import { describe, expect, onTestFinished, test } from 'vitest';
import { start, until } from '../start.ts';
import { createStubLedger, type StubLedger } from '../stub-ledger.ts';

/** Spans of chat calls as the official SDK makes them, the calls numbered from 1. */
function chatSpans(count: number) {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  const tracer = provider.getTracer('stock');
  for (let number = 1; number <= count; number++) {
    tracer
      .startSpan('chat gpt-4o', {
        kind: SpanKind.CLIENT,
        attributes: {
          'gen_ai.operation.name': 'chat',
          'gen_ai.provider.name': 'openai',
          'gen_ai.response.model': 'gpt-4o-2024-08-06',
          'gen_ai.response.id': `chatcmpl-${number}`,
          'gen_ai.usage.input_tokens': 1000,
          'gen_ai.usage.output_tokens': number,
        },
      })
      .end();
  }
  return exporter.getFinishedSpans();
}

/** Resolves to the exporter's own verdict: 0 is success. */
const deliver = (exporter: SpanExporter, spans: ReturnType<typeof chatSpans>) =>
  new Promise<number>((resolve) => exporter.export(spans, (result) => resolve(result.code)));

const responseIds = (ledger: StubLedger) => ledger.entries.map(({ call }) => call.responseId ?? '').toSorted();

describe.each([
  ['http/protobuf', ProtobufExporter],
  ['http/json', JsonExporter],
])('the official JS exporter over %s', (_name, Exporter) => {
  test.each(['none', 'gzip'] as const)('delivers, compression %s', async (compression) => {
    const ledger = createStubLedger();
    const { url, books } = await start({ ledger });
    const exporter = new Exporter({ url: `${url}/v1/traces`, compression: compression as never });
    expect(await deliver(exporter, chatSpans(3))).toBe(0);
    await exporter.shutdown();
    await until(async () => (await books()).stored === 3);
    expect(responseIds(ledger)).toEqual(['chatcmpl-1', 'chatcmpl-2', 'chatcmpl-3']);
    expect(ledger.entries[0]?.call).toMatchObject({ status: 'unset', usage: { input_uncached: 1000 }, billable: true });
  });

  test('delivers through 503s of a full journal, once', async () => {
    const ledger = createStubLedger();
    ledger.away = true;
    const { url, books, ready } = await start({ ledger, limits: { journalBytes: 200 } });
    const exporter = new Exporter({ url: `${url}/v1/traces` });
    expect(await deliver(exporter, chatSpans(1))).toBe(0);
    await until(async () => !(await ready()).ready);
    const delivered = deliver(exporter, chatSpans(2));
    await new Promise((resolve) => setTimeout(resolve, 1500));
    ledger.away = false;
    expect(await delivered).toBe(0);
    await exporter.shutdown();
    await until(async () => (await books()).stored === 3);
    expect(await books()).toMatchObject({ received: 3, duplicate: 0, balanced: true });
  });

  test('delivers once although the answer to the first attempt was lost', async () => {
    const ledger = createStubLedger();
    const { url, books } = await start({ ledger });
    const proxy = await dropFirstAnswer(url);
    const exporter = new Exporter({ url: `${proxy}/v1/traces` });
    expect(await deliver(exporter, chatSpans(2))).toBe(0);
    await exporter.shutdown();
    await until(async () => (await books()).waiting === 0 && (await books()).received === 4);
    expect(await books()).toMatchObject({ received: 4, stored: 2, duplicate: 2, balanced: true });
    expect(responseIds(ledger)).toEqual(['chatcmpl-1', 'chatcmpl-2']);
  });
});

/** Passes requests on; of the first the sender learns only that a gateway timed out. */
async function dropFirstAnswer(target: string): Promise<string> {
  let first = true;
  const server: Server = createServer(async (request, response) => {
    const body = Buffer.concat((await request.toArray()) as Buffer[]);
    const headers = Object.fromEntries(
      ['content-type', 'content-encoding'].flatMap((name) => (request.headers[name] ? [[name, String(request.headers[name])]] : [])),
    );
    const answer = await fetch(`${target}${request.url}`, { method: 'POST', headers, body });
    if (first) response.writeHead(504, { 'retry-after': '1' }).end();
    else response.writeHead(answer.status, { 'content-type': headers['content-type'] ?? '' }).end(Buffer.from(await answer.arrayBuffer()));
    first = false;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
