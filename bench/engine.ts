/**
 * What the HTTP interface costs over chDB itself: both in one run, taking turns, so that their ratio holds on a busy machine.
 * Usage: node bench/engine.ts [rounds]
 */
import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createClient } from '@clickhouse/client';
import { startEngine } from '@tokenledger/ledger';

interface Session {
  queryAsync(sql: string, options?: { format: string }): Promise<unknown>;
  close(): void;
}

const ROWS = 50_000;
const TABLE =
  'CREATE TABLE bench.rows (id UInt64, at DateTime, model LowCardinality(String), team String, cost Decimal(38, 12), tokens UInt64) ENGINE = MergeTree ORDER BY id';
const BLOCK = `SELECT number AS id, now() AS at, toLowCardinality(concat('model-', toString(number % 20))) AS model,
  concat('team-', toString(number % 100)) AS team, toDecimal128(number, 12) AS cost, number * 7 AS tokens FROM numbers(${ROWS}) FORMAT Native`;

/** The other side runs in a process of its own, as the engine does. */
if (process.argv[2] === 'direct') await serveDirect(process.argv[3] ?? '');
else await compare(Number(process.argv[2] ?? 30));

async function serveDirect(dir: string): Promise<void> {
  const { Session } = createRequire(new URL('../ledger/package.json', import.meta.url))('chdb') as {
    Session: new (path: string) => Session;
  };
  const root = new Session(join(dir, 'direct'));
  await root.queryAsync('CREATE DATABASE bench ENGINE = Atomic');
  await root.queryAsync(TABLE);
  process.on('message', (sql: string) => {
    const session = new Session(join(dir, 'direct'));
    const startedAt = performance.now();
    void session.queryAsync(sql, { format: 'TSV' }).then(() => {
      session.close();
      process.send?.(performance.now() - startedAt);
    });
  });
  process.send?.(0);
}

async function compare(rounds: number): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'tokenledger-bench-'));
  const direct = fork(import.meta.filename, ['direct', dir], { execArgv: [] });
  const answer = (): Promise<number> => new Promise((resolve) => direct.once('message', (ms: number) => resolve(ms)));
  const runDirect = (sql: string): Promise<number> => {
    direct.send(sql);
    return answer();
  };
  await answer();
  const engine = await startEngine({ dataDir: join(dir, 'engine') });
  const client = createClient({ url: engine.url, username: engine.username, password: engine.password });
  await client.command({ query: 'CREATE DATABASE bench ENGINE = Atomic' });
  await client.command({ query: TABLE });
  const block = await buffer((await client.exec({ query: BLOCK })).stream);
  const file = join(dir, 'block.native');
  writeFileSync(file, block);
  const timed = async (task: () => Promise<unknown>): Promise<number> => {
    const startedAt = performance.now();
    await task();
    return performance.now() - startedAt;
  };
  const cases = {
    'SELECT 1': {
      direct: () => runDirect('SELECT 1'),
      http: () => timed(async () => (await client.query({ query: 'SELECT 1', format: 'JSONEachRow' })).text()),
    },
    [`Native insert of ${ROWS} rows, ${(block.length / 1e6).toFixed(1)} MB`]: {
      direct: () => runDirect(`INSERT INTO bench.rows FROM INFILE '${file}' FORMAT Native`),
      http: () =>
        timed(async () => {
          const values = Readable.from([block], { objectMode: false });
          return buffer((await client.exec({ query: 'INSERT INTO bench.rows FORMAT Native', values })).stream);
        }),
    },
  };
  for (const [name, { direct: runs, http }] of Object.entries(cases)) {
    const times = { direct: [] as number[], http: [] as number[] };
    for (let round = -3; round < rounds; round++) {
      const [directMs, httpMs] = [await runs(), await http()];
      if (round < 0) continue;
      times.direct.push(directMs);
      times.http.push(httpMs);
    }
    const [directP50, httpP50] = [percentile(times.direct, 0.5), percentile(times.http, 0.5)];
    const show = (list: number[]): string => `p50 ${percentile(list, 0.5).toFixed(1)} ms, p99 ${percentile(list, 0.99).toFixed(1)} ms`;
    console.log(`${name}\n  direct ${show(times.direct)}\n  http   ${show(times.http)}\n  ratio  ${(httpP50 / directP50).toFixed(2)}`);
  }
  console.log(`engine ${/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${engine.pid}/status`, 'utf8'))?.[1]} kB resident`);
  await client.close();
  await engine.stop();
  direct.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
}

function percentile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN;
}
