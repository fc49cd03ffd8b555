import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { trace } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { doAllWaiting } from '../src/soon.ts';
import { tapUndici } from '../src/wire/undici-tap.ts';

const exporter = new InMemorySpanExporter();
/** What the provider answers to each request, by method and path. */
const answers: Record<string, object> = {};
const server = createServer((request, response) => {
  request
    .resume()
    .on('end', () =>
      response.setHeader('content-type', 'application/json').end(JSON.stringify(answers[`${request.method} ${request.url}`])),
    );
});
let url: string;

beforeAll(async () => {
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }));
  tapUndici();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

beforeEach(() => exporter.reset());

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function answer(method: string, path: string, json: object, request?: object): Promise<void> {
  answers[`${method} ${path}`] = json;
  const sent = request && { body: JSON.stringify(request), headers: { 'content-type': 'application/json' } };
  await (await fetch(url + path, { method, ...sent })).json();
  await doAllWaiting();
}

const told = (): unknown[] =>
  exporter
    .getFinishedSpans()
    .map(({ name, attributes }) => [name, attributes['gen_ai.response.id'], attributes['gen_ai.usage.input_tokens']]);

const usage = { total_input_tokens: 5, total_output_tokens: 6 };
const model = 'gemini-3-pro';

test('looking up an interaction of Gemini’s that was answered at once is no call', async () => {
  await answer('POST', '/v1beta/interactions', { id: 'i1', model, status: 'completed', usage }, { model });
  await answer('GET', '/v1beta/interactions/i1', { id: 'i1', model, status: 'completed', usage });
  expect(told()).toEqual([[`generate_content ${model}`, 'i1', 5]]);
});

test('looking up an interaction of Gemini’s that works in the background is its end', async () => {
  await answer('POST', '/v1beta/interactions', { id: 'i2', model, status: 'in_progress' }, { model, background: true });
  expect(told()).toEqual([]);
  await answer('GET', '/v1beta/interactions/i2', { id: 'i2', model, status: 'completed', usage });
  await answer('GET', '/v1beta/interactions/i2', { id: 'i2', model, status: 'completed', usage });
  expect(told()).toEqual([[`generate_content ${model}`, 'i2', 5]]);
});

test('looking up a response of OpenAI’s is no call if it was answered at once, and a call if another process left it to the background', async () => {
  const response = { model: 'gpt-5', status: 'completed', usage: { input_tokens: 7, output_tokens: 8 } };
  await answer('POST', '/v1/responses', { id: 'resp_1', background: false, ...response }, { model: 'gpt-5' });
  await answer('GET', '/v1/responses/resp_1', { id: 'resp_1', background: false, ...response });
  await answer('GET', '/v1/responses/resp_2', { id: 'resp_2', background: true, ...response });
  expect(told()).toEqual([
    ['chat gpt-5', 'resp_1', 7],
    ['chat', 'resp_2', 7],
  ]);
});
