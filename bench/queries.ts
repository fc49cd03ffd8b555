/**
 * How long every question of every dashboard takes over millions of calls on the embedded engine:
 *
 *   node bench/queries.ts [million calls] [--range 24h|7d|30d] [--keep folder] [--repeat 5] [--only text] [--list 40]
 *
 * The questions are those of grafana/dashboards/*.json, asked over HTTP of the real query API, each with its dashboard's range (or `--range`)
 * and every filter on All. Ranges end a little later each time, so that no answer is a stored one. Below them, questions that rollups alone
 * answer, without HTTP. With `--keep` the data is left for the next
 * run of the same size. Exits with 1 when the slowest is slower than allowed: 100 ms (p50 of the repeats) on 10 million, 300 ms on 100 million.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { openLedger, startEngine, type Engine } from '@tokenledger/ledger';
import { createKeyRing } from '@tokenledger/model';
import { createPriceBook } from '@tokenledger/pricing';
import { startQueryApi } from '@tokenledger/query-api';
import { DAYS, fill } from './queries/fill.ts';
import { timeRollups } from './queries/rollups.ts';
import { readTargets, toPath, type Target } from './queries/targets.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    range: { type: 'string' },
    keep: { type: 'string' },
    repeat: { type: 'string', default: '5' },
    only: { type: 'string', default: '' },
    list: { type: 'string', default: '40' },
  },
});
const MILLIONS = Number(positionals[0] ?? 1);
const ALLOWED_MS = MILLIONS > 10 ? 300 : 100;
const RANGES_MS = { '24h': 86_400_000, '7d': 7 * 86_400_000, '30d': 30 * 86_400_000 } as const;
const TICK_MS = 10;
const dashboards: string[] = [];
const ROLLUP_REPEATS = 40;

interface Measured {
  readonly name: string;
  readonly p50: number;
  readonly max: number;
  readonly cpu: number;
  readonly rows: number;
}

const dir = values.keep ?? mkdtempSync(join(tmpdir(), 'queries-'));
const connection = { dataDir: join(dir, 'clickhouse') };
let engine = await startEngine(connection);
try {
  const client = createClient({
    url: engine.url,
    username: engine.username,
    password: engine.password,
    database: 'tokenledger',
    request_timeout: 600_000,
    log: { level: ClickHouseLogLevel.OFF },
  });
  await openLedgerOf(engine).migrate();
  const before = await storedCalls(client);
  if (before.rows === 0) {
    console.log(`filling ${String(MILLIONS)} million calls …`);
    const startedMs = Date.now();
    await fill(client, { rows: MILLIONS * 1e6, endMs: Date.now() }, (line) => console.log(line));
    console.log(`filled in ${((Date.now() - startedMs) / 1000).toFixed(0)} s`);
  } else if (Math.abs(before.rows - MILLIONS * 1e6) > DAYS)
    throw new Error(`${dir} holds ${String(before.rows)} calls; give another folder`);
  const stored = await storedCalls(client);
  console.table(
    await ask(
      client,
      `SELECT table, sum(rows) AS rows, count() AS parts, formatReadableSize(sum(bytes_on_disk)) AS size FROM system.parts WHERE active AND database = 'tokenledger' GROUP BY table ORDER BY sum(bytes_on_disk) DESC`,
    ),
  );
  const [found] = await ask<{ trace: string }>(
    client,
    `SELECT lower(hex(trace_id)) AS trace FROM calls WHERE run != '' ORDER BY time DESC LIMIT 1 OFFSET 5000`,
  );
  await client.close();
  await engine.stop();

  const opened = performance.now();
  engine = await startEngine(connection);
  const reopenMs = performance.now() - opened;
  await measureAll(stored.endMs, found?.trace ?? '', reopenMs);
} finally {
  await engine.stop();
  if (values.keep === undefined) rmSync(dir, { recursive: true });
}

function openLedgerOf({ url, username, password }: Engine) {
  return openLedger({ url, username, password });
}

async function storedCalls(client: ReturnType<typeof createClient>) {
  const [row] = await ask<{ rows: string; start_ms: string; end_ms: string }>(
    client,
    'SELECT count() AS rows, toUnixTimestamp64Milli(min(time)) AS start_ms, toUnixTimestamp64Milli(max(time)) AS end_ms FROM calls',
  );
  return { rows: Number(row?.rows), startMs: Number(row?.start_ms), endMs: Number(row?.end_ms) };
}

async function ask<Row>(client: ReturnType<typeof createClient>, query: string): Promise<readonly Row[]> {
  return (await client.query({ query, format: 'JSONEachRow' })).json<Row>();
}

async function measureAll(endMs: number, traceId: string, reopenMs: number): Promise<void> {
  const ledger = openLedgerOf(engine);
  const api = await startQueryApi({
    ledger,
    priceBook: createPriceBook(),
    keys: createKeyRing([]),
    books: () => ({}),
    metrics: () => '',
    rateLimitPerSecond: 100_000,
    host: '127.0.0.1',
    port: 0,
  });
  const targets = readTargets().filter(({ name }) => name.includes(values.only));
  const measured: Measured[] = [];
  for (const target of targets) measured.push(await measure(api.url, target, { endMs: endMs - apart(target.name), traceId }));
  measured.push(await measure(api.url, { name: 'trace by id', url: `/v1/traces/${traceId}`, params: [], rangeMs: 0 }, { endMs, traceId }));
  measured.sort((a, b) => b.p50 - a.p50);
  console.table(measured.slice(0, Number(values.list)));
  const times = measured.map(({ p50 }) => p50).toSorted((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0;
  const slow = measured.filter(({ p50 }) => p50 > ALLOWED_MS);
  for (const { name, p50, cpu } of slow) console.log(`over the aim: ${name}, ${String(p50)} ms, ${String(cpu)} ms of CPU`);
  const cpuSeconds = measured.reduce((sum, { cpu }) => sum + cpu, 0) / 1000;
  console.log(
    `${String(MILLIONS)} million calls, ${String(measured.length)} questions, range ${values.range ?? 'of each dashboard'}: p50 ${String(at(0.5))} ms, p95 ${String(at(0.95))} ms, slowest ${String(at(1))} ms; ` +
      `${String(slow.length)} slower than ${String(ALLOWED_MS)} ms; ${cpuSeconds.toFixed(1)} s of the engine's CPU for all; reopened in ${(reopenMs / 1000).toFixed(2)} s`,
  );
  await api.stop();
  console.table(await timeRollups(ledger.forTenant('default'), endMs, ROLLUP_REPEATS));
  await ledger.close();
  if (slow.length > 0) process.exitCode = 1;
}

async function measure(
  apiUrl: string,
  target: Target,
  { endMs, traceId }: { readonly endMs: number; readonly traceId: string },
): Promise<Measured> {
  const rangeMs =
    (values.range === undefined ? undefined : new Map<string, number>(Object.entries(RANGES_MS)).get(values.range)) ?? target.rangeMs;
  const times: number[] = [];
  const cpu: number[] = [];
  let rows = 0;
  for (let round = 0; round <= Number(values.repeat); round++) {
    // Ends stick out of whole minutes and hours, as `now` does, and each is in an hour of its own: lists to choose from are of whole hours.
    const to = endMs - 3_661_237 * (1 + round);
    const path = toPath(target, { from: to - rangeMs, to, traceId });
    const [started, cpuBefore] = [performance.now(), cpuMs(engine)];
    const answer = await fetch(apiUrl + path);
    const body = (await answer.json()) as { readonly rows?: readonly unknown[]; readonly detail?: string };
    // One that was not answered is one over the aim; the others are asked all the same.
    if (!answer.ok) {
      console.error(`${target.name}: ${String(answer.status)} ${String(body.detail)} ${path}`);
      return { name: target.name, p50: Number.POSITIVE_INFINITY, max: Number.POSITIVE_INFINITY, cpu: 0, rows: 0 };
    }
    rows = body.rows?.length ?? 0;
    // The first one finds everything cold.
    if (round > 0) {
      times.push(performance.now() - started);
      cpu.push(cpuMs(engine) - cpuBefore);
    }
  }
  const sorted = times.toSorted((a, b) => a - b);
  const middle = (list: readonly number[]) => Math.round(list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0);
  return { name: target.name, p50: middle(times), max: Math.round(sorted.at(-1) ?? 0), cpu: middle(cpu), rows };
}

/** Dashboards have variables in common: no answer to one is kept for another. Tiles of one dashboard do share theirs. */
function apart(name: string): number {
  const dashboard = name.split(':')[0] ?? '';
  if (!dashboards.includes(dashboard)) dashboards.push(dashboard);
  return dashboards.indexOf(dashboard) * (Number(values.repeat) + 1) * 3_661_237;
}

/** User and system time of the engine. */
function cpuMs({ pid }: Engine): number {
  const fields = readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
