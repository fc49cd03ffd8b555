import http from 'node:http';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { SpanStatusCode, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { tapNodeHttp } from '../src/wire/node-http-tap.ts';
import { tapNodeHttp2 } from '../src/wire/node-http2-tap.ts';
import { frame } from './recorded-exchanges.ts';

const exporter = new InMemorySpanExporter();
const requestBody = JSON.stringify({ model: 'gpt-4o', messages: [] });
const answer = JSON.stringify({
  id: 'c1',
  model: 'gpt-4o',
  choices: [],
  usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
});
const frames = [frame({ delta: { text: 'hi' } }), frame({ stopReason: 'end_turn' }), frame({ usage: { inputTokens: 7, outputTokens: 3 } })];

const server = http.createServer((request, response) => {
  request.resume().on('end', () => {
    if (request.url === '/slow/v1/chat/completions')
      return response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: {"id":"c1"}\n\n');
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(gzipSync(answer));
  });
});
const server2 = http2.createServer();
server2.on('stream', (stream) => {
  stream.resume().on('end', () => {
    stream.respond({ ':status': 200, 'content-type': 'application/vnd.amazon.eventstream' });
    for (const bytes of frames) stream.write(bytes);
    stream.end();
  });
});

let port: number;
let session: http2.ClientHttp2Session;

beforeAll(async () => {
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }));
  tapNodeHttp();
  tapNodeHttp2();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await new Promise<void>((resolve) => server2.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
  session = http2.connect(`http://127.0.0.1:${(server2.address() as AddressInfo).port}`);
});

beforeEach(() => exporter.reset());

afterAll(() => {
  session.destroy();
  server.closeAllConnections();
  server.close();
  server2.close();
});

async function attributes(): Promise<Readonly<Record<string, unknown>> | undefined> {
  for (let tries = 0; exporter.getFinishedSpans().length === 0 && tries < 1_500; tries++) await sleep(10);
  await sleep(20);
  expect(exporter.getFinishedSpans()).toHaveLength(1);
  return exporter.getFinishedSpans()[0]?.attributes;
}

async function read(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function post(path: string): http.ClientRequest {
  return http.request({ host: '127.0.0.1', port, path, method: 'POST', headers: { 'content-type': 'application/json' } });
}

test('a call over node:http is one span, written at once or in pieces', async () => {
  for (const send of [
    (request: http.ClientRequest) => request.end(requestBody),
    (request: http.ClientRequest) => {
      request.write(requestBody.slice(0, 9));
      request.write(Buffer.from(requestBody.slice(9)));
      request.end();
    },
    (request: http.ClientRequest) => request.end(Buffer.from(requestBody).toString('base64'), 'base64'),
  ]) {
    exporter.reset();
    const request = post('/v1/chat/completions');
    const response = new Promise<http.IncomingMessage>((resolve) => request.once('response', resolve));
    send(request);
    expect(await read(await response)).toEqual(gzipSync(answer));
    const told = await attributes();
    expect(told).toMatchObject({ 'gen_ai.request.model': 'gpt-4o', 'gen_ai.usage.input_tokens': 7, 'server.port': port });
    expect(told).not.toHaveProperty('error.type');
  }
});

test('a response that nobody takes, and one that is given up, end as they would', async () => {
  const unread = post('/v1/chat/completions').end(requestBody);
  await new Promise((resolve) => unread.once('close', resolve));
  expect(await attributes()).toMatchObject({ 'gen_ai.request.model': 'gpt-4o' });

  exporter.reset();
  const request = post('/slow/v1/chat/completions').end(requestBody);
  const response = await new Promise<http.IncomingMessage>((resolve) => request.once('response', resolve));
  await new Promise((resolve) => response.once('data', resolve));
  response.destroy();
  expect(await attributes()).toMatchObject({ 'gen_ai.response.id': 'c1', 'error.type': 'AbortError' });
});

test('a connection that fails is the app’s to handle, and one span', async () => {
  const request = http.request({ host: '127.0.0.1', port: 2, path: '/v1/chat/completions', method: 'POST' });
  const error = await new Promise((resolve) => {
    request.once('error', resolve);
    request.end(requestBody);
  });
  expect(error).toMatchObject({ code: 'ECONNREFUSED' });
  expect(await attributes()).toMatchObject({ 'error.type': 'ECONNREFUSED' });
});

test('over HTTP/2, too, a connection that fails is no abort of the app’s', async () => {
  const away = http2.connect('http://127.0.0.1:2').on('error', () => {});
  const stream = away.request({ ':method': 'POST', ':path': '/model/m/converse', 'content-type': 'application/json' });
  const error = await new Promise((resolve) => stream.once('error', resolve).end('{}'));
  expect(error).toMatchObject({ code: 'ERR_HTTP2_STREAM_CANCEL' });
  expect(await attributes()).toMatchObject({ 'error.type': 'ECONNREFUSED' });
  expect(exporter.getFinishedSpans()[0]?.status.code).toBe(SpanStatusCode.ERROR);
});

test('a Bedrock stream over HTTP/2 is one span with its usage', async () => {
  const stream = session.request({
    ':method': 'POST',
    ':path': '/model/anthropic.claude-sonnet-4-v1%3A0/converse-stream',
    'content-type': 'application/json',
  });
  stream.write('{"messages":[],');
  stream.end('"inferenceConfig":{"maxTokens":9}}');
  expect(await read(stream)).toEqual(Buffer.concat(frames));
  expect(await attributes()).toMatchObject({
    'gen_ai.provider.name': 'aws.bedrock',
    'gen_ai.request.model': 'anthropic.claude-sonnet-4-v1:0',
    'gen_ai.request.max_tokens': 9,
    'gen_ai.usage.input_tokens': 7,
    'gen_ai.usage.output_tokens': 3,
    'gen_ai.response.finish_reasons': ['end_turn'],
  });
});
