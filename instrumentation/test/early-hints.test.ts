import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { trace } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { expect, test } from 'vitest';
import { doAllWaiting } from '../src/soon.ts';
import { tapUndici } from '../src/wire/undici-tap.ts';

test('an answer that a server announces by early hints is the one that is told: tries of one call stay one call', async () => {
  const exporter = new InMemorySpanExporter();
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }));
  tapUndici();
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.writeEarlyHints({ link: '</style.css>; rel=preload' });
      if (request.headers['x-stainless-retry-count'] === '0') return response.writeHead(503).end();
      response.setHeader('content-type', 'application/json').end('{"id":"c1","choices":[],"usage":{"prompt_tokens":7}}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/chat/completions`;
  const statuses = [];
  for (const count of ['0', '1']) {
    const headers = { 'content-type': 'application/json', 'x-stainless-retry-count': count };
    const response = await fetch(url, { method: 'POST', headers, body: '{"model":"gpt-5","messages":[]}' });
    await response.text();
    await doAllWaiting();
    statuses.push(response.status);
  }
  server.closeAllConnections();
  server.close();
  expect(statuses).toEqual([503, 200]);
  expect(exporter.getFinishedSpans().map(({ attributes }) => attributes)).toMatchObject([
    { 'gen_ai.usage.input_tokens': 7, 'http.request.resend_count': 1 },
  ]);
});
