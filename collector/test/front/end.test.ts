import { once } from 'node:events';
import { request } from 'node:http';
import type { Worker } from 'node:worker_threads';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { start, until } from '../start.ts';

test('at a stop the receiving thread ends by itself, after what it had begun to decompress', async () => {
  const exits: Promise<number[]>[] = [];
  const note = (worker: Worker) => void exits.push(once(worker, 'exit'));
  process.on('worker', note);
  onTestFinished(() => void process.off('worker', note));
  const { url, metrics, stop } = await start({ grpcPort: 0, limits: { stopRequestsMs: 1, decompressions: 8 } });
  const plain = Buffer.alloc(4 * 1024 * 1024);
  const bodies = { gzip: gzipSync(plain), zstd: zstdCompressSync(plain) };
  for (const [encoding, body] of Object.entries(bodies).flatMap((one) => [one, one, one])) {
    const headers = { 'content-type': 'application/x-protobuf', 'content-encoding': encoding };
    request(`${url}/v1/traces`, { method: 'POST', headers })
      .on('error', () => undefined)
      .end(body);
  }
  await until(async () => Number(/^tokenledger_in_flight_bytes (\d+)/m.exec(await metrics())?.[1]) > 0);
  await stop();
  expect(await Promise.all(exits)).toEqual([[0]]);
});
