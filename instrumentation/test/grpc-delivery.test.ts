import { createServer } from 'node:http2';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type handleUnaryCall, type Metadata, Server, ServerCredentials, status } from '@grpc/grpc-js';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { startSimulator } from '@tokenledger/simulator';
import type { Simulator } from '@tokenledger/simulator';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../src/config.ts';
import { openGrpcExporter } from '../src/export/grpc-exporter.ts';
import { decodeSpans } from './otlp-sink.ts';
import { runApp } from './run-app.ts';
import { selfSigned } from './self-signed.ts';

let simulator: Simulator;

beforeAll(async () => {
  simulator = await startSimulator();
});

afterAll(() => simulator.stop());

interface Collector {
  readonly address: string;
  readonly messages: { readonly body: Buffer; readonly metadata: Metadata }[];
  stop(): void;
}

/** gRPC's own server, which answers each batch with the next of these statuses, then with OK. */
async function startCollector(credentials = ServerCredentials.createInsecure(), ...statuses: status[]): Promise<Collector> {
  const server = new Server();
  const messages: { readonly body: Buffer; readonly metadata: Metadata }[] = [];
  const asBytes = (bytes: Buffer): Buffer => bytes;
  const take: handleUnaryCall<Buffer, Buffer> = (call, respond) => {
    messages.push({ body: call.request, metadata: call.metadata });
    const code = statuses.shift() ?? status.OK;
    respond(code === status.OK ? null : { code }, Buffer.alloc(0));
  };
  const serializers = {
    requestSerialize: asBytes,
    requestDeserialize: asBytes,
    responseSerialize: asBytes,
    responseDeserialize: asBytes,
  };
  const path = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
  server.addService({ Export: { path, requestStream: false, responseStream: false, ...serializers } }, { Export: take });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound))),
  );
  return { address: `127.0.0.1:${port}`, messages, stop: () => server.forceShutdown() };
}

async function askOnce(ending: string, collector: Collector, env: Readonly<Record<string, string>>) {
  const all = { BASE_URL: simulator.url, ENDING: ending, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', ...env };
  const { signal, code, stderr } = await runApp(['--import', '@tokenledger/instrumentation/register', 'ask-once.mjs'], { env: all });
  collector.stop();
  return { spans: collector.messages.flatMap(({ body }) => decodeSpans(body)), signal, code, stderr };
}

test.each(['naturally', 'flush'])('OTLP/gRPC is spoken where the standard variables ask for it: an app that ends %s', async (ending) => {
  const collector = await startCollector();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://${collector.address}`, OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=Bearer%20one' };
  const { spans, stderr } = await askOnce(ending, collector, env);
  expect([spans.length, stderr]).toEqual([1, '']);
  expect(collector.messages[0]?.metadata.get('authorization')).toEqual(['Bearer one']);
});

test.each([
  ['is kept and sent again where the collector is not available', status.UNAVAILABLE, 2],
  ['is not sent again where the collector refuses it', status.UNAUTHENTICATED, 1],
])('a batch over gRPC %s', async (_, code, times) => {
  const collector = await startCollector(undefined, code);
  await askOnce('flush', collector, { OTEL_EXPORTER_OTLP_ENDPOINT: `http://${collector.address}`, FLUSHES: '2' });
  expect(collector.messages).toHaveLength(times);
});

test('a batch over gRPC is compressed where the standard variables ask for it', async () => {
  const collector = await startCollector();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://${collector.address}`, OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' };
  const { spans } = await askOnce('flush', collector, env);
  // gRPC's own server does not tell that it was.
  expect(spans).toHaveLength(1);
  const taken: unknown[] = [];
  const server = createServer().on('stream', async (stream, { 'grpc-encoding': encoding }) => {
    const frame = Buffer.concat(await stream.toArray());
    taken.push([encoding, frame[0], frame.readUInt32BE(1), gunzipSync(frame.subarray(5)).toString()], frame.length - 5);
    stream.respond({ ':status': 200, 'grpc-status': '0' }, { endStream: true });
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const asked = { ...env, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_ENDPOINT: address };
  const exporter = openGrpcExporter(readConfig(asked), () => Buffer.from('spans '.repeat(100)));
  const result = await new Promise<ExportResult>((resolve) => exporter.export([], resolve));
  const [told, length] = taken;
  expect([result.code, told]).toEqual([ExportResultCode.SUCCESS, ['gzip', 1, length, 'spans '.repeat(100)]]);
});

test('at its end a process waits for a collector that is not available over gRPC for now', async () => {
  const collector = await startCollector(undefined, status.UNAVAILABLE);
  const { code } = await askOnce('exit', collector, { OTEL_EXPORTER_OTLP_ENDPOINT: `http://${collector.address}` });
  expect([collector.messages.length, code]).toEqual([2, 3]);
});

test('a gRPC address without a scheme is one with TLS, unless it is said to be insecure', async () => {
  const { key, cert } = selfSigned();
  const folder = await mkdtemp(join(tmpdir(), 'tokenledger-grpc-'));
  const ca = join(folder, 'ca.pem');
  await writeFile(ca, cert);
  const pair = { private_key: Buffer.from(key), cert_chain: Buffer.from(cert) };
  const secure = await startCollector(ServerCredentials.createSsl(null, [pair]));
  const insecure = await startCollector();
  for (const ending of ['naturally', 'flush']) {
    const ofSecure = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: secure.address, OTEL_EXPORTER_OTLP_CERTIFICATE: ca };
    await askOnce(ending, { ...secure, stop() {} }, ofSecure);
  }
  await askOnce('flush', insecure, { OTEL_EXPORTER_OTLP_ENDPOINT: insecure.address, OTEL_EXPORTER_OTLP_INSECURE: 'true' });
  secure.stop();
  await rm(folder, { recursive: true });
  expect([secure, insecure].map(({ messages }) => messages.length)).toEqual([2, 1]);
});

test('a collector whose answer over gRPC does not end is given up in time', async () => {
  const server = createServer().on('stream', (stream) => {
    stream.on('error', () => undefined).respond({ ':status': 200 });
    const more = setInterval(() => stream.write('.'), 20);
    stream.on('close', () => clearInterval(more));
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const asked = {
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_EXPORTER_OTLP_TIMEOUT: '100',
  };
  const exporter = openGrpcExporter(readConfig(asked), () => new Uint8Array());
  const result = await new Promise<ExportResult>((resolve) => exporter.export([], resolve));
  expect(result).toMatchObject({ code: ExportResultCode.FAILED, error: { message: 'the collector did not answer in time' } });
});
