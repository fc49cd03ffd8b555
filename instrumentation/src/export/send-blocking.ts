import type { Config } from '../config.ts';
import { GRPC_HEADERS, grpcFrame } from './grpc-exporter.ts';
import { readTlsFiles } from './tls-files.ts';

/**
 * Runs in a thread of its own, where the event loop still turns while the main thread waits. What is not taken for now goes out again when
 * the collector says, if there is time left. Source of the statuses: OpenTelemetry specification, OTLP/HTTP, retryable response codes.
 */
const SENDER = `
const { workerData: { isGrpc, url, headers, body, done, deadlineMs, tls } } = require('node:worker_threads');
const finish = () => { Atomics.store(done, 0, 1); Atomics.notify(done, 0); };
const again = (isWanted, waitMs) => isWanted && performance.now() + waitMs < deadlineMs ? setTimeout(send, waitMs) : finish();
const { request } = require(url.startsWith('https:') ? 'node:https' : 'node:http');
const overHttp = () => request(url, { method: 'POST', headers, ...tls })
  .on('response', (response) => response.resume().on('close', () =>
    again([429, 502, 503, 504].includes(response.statusCode), Math.max(100, Number(response.headers['retry-after'] ?? 1) * 1000))))
  .on('error', finish)
  .end(body);
const overGrpc = () => {
  const { origin, pathname } = new URL(url);
  const session = require('node:http2').connect(origin, tls).on('error', finish);
  let status;
  const onStatus = (told) => { status ??= told['grpc-status']; };
  session.request({ ...headers, ':method': 'POST', ':path': pathname }).on('response', onStatus).on('trailers', onStatus).on('error', finish)
    .on('close', () => { session.destroy(); again(status === '8' || status === '14', 1000); }).resume().end(body);
};
const send = isGrpc ? overGrpc : overHttp;
try { send(); } catch { finish(); }
`;

/**
 * Sends a batch while the process is ending and no event loop turns any more: waits until it is answered or refused, at most as long as
 * an export may take. Nothing of the app's environment reaches the thread, so that no preload runs in it.
 */
export function sendBlocking({ protocol, endpoint, headers, exportTimeoutMs, tlsFiles }: Config, message: Uint8Array): void {
  const done = new Int32Array(new SharedArrayBuffer(4));
  const { Worker } = process.getBuiltinModule('node:worker_threads');
  const isGrpc = protocol === 'grpc';
  const workerData = {
    isGrpc,
    url: endpoint,
    headers: { ...headers, ...(isGrpc ? GRPC_HEADERS : { 'content-type': 'application/x-protobuf' }) },
    body: isGrpc ? grpcFrame(message) : message,
    done,
    deadlineMs: exportTimeoutMs,
    tls: readTlsFiles(tlsFiles),
  };
  const worker = new Worker(SENDER, { eval: true, workerData, env: {}, execArgv: [] });
  worker.unref();
  Atomics.wait(done, 0, 0, exportTimeoutMs);
}
