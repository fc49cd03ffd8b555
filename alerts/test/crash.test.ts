import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { openAlertStore } from '../src/store.ts';

const KILLS = 50;
const CHILD = join(import.meta.dirname, 'fixtures/alternating-alerts.ts');
const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

test(
  `after ${KILLS} kills at random moments every message arrived, each under one id with one body, one resolved for each firing`,
  { timeout: 600_000 },
  async () => {
    const state = mkdtempSync(join(tmpdir(), 'tokenledger-alerts-crash-'));
    cleanups.push(() => rmSync(state, { recursive: true, force: true }));
    const received: { readonly id: string; readonly body: string }[] = [];
    const requests = new EventEmitter();
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        received.push({ id: String(request.headers['webhook-id']), body });
        requests.emit('request');
        // Some answers are lost, some refuse.
        if (received.length % 7 === 0) response.destroy();
        else response.writeHead(received.length % 5 === 0 ? 503 : 204).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => server.close().closeAllConnections());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

    for (let kill = 0; kill < KILLS; kill++) {
      const child = await start(state, url, 60_000);
      // Counted in requests, so that a slow machine is killed in the midst of its work too: before an answer, upon it, or soon after.
      for (let count = Math.random() * 3; count > 0; count--) await once(requests, 'request');
      if (Math.random() < 0.7) await sleep(Math.random() * 20);
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    const child = await start(state, url, 0);
    if (child.stdout) await once(child.stdout, 'data'); // done
    child.kill('SIGKILL');
    await once(child, 'exit');

    const store = openAlertStore(state);
    const { waiting, delivered, dead } = store.counts();
    const letters = store.letters(['hook'], 100_000);
    const firing = store.alerts('default');
    store.close();
    expect({ waiting, dead, firing }).toEqual({ waiting: 0, dead: 0, firing: [] });
    // Each kill came after a request; a message that was cut off came again, and is delivered once.
    expect(received.length).toBeGreaterThanOrEqual(KILLS);
    expect(delivered).toBeGreaterThan(KILLS / 2);
    const bodies = new Map<string, Set<string>>();
    for (const { id, body } of received) bodies.set(id, (bodies.get(id) ?? new Set()).add(body));
    expect([...bodies.keys()].toSorted()).toEqual(letters.map(({ id }) => id).toSorted());
    expect([...bodies.values()].filter(({ size }) => size !== 1)).toEqual([]);
    const told = (event: string) => letters.flatMap(({ id }) => (id.endsWith(event) ? [id.slice(0, -event.length)] : [])).toSorted();
    expect(told('_resolved')).toEqual(told('_firing'));
    // First told, first received: nothing overtakes within a receiver.
    const order = [...bodies.keys()];
    expect(order).toEqual(letters.map(({ id }) => id).toReversed());
  },
);

async function start(state: string, url: string, quietAfterMs: number): Promise<ChildProcess> {
  const child = spawn(process.execPath, [CHILD, state, url, String(quietAfterMs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // Half of a start is compiling.
    env: { ...process.env, NODE_COMPILE_CACHE: join(state, 'compile-cache') },
  });
  cleanups.push(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child;
}
