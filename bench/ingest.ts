/**
 * Spans per second from the socket to the tables, and what they cost:
 *
 *     node bench/ingest.ts [seconds] [spans per request] [protobuf|gzip|json]
 *       [--no-naive] [--profile] [--spread] [--pace <spans a second>] [--at <spans a second>]
 *
 * The same load goes to Tokenledger's collector (understood, priced, journaled with fdatasync before the answer, rollups, exactly once) and to
 * the straightforward server of `ingest/naive-server.ts`; generator, server and ClickHouse share the machine, and a dashboard asks every half
 * second. With --spread the root of a trace comes in a later request than its calls. Senders send as fast as they are answered, or at the pace
 * that --pace names. Answers may run ahead of the tables until the journal is full and requests are refused (`refused`, spans; `waitingPercent`
 * of what was answered was not stored when sending ended; the time until it is counts in `storedPerSecond`): what can be kept up is a pace at
 * which nearly nothing waits. Then, when all is stored, the same at half of what was stored a second (not of what was answered, which would be
 * more than can be stored for long), or at the pace that --at names, so that two versions can be compared. CPU is from /proc (Linux) and
 * without the generator's. With --profile it tells where each thread of the collector spends it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createClient } from '@clickhouse/client';
import { asInstalled } from './ingest/as-installed.ts';
import { costMap } from './ingest/cost-map.ts';
import { createLoad, ENCODINGS } from './ingest/load.ts';
import { send } from './ingest/send.ts';
import type { Subject } from './ingest/subject.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    'no-naive': { type: 'boolean' },
    profile: { type: 'boolean' },
    spread: { type: 'boolean' },
    pace: { type: 'string' },
    at: { type: 'string' },
  },
});
const [seconds = '20', spansPerRequest = '64', encodingName = 'protobuf'] = positionals;
const kinds = values['no-naive'] ? (['tokenledger'] as const) : (['tokenledger', 'naive'] as const);
const isProfiled = values.profile === true;
const CONNECTIONS = 64;
const WARM_UP_MS = 5000;
const DASHBOARD_MS = 500;
/** What /proc counts CPU time in. */
const TICK_US = 10_000;
const MOST_COSTS = 40;

const encoding = ENCODINGS.find((name) => name === encodingName) ?? 'protobuf';
const load = createLoad(Number(spansPerRequest), encoding, values.spread);
const results: Record<string, Awaited<ReturnType<typeof measure>>> = {};
for (const kind of kinds) results[kind] = await measure(kind);
console.log(`${seconds} s, ${spansPerRequest} spans a request, ${encoding}, ${CONNECTIONS} connections, ${availableParallelism()} cores`);
console.table(results);
const { tokenledger: ours, naive } = results;
if (ours && naive) {
  console.log(`stored spans per second: ${(ours.storedPerSecond / naive.storedPerSecond).toFixed(1)}× the straightforward server`);
  console.log(`CPU per span: ${(ours.cpuUsPerSpan / naive.cpuUsPerSpan).toFixed(2)}× the straightforward server`);
}

async function measure(kind: 'tokenledger' | 'naive') {
  const directory = mkdtempSync(join(tmpdir(), `ingest-${kind}-`));
  const program = fileURLToPath(new URL('ingest/subject.ts', import.meta.url));
  const profiling = isProfiled ? ['--cpu-prof', `--cpu-prof-dir=${directory}`] : [];
  const { env, flags } = asInstalled();
  const child = spawn(process.execPath, [...flags, ...profiling, program, kind, directory], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const subject = JSON.parse(await firstLine(child)) as Subject;
    const { url, enginePid } = subject;
    const processes = { collector: child.pid, engine: enginePid };
    await send(url, load, { connections: CONNECTIONS, durationMs: WARM_UP_MS });
    await settled(url);
    const dashboard = startDashboard(subject);
    const before = {
      ...(await books(url)),
      collector: cpuUs(child.pid),
      engine: cpuUs(enginePid),
      threads: threadsUs(child.pid),
      at: performance.now(),
    };
    const sent = await send(url, load, {
      connections: CONNECTIONS,
      durationMs: Number(seconds) * 1000,
      ...(values.pace !== undefined && { spansPerSecond: Number(values.pace) }),
    });
    const sendingMs = performance.now() - before.at;
    const { waiting } = await books(url);
    await settled(url);
    const storedMs = performance.now() - before.at;
    const stored = (await books(url)).stored - before.stored;
    const perSpan = (us: number) => Number((us / stored).toFixed(1));
    const cpu = { collector: cpuUs(child.pid) - before.collector, engine: cpuUs(enginePid) - before.engine };
    if (isProfiled) console.table(threadsSince(before.threads, child.pid, stored));
    const rssMiB = { collector: Math.round(memoryMiB(processes.collector)), engine: Math.round(memoryMiB(processes.engine)) };
    const storedPerSecond = Math.round((stored / storedMs) * 1000);
    const half = await send(url, load, {
      connections: CONNECTIONS,
      durationMs: Number(seconds) * 500,
      spansPerSecond: values.at === undefined ? storedPerSecond / 2 : Number(values.at),
    });
    const queryMs = await dashboard.stop();
    await settled(url);
    return {
      ackedPerSecond: Math.round((sent.acknowledged / sendingMs) * 1000),
      storedPerSecond,
      cpuUsPerSpan: perSpan(cpu.collector + cpu.engine),
      collectorUs: perSpan(cpu.collector),
      engineUs: perSpan(cpu.engine),
      ackP50Ms: milliseconds(sent.latencies, 0.5),
      ackP99Ms: milliseconds(sent.latencies, 0.99),
      halfLoadP99Ms: milliseconds(half.latencies, 0.99),
      generatorP99Ms: Number(half.ownDelayP99Ms.toFixed(1)),
      refused: sent.refused,
      // What is answered beyond what is stored lies in the journal: no pace for long.
      waitingPercent: Math.round((waiting / sent.acknowledged) * 100),
      queryP95Ms: milliseconds(queryMs, 0.95),
      bytesPerSpan: Number((await bytesPerSpan(subject)).toFixed(1)),
      peakRssMiB: rssMiB.collector + rssMiB.engine,
      collectorMiB: rssMiB.collector,
      engineMiB: rssMiB.engine,
    };
  } finally {
    child.kill('SIGTERM');
    await once(child, 'exit');
    if (isProfiled) printCosts(directory);
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

function printCosts(directory: string): void {
  for (const { byPlace, byFunction } of costMap(directory)) {
    console.table(byPlace.slice(0, MOST_COSTS));
    console.table(byFunction.slice(0, MOST_COSTS));
  }
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout) for await (const line of createInterface({ input: child.stdout })) return line;
  throw new Error('the server did not start');
}

/** Asks as a viewer does who leaves a page open. */
function startDashboard({ engine, dashboard }: Subject): { stop(): Promise<readonly number[]> } {
  const client = createClient(engine);
  const took: number[] = [];
  const stopping = new AbortController();
  const asking = (async () => {
    while (!stopping.signal.aborted) {
      const began = performance.now();
      await (await client.query({ query: dashboard, format: 'JSONEachRow' })).json();
      took.push(performance.now() - began);
      await sleep(Math.max(0, DASHBOARD_MS - (performance.now() - began)));
    }
    await client.close();
  })();
  return {
    async stop() {
      stopping.abort();
      await asking;
      return took.toSorted((one, other) => one - other);
    },
  };
}

/** Of all tables, rollups too, when what must be merged is merged; per span that was sent. */
async function bytesPerSpan({ engine, url }: Subject): Promise<number> {
  const client = createClient(engine);
  const sizes = await client.query({
    query: `SELECT toFloat64(sum(bytes_on_disk)) AS bytes FROM system.parts WHERE active AND database = currentDatabase()`,
    format: 'JSONEachRow',
  });
  const [size] = await sizes.json<{ bytes: number }>();
  await client.close();
  return (size?.bytes ?? 0) / (await books(url)).stored;
}

async function books(url: string): Promise<{ stored: number; waiting: number }> {
  return (await (await fetch(`${url}/v1/books`)).json()) as { stored: number; waiting: number };
}

async function settled(url: string): Promise<void> {
  while ((await books(url)).waiting > 0) await sleep(50);
}

function milliseconds(ascending: readonly number[], q: number): number {
  return Number((ascending[Math.floor(ascending.length * q)] ?? 0).toFixed(1));
}

function cpuUs(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}

/** User and system time of each thread. */
function threadsUs(
  pid: number | undefined,
): ReadonlyMap<string, { readonly name: string; readonly user: number; readonly system: number }> {
  const tasks = readdirSync(`/proc/${pid}/task`);
  return new Map(
    tasks.map((task) => {
      const [, name = '', rest = ''] = /\((.*)\) (.*)/s.exec(readFileSync(`/proc/${pid}/task/${task}/stat`, 'utf8')) ?? [];
      const fields = rest.split(' ');
      return [task, { name, user: Number(fields[11]) * TICK_US, system: Number(fields[12]) * TICK_US }];
    }),
  );
}

function threadsSince(before: ReturnType<typeof threadsUs>, pid: number | undefined, spans: number) {
  return [...threadsUs(pid)].map(([task, { name, user, system }]) => ({
    thread: name,
    userUsPerSpan: Number(((user - (before.get(task)?.user ?? 0)) / spans).toFixed(2)),
    systemUsPerSpan: Number(((system - (before.get(task)?.system ?? 0)) / spans).toFixed(2)),
  }));
}

/** The most it ever had. */
function memoryMiB(pid: number | undefined): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}
