/**
 * What a new user feels: how long `tokenledger up` takes until ready, how long until a real SDK's first call is stored and priced, and
 * what it holds in memory at rest. `node bench/start.ts`; prints the median of several starts on a fresh data directory and one on a used one.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { startSimulator } from '@tokenledger/simulator';
import { environmentWithout, startTokenledger } from '../test/e2e/tokenledger-process.ts';

const STARTS = 5;
const REST_MS = 10_000;
const APP = resolve(import.meta.dirname, '../test/e2e/apps/every-call.ts');

const simulator = await startSimulator({ seed: 1 });
const folder = mkdtempSync(join(tmpdir(), 'tokenledger-start-'));
const fresh: number[] = [];
for (let start = 0; start < STARTS; start++) {
  const tokenledger = await startTokenledger(join(mkdtempSync(join(folder, 'fresh-'))));
  fresh.push(tokenledger.readyAfterMs);
  await tokenledger.stop();
}

const used = mkdtempSync(join(folder, 'used-'));
const launched = performance.now();
const tokenledger = await startTokenledger(used);
await promisify(execFile)(process.execPath, [APP], {
  env: { ...environmentWithout(/^(OTEL|TOKENLEDGER)_/), SIMULATOR_URL: simulator.url, OTEL_EXPORTER_OTLP_ENDPOINT: tokenledger.otlpUrl },
});
const from = Date.now() - 600_000;
while ((await rows(tokenledger.apiUrl)).length === 0) await sleep(50);
const firstStoredMs = performance.now() - launched;
await sleep(REST_MS);
const memory = residentBytes(tokenledger.child.pid ?? 0);
await tokenledger.stop();
const again = await startTokenledger(used);
await again.stop();
await simulator.stop();
rmSync(folder, { recursive: true, force: true });

console.log(`ready, fresh data directory   ${median(fresh).toFixed(0)} ms (median of ${String(STARTS)})`);
console.log(`ready, used data directory    ${again.readyAfterMs.toFixed(0)} ms`);
console.log(`start to first stored call    ${firstStoredMs.toFixed(0)} ms (a real SDK's call, in /v1/calls with its cost)`);
console.log(
  `resident at rest              ${(memory / 2 ** 20).toFixed(0)} MiB (Node and the engine, ${String(REST_MS / 1000)} s after the last call)`,
);

async function rows(apiUrl: string): Promise<readonly unknown[]> {
  const answer = await fetch(`${apiUrl}/v1/calls?from=${String(from)}&to=${String(Date.now() + 60_000)}`);
  return ((await answer.json()) as { rows: readonly unknown[] }).rows;
}

/** A process and all its descendants, from /proc (Linux only). */
function residentBytes(root: number): number {
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const status = readFileSync(`/proc/${pid}/status`, 'utf8');
        const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
        return [{ pid: Number(pid), parent: field('PPid'), bytes: field('VmRSS') * 1024 }];
      } catch {
        return []; // ended meanwhile
      }
    });
  const family = (pid: number): number =>
    processes.filter((p) => p.parent === pid).reduce((sum, p) => sum + family(p.pid), processes.find((p) => p.pid === pid)?.bytes ?? 0);
  return family(root);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
