/**
 * What the receiving thread costs alone, from the socket to the synced journal: CPU-µs a span of the thread, of libuv's that write for it and of
 * V8's that collect its garbage, of the whole process, and of the kernel's threads (of the whole machine: who writes what is synced has no other
 * owner), and how long who sends waits. Nothing is stored, so that nothing else of the collector runs beside it.
 *
 *     node bench/front.ts [spans a request] [protobuf|gzip|json] [--pace <spans a second>,…] [--seconds <of each>] [--rounds <number>]
 *       [--beside <checkout with its node_modules>]
 *
 * A pace of 0 is as fast as they are answered. With `--beside` another checkout takes turns with this one, each time in a new process, and what
 * is printed is the median of the rounds. Linux, whose /proc knows what each thread used.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { asInstalled } from './ingest/as-installed.ts';
import { createLoad, ENCODINGS } from './ingest/load.ts';
import { send } from './ingest/send.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    pace: { type: 'string', default: '0,80000,40000' },
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '1' },
    beside: { type: 'string' },
  },
});
const [spansPerRequest = '64', encodingName = 'protobuf'] = positionals;
const load = createLoad(Number(spansPerRequest), ENCODINGS.find((name) => name === encodingName) ?? 'protobuf');
const CONNECTIONS = 64;
const WARM_UP_MS = 2500;
/** Names of threads begin so. */
const THREADS = { receivingUs: 'tokenledger', libuvUs: 'libuv', v8Us: 'V8' } as const;

type Row = Readonly<Record<keyof typeof THREADS | 'allUs' | 'kernelUs' | 'answered' | 'p50Ms' | 'p99Ms', number>>;

const HERE = fileURLToPath(new URL('..', import.meta.url));
const checkouts = values.beside === undefined ? [HERE] : [HERE, values.beside];
const rows = new Map<string, Row[]>();
for (let round = 0; round < Number(values.rounds); round++)
  for (const checkout of round % 2 === 0 ? checkouts : checkouts.toReversed())
    for (const [pace, row] of await measure(checkout)) {
      const name = `${pace === 0 ? 'saturation' : pace}${checkout === HERE ? '' : ' beside'}`;
      rows.set(name, [...(rows.get(name) ?? []), row]);
    }
console.table(Object.fromEntries([...rows].map(([name, of]) => [name, medians(of)])));

async function measure(checkout: string): Promise<ReadonlyMap<number, Row>> {
  const directory = mkdtempSync(join(tmpdir(), 'front-'));
  const { env, flags } = asInstalled();
  const subject = fileURLToPath(new URL('front/subject.ts', import.meta.url));
  const child = spawn(process.execPath, [...flags, subject, checkout, directory], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const url = await firstLine(child);
    await send(url, load, { connections: CONNECTIONS, durationMs: WARM_UP_MS });
    const measured = new Map<number, Row>();
    for (const pace of values.pace.split(',').map(Number)) measured.set(pace, await measurePace(url, child.pid, pace));
    return measured;
  } finally {
    child.kill('SIGTERM');
    await once(child, 'exit');
    rmSync(directory, { recursive: true, force: true });
  }
}

async function measurePace(url: string, pid: number | undefined, pace: number): Promise<Row> {
  const before = [usedUs(pid), kernelUs()] as const;
  const durationMs = Number(values.seconds) * 1000;
  const sent = await send(url, load, { connections: CONNECTIONS, durationMs, ...(pace > 0 && { spansPerSecond: pace }) });
  const after = [usedUs(pid), kernelUs()] as const;
  const perSpan = (name: string, of: 0 | 1 = 0) => digits((sumOf(after[of], name) - sumOf(before[of], name)) / sent.acknowledged);
  const { receivingUs, libuvUs, v8Us } = THREADS;
  return {
    receivingUs: perSpan(receivingUs),
    libuvUs: perSpan(libuvUs),
    v8Us: perSpan(v8Us),
    allUs: perSpan(''),
    kernelUs: perSpan('', 1),
    answered: Math.round((sent.acknowledged / durationMs) * 1000),
    p50Ms: digits(sent.latencies[Math.floor(sent.latencies.length / 2)]),
    p99Ms: digits(sent.latencies[Math.floor(sent.latencies.length * 0.99)]),
  };
}

interface Used {
  readonly name: string;
  readonly us: number;
}

function usedUs(pid: number | undefined): readonly Used[] {
  const tasks = `/proc/${pid}/task`;
  return readdirSync(tasks).flatMap((task) => usedBy(join(tasks, task)));
}

function kernelUs(): readonly Used[] {
  const processes = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  return processes.flatMap((pid) => usedBy(join('/proc', pid))).filter(({ name }) => /^(?:jbd2|kworker|ksoftirqd)/.test(name));
}

/** None of what has ended meanwhile. */
function usedBy(folder: string): readonly Used[] {
  try {
    const [ns = ''] = readFileSync(join(folder, 'schedstat'), 'utf8').split(' ');
    return [{ name: readFileSync(join(folder, 'comm'), 'utf8'), us: Number(ns) / 1000 }];
  } catch {
    return [];
  }
}

function sumOf(used: readonly Used[], name: string): number {
  return used.filter((one) => one.name.startsWith(name)).reduce((sum, { us }) => sum + us, 0);
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout) for await (const line of createInterface({ input: child.stdout })) return line;
  throw new Error('the receiving thread did not start');
}

function medians(of: readonly Row[]): Row {
  const names = Object.keys(of[0] ?? {}) as (keyof Row)[];
  const median = (name: keyof Row) => of.map((row) => row[name]).toSorted((one, other) => one - other)[Math.floor(of.length / 2)];
  return Object.fromEntries(names.map((name) => [name, median(name)])) as Row;
}

function digits(value = Number.NaN): number {
  return Number(value.toFixed(2));
}
