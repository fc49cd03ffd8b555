/** Paths of the files that TLS is spoken with, as `node:https` names what is in them. */
export type TlsFiles = Readonly<Partial<Record<'ca' | 'cert' | 'key', string>>>;

/**
 * Runs in a thread of its own, where the event loop still turns while the main thread waits. What is not taken for now goes out again when
 * the collector says, if there is time left. Source of the statuses: OpenTelemetry specification, OTLP/HTTP, retryable response codes.
 */
const SENDER = `
const { workerData: { url, headers, body, done, deadlineMs, tlsFiles } } = require('node:worker_threads');
const { readFileSync } = require('node:fs');
const finish = () => { Atomics.store(done, 0, 1); Atomics.notify(done, 0); };
const { request } = require(url.startsWith('https:') ? 'node:https' : 'node:http');
const send = (options) => request(url, options)
  .on('response', (response) => response.resume().on('close', () => {
    const waitMs = Math.max(100, Number(response.headers['retry-after'] ?? 1) * 1000);
    if ([429, 502, 503, 504].includes(response.statusCode) && performance.now() + waitMs < deadlineMs) setTimeout(send, waitMs, options);
    else finish();
  }))
  .on('error', finish)
  .end(body);
try {
  const tls = Object.fromEntries(Object.entries(tlsFiles).map(([name, path]) => [name, readFileSync(path)]));
  send({ method: 'POST', headers, ...tls });
} catch {
  finish();
}
`;

/**
 * Sends a body while the process is ending and no event loop turns any more: waits until it is answered or refused, at most
 * `deadlineMs`. Nothing of the app's environment reaches the thread, so that no preload runs in it.
 */
export function sendBlocking(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
  deadlineMs: number,
  tlsFiles: TlsFiles,
): void {
  const done = new Int32Array(new SharedArrayBuffer(4));
  const { Worker } = process.getBuiltinModule('node:worker_threads');
  const workerData = { url, headers, body, done, deadlineMs, tlsFiles };
  const worker = new Worker(SENDER, { eval: true, workerData, env: {}, execArgv: [] });
  worker.unref();
  Atomics.wait(done, 0, 0, deadlineMs);
}
