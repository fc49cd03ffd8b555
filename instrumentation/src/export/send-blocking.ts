/** Runs in a thread of its own, where the event loop still turns while the main thread waits. */
const SENDER = `
const { workerData: { url, headers, body, done } } = require('node:worker_threads');
const finish = () => { Atomics.store(done, 0, 1); Atomics.notify(done, 0); };
const request = require(url.startsWith('https:') ? 'node:https' : 'node:http').request(url, { method: 'POST', headers });
request.on('response', (response) => response.resume().on('close', finish));
request.on('error', finish);
request.end(body);
`;

/**
 * Sends a body while the process is ending and no event loop turns any more: waits until it is answered or refused, at most
 * `deadlineMs`. Nothing of the app's environment reaches the thread, so that no preload runs in it.
 */
export function sendBlocking(url: string, headers: Readonly<Record<string, string>>, body: Uint8Array, deadlineMs: number): void {
  const done = new Int32Array(new SharedArrayBuffer(4));
  const { Worker } = process.getBuiltinModule('node:worker_threads');
  const worker = new Worker(SENDER, { eval: true, workerData: { url, headers, body, done }, env: {}, execArgv: [] });
  worker.unref();
  Atomics.wait(done, 0, 0, deadlineMs);
}
