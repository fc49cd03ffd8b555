import { fork } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { startEngine } from '../../src/engine/supervise.ts';
import { failure, startTestEngine, value, type StartedEngine } from './started-engine.ts';

async function start(...options: Parameters<typeof startTestEngine>): Promise<StartedEngine> {
  const started = await startTestEngine(...options);
  onTestFinished(() => started.stop());
  return started;
}

async function temporaryDir(prefix = 'tokenledger-engine-'): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), prefix));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** A killed process whose new parent has not yet asked for its exit code is gone all the same. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** A time that is promised for a machine which has nothing else to do. */
function promisedMs(ms: number): number {
  return ms * Math.max(1, (loadavg()[0] ?? 0) / availableParallelism());
}

async function until(condition: () => boolean | Promise<boolean>, timeoutMs: number): Promise<number> {
  const startedAt = Date.now();
  while (!(await condition())) {
    if (Date.now() - startedAt > timeoutMs) throw new Error(`not within ${timeoutMs} ms`);
    await sleep(10);
  }
  return Date.now() - startedAt;
}

const answers = (started: StartedEngine) => async (): Promise<boolean> => (await started.client.ping({ select: true })).success;

test('an engine is ready within 1.5 s, on loopback only', async () => {
  const startedAt = Date.now();
  const { engine } = await start();
  expect(Date.now() - startedAt).toBeLessThan(promisedMs(1500));
  expect(engine.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(engine.restarts).toBe(0);
});

test('rows confirmed to a client that retries with its token survive kills of the engine, once each', async () => {
  const started = await start();
  const { client, engine } = started;
  await client.command({
    query: `CREATE TABLE t (batch UInt32, n UInt32) ENGINE = MergeTree ORDER BY (batch, n)
      SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1`,
  });
  const killing = new AbortController();
  const outages: number[] = [];
  const killer = (async () => {
    for (let kill = 0; kill < 4; kill++) {
      await sleep(150 + Math.random() * 50);
      const { pid = 0 } = engine;
      process.kill(pid, 'SIGKILL');
      await until(() => engine.pid !== undefined && engine.pid !== pid, 10_000);
      outages.push(await until(answers(started), 10_000));
    }
  })().finally(() => killing.abort());

  let batches = 0;
  for (; !killing.signal.aborted || batches < 20; batches++) {
    const values = Array.from({ length: 500 }, (_, n) => ({ batch: batches, n }));
    const clickhouse_settings = { insert_deduplication_token: `batch-${batches}` };
    for (let done = false; !done;) {
      done = await client.insert({ table: 't', values, format: 'JSONEachRow', clickhouse_settings }).then(
        () => true,
        () => sleep(20, false),
      );
    }
  }
  await killer;
  expect(await value(client, 'SELECT (count(), uniqExact((batch, n))) FROM t')).toEqual([batches * 500, batches * 500]);
  expect(engine.restarts).toBe(outages.length);
  expect(outages.length).toBe(4);
});

test('a killed engine is back within 2 s on the same address, its data intact, its spool empty', async () => {
  const started = await start();
  const { client, engine, dataDir } = started;
  await client.command({ query: 'CREATE TABLE t (id UInt32) ENGINE = MergeTree ORDER BY id' });
  await client.insert({ table: 't', values: [{ id: 1 }], format: 'JSONEachRow' });
  const { pid, url } = engine;
  const killedAt = Date.now();
  process.kill(pid ?? 0, 'SIGKILL');
  await until(() => engine.pid !== undefined && engine.pid !== pid, 10_000);
  await until(answers(started), 10_000);
  expect(Date.now() - killedAt).toBeLessThan(promisedMs(2000));
  expect(engine.url).toBe(url);
  expect(await value(client, 'SELECT count() FROM t')).toBe(1);
  expect((await readdir(dataDir)).sort()).toEqual(['clickhouse', 'compile-cache', 'inbox', `spool-${engine.pid}`]);
});

test('a second engine on the same directory is refused with a clear message and disturbs nothing', async () => {
  const started = await start();
  const error = await failure(startEngine({ dataDir: started.dataDir }));
  expect(error).toMatchObject({ name: 'EngineStartError', message: `The data directory ${started.dataDir} is in use by another engine.` });
  expect(await value(started.client, 'SELECT 1')).toBe(1);
  const table = 'CREATE TABLE t (id UInt32) ENGINE = MergeTree ORDER BY id';
  await started.client.command({ query: table });
  await started.client.insert({ table: 't', values: [{ id: 1 }], format: 'JSONEachRow' });
});

test('an engine waits for the one before it to leave its directory', async () => {
  const started = await start();
  const heir = startEngine({ dataDir: started.dataDir });
  await sleep(3000);
  await started.engine.stop();
  await (await heir).stop();
});

test('an engine that cannot start says why', async () => {
  const dir = await temporaryDir();
  await writeFile(join(dir, 'file'), '');
  const noDirectory = await failure(startEngine({ dataDir: join(dir, 'file') }));
  expect(noDirectory).toMatchObject({
    name: 'EngineStartError',
    message: expect.stringMatching(/did not start .*(ENOTDIR|EEXIST)/) as string,
  });
  await mkdir(join(dir, 'clickhouse', 'status'), { recursive: true });
  expect(await failure(startEngine({ dataDir: dir }))).toMatchObject({ message: expect.stringContaining('CANNOT_OPEN_FILE') as string });
  expect(await failure(startEngine({ dataDir: join(dir, 'a{b}') }))).toMatchObject({
    message: expect.stringContaining('may not contain') as string,
  });
});

test.for(['idle', 'busy'])('an engine whose owner is killed while %s ends within 1 s and frees the directory', async (state) => {
  const dir = await temporaryDir();
  const owner = fork(new URL('owner.ts', import.meta.url), [dir, state], { execArgv: [], stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  const pid = Number(await new Promise((resolve) => owner.stdout?.once('data', resolve)));
  expect(isAlive(pid)).toBe(true);
  owner.kill('SIGKILL');
  expect(await until(() => !isAlive(pid), 10_000)).toBeLessThan(promisedMs(1000));
  const next = await startEngine({ dataDir: dir });
  await next.stop();
});

test('an engine that crashed while it started ends with its owner', async () => {
  const dir = await temporaryDir();
  const owner = fork(new URL('owner.ts', import.meta.url), [dir], { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const status = join(dir, 'clickhouse/status');
  const holder = () => Number(/PID: (\d+)/.exec(existsSync(status) ? readFileSync(status, 'utf8') : '')?.[1] ?? 0);
  await until(() => holder() > 0, 30_000);
  const pid = holder();
  process.kill(pid, 'SIGSEGV');
  await sleep(100);
  owner.kill('SIGKILL');
  expect(await until(() => !isAlive(pid), 10_000)).toBeLessThan(promisedMs(1000));
});

test('stop ends an endless query and the process in less than 3 s', async () => {
  const { engine, client } = await start();
  const endless = failure(client.query({ query: 'SELECT count() FROM numbers(1000000000000)' }));
  await sleep(200);
  const { pid } = engine;
  const startedAt = Date.now();
  await engine.stop();
  expect(Date.now() - startedAt).toBeLessThan(promisedMs(3000));
  expect(isAlive(pid ?? 0)).toBe(false);
  expect(await endless).toBeInstanceOf(Error);
  expect(engine.restarts).toBe(0);
  await engine.stop();
});

test('stop in the middle of a restart leaves no process behind', async () => {
  const { engine } = await start();
  const { pid } = engine;
  process.kill(pid ?? 0, 'SIGKILL');
  await until(() => engine.pid !== undefined && engine.pid !== pid, 10_000);
  const next = engine.pid ?? 0;
  await Promise.all([engine.stop(), engine.stop()]);
  expect([isAlive(next), engine.pid]).toEqual([false, undefined]);
});

test('stop waits for a short statement and keeps what it wrote', async () => {
  const started = await start();
  const { engine, client, dataDir } = started;
  await client.command({ query: 'CREATE TABLE t (id UInt32) ENGINE = MergeTree ORDER BY id' });
  const insert = client.command({ query: 'INSERT INTO t SELECT 1 + sleep(0.3)' });
  await sleep(100);
  await engine.stop();
  await insert;
  expect((await readdir(dataDir)).sort()).toEqual(['clickhouse', 'compile-cache', 'inbox']);
  const again = await start({ dataDir });
  expect(await value(again.client, 'SELECT count() FROM t')).toBe(1);
});

test('an engine that hangs is killed and started again', async () => {
  const started = await start({ hangTimeoutMs: 900 });
  const pid = started.engine.pid ?? 0;
  process.kill(pid, 'SIGSTOP');
  await until(() => started.engine.restarts === 1, 10_000);
  await until(answers(started), 10_000);
  expect(isAlive(pid)).toBe(false);
});

test('an engine whose native code crashes ends at once: its parent does not have to find out that it hangs', async () => {
  const { engine } = await start({ hangTimeoutMs: 600_000 });
  const crashed = engine.pid ?? 0;
  process.kill(crashed, 'SIGSEGV');
  // The library's own handler would sleep for twenty seconds.
  await until(() => engine.pid !== crashed, 15_000);
  await until(() => engine.pid !== undefined, 60_000);
}, 90_000);

test('a busy engine is not taken for a hanging one', async () => {
  const { engine, client } = await start({ hangTimeoutMs: 900 });
  const cut = new AbortController();
  const queries = Array.from({ length: 8 }, () =>
    failure(client.query({ query: 'SELECT count() FROM numbers(1000000000000)', abort_signal: cut.signal })),
  );
  await sleep(2500);
  cut.abort();
  await Promise.all(queries);
  expect(engine.restarts).toBe(0);
});

test('signals of the terminal do not reach the engine', async () => {
  const { engine, client } = await start();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(engine.pid ?? 0, signal);
  await sleep(200);
  expect(await value(client, 'SELECT 1')).toBe(1);
  expect(engine.restarts).toBe(0);
});

test('a data directory may have an unusual name', async () => {
  const dir = join(await temporaryDir(), "it's a, b (x) <&> ü");
  const { client } = await start({ dataDir: dir });
  await client.command({ query: 'CREATE TABLE t (id UInt32) ENGINE = MergeTree ORDER BY id' });
  await client.insert({ table: 't', values: [{ id: 1 }], format: 'JSONEachRow' });
  expect(await value(client, 'SELECT count() FROM t')).toBe(1);
});

test('secrets stand neither in the arguments nor in the environment of the child', async () => {
  const { engine } = await start();
  for (const file of ['cmdline', 'environ']) {
    const text = await readFile(`/proc/${engine.pid}/${file}`, 'utf8').catch(() => '');
    expect(text).not.toContain(engine.password);
    expect(text).not.toContain(engine.reader.password);
  }
});
