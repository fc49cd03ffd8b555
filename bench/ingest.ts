/**
 * Spans per second from the socket to the tables, and what they cost: `node bench/ingest.ts [seconds] [spans per request] [gzip]`. The same
 * load goes to Tokenledger's collector (understood, priced, journaled with fdatasync before the answer, rollups, exactly once) and to
 * the straightforward server of `ingest/naive-server.ts`; generator, server and ClickHouse share the machine. CPU is from /proc (Linux).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createLoad, send } from './ingest/load.ts';

const [seconds = '20', spansPerRequest = '64', encoding = 'identity'] = process.argv.slice(2);
const CONNECTIONS = 16;
const WARM_UP_MS = 3000;
/** What /proc counts CPU time in. */
const TICK_US = 10_000;

const load = createLoad(Number(spansPerRequest), encoding === 'gzip' ? 'gzip' : 'identity');
const results: Record<string, Awaited<ReturnType<typeof measure>>> = {};
for (const kind of ['tokenledger', 'naive']) results[kind] = await measure(kind);
console.log(`${seconds} s, ${spansPerRequest} spans a request, ${encoding}, ${CONNECTIONS} connections, ${availableParallelism()} cores`);
console.table(results);
const [ours, naive] = [results['tokenledger'], results['naive']];
if (ours && naive)
  console.log(`stored spans per second: ${(ours.storedPerSecond / naive.storedPerSecond).toFixed(1)}× the straightforward server`);

async function measure(kind: string) {
  const directory = mkdtempSync(join(tmpdir(), `ingest-${kind}-`));
  const subject = fileURLToPath(new URL('ingest/subject.ts', import.meta.url));
  const child = spawn(process.execPath, [subject, kind, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const { url, enginePid } = JSON.parse(await firstLine(child)) as { url: string; enginePid: number };
    await send(url, load, CONNECTIONS, WARM_UP_MS);
    await settled(url);
    const before = { ...(await books(url)), cpuUs: cpuUs(child.pid) + cpuUs(enginePid), at: performance.now() };
    const sent = await send(url, load, CONNECTIONS, Number(seconds) * 1000);
    const sendingMs = performance.now() - before.at;
    await settled(url);
    const storedMs = performance.now() - before.at;
    const stored = (await books(url)).stored - before.stored;
    return {
      ackedPerSecond: Math.round((sent.acknowledged / sendingMs) * 1000),
      storedPerSecond: Math.round((stored / storedMs) * 1000),
      cpuUsPerSpan: Number(((cpuUs(child.pid) + cpuUs(enginePid) - before.cpuUs) / stored).toFixed(1)),
      ackP50Ms: Number(quantile(sent.latencies, 0.5).toFixed(1)),
      ackP99Ms: Number(quantile(sent.latencies, 0.99).toFixed(1)),
      refused: sent.refused,
      rssMiB: Math.round(rssMiB(child.pid) + rssMiB(enginePid)),
    };
  } finally {
    child.kill('SIGTERM');
    await once(child, 'exit');
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout) for await (const line of createInterface({ input: child.stdout })) return line;
  throw new Error('the server did not start');
}

async function books(url: string): Promise<{ stored: number; waiting: number }> {
  return (await (await fetch(`${url}/v1/books`)).json()) as { stored: number; waiting: number };
}

async function settled(url: string): Promise<void> {
  while ((await books(url)).waiting > 0) await sleep(50);
}

function quantile(ascending: readonly number[], q: number): number {
  return ascending[Math.floor(ascending.length * q)] ?? 0;
}

function cpuUs(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}

function rssMiB(pid: number | undefined): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}
