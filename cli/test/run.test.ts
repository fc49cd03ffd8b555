import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test, vi } from 'vitest';
import { doctor } from '../src/commands/doctor.ts';
import { run } from '../src/run.ts';
import { run as runCommand, temporaryFolder } from './run-command.ts';

const print = vi.spyOn(console, 'log').mockReturnValue();
const complain = vi.spyOn(console, 'error').mockReturnValue();
afterEach(() => vi.clearAllMocks());
const printed = () => print.mock.calls.flat().join('\n');
const complained = () => complain.mock.calls.flat().join('\n');

test('an unknown command is named, and what there is', async () => {
  expect(await run(['serve'])).toBe(2);
  expect(complained()).toMatch(/no command serve.*\bup\b.*\bdemo\b/);
  expect(printed()).toBe('');
});

test('help is for asking, with the defaults of every setting', async () => {
  expect(await run(['--help'])).toBe(0);
  expect(printed()).toMatch(/--otlp-http-port +OTLP over HTTP \(4318\)/);
  expect(printed()).toMatch(/^ +reprice /m);
});

test('a command asked for help does nothing else', async () => {
  expect(await run(['up', '--help'])).toBe(0);
  expect(printed()).toMatch(/^tokenledger up/);
  expect(printed()).not.toMatch(/^ +reprice /m);
});

test('a command asked for help says how it is used, whether before or after its name', async () => {
  for (const args of [
    ['help', 'reprice'],
    ['reprice', '-h'],
  ]) {
    expect(await run(args)).toBe(0);
    expect(printed()).toMatch(/^tokenledger reprice: .*\n\nusage: tokenledger reprice --from <time>/);
    vi.clearAllMocks();
  }
});

test('a data directory that is in use is told in a line, not as a trace of our code', async () => {
  const folder = temporaryFolder();
  const journal = join(folder, 'journal');
  mkdirSync(journal);
  const lock = new DatabaseSync(join(journal, 'lock'));
  lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  expect(await run(['replay', '--data-dir', folder, '--log-level', 'silent'])).toBe(1);
  lock.close();
  expect(complained()).toBe(`${journal} is in use by another process`);
});

test('a port that is in use is told by the setting that chooses another', async () => {
  const taken = createServer();
  await new Promise<void>((done) => taken.listen(0, '127.0.0.1', done));
  const { port } = taken.address() as AddressInfo;
  const api = ['--clickhouse-url', 'http://127.0.0.1:9', '--data-dir', temporaryFolder(), '--log-level', 'silent', '--jaeger-port', '0'];
  expect(await run(['query-api', ...api, '--api-port', String(port)])).toBe(2);
  taken.close();
  expect(complained()).toBe(`api_port: another program listens on 127.0.0.1:${String(port)} already`);
});

test('a part that there is not is named', async () => {
  expect(await run(['query-api', 'alert'])).toBe(2);
  expect(complained()).toBe('there is no part alert; there are collector, query-api, alerts');
});

test('a tenant that no key can have is refused in words', async () => {
  expect(await run(['keys', 'create', 'ingest', './data', '--data-dir', temporaryFolder()])).toBe(2);
  expect(complained()).toMatch(/^tenant: \.\/data /);
});

test('the command is a program that runs by itself, with the memory settings of its first line', () => {
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
  const PATH = `${dirname(process.execPath)}:${process.env.PATH ?? ''}`;
  expect(execFileSync(main, ['--version'], { env: { ...process.env, PATH }, encoding: 'utf8' })).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test('the version is the package’s', async () => {
  expect(await run(['--version'])).toBe(0);
  expect(printed()).toMatch(/^\d+\.\d+\.\d+$/);
});

test('doctor says once that nothing answers', async () => {
  const { code, text } = await runCommand(doctor, '--api-url', 'http://127.0.0.1:1');
  expect(code).toBe(1);
  expect(text.split('\n')).toEqual([expect.stringMatching(/^FAIL .*does not answer/)]);
});

test('what the query API refuses is told in its words, not as JSON', async () => {
  const api = createServer((_request, response) => {
    response
      .writeHead(400, { 'content-type': 'application/problem+json' })
      .end(JSON.stringify({ status: 400, detail: 'trace_id: is no trace id' }));
  });
  await new Promise<void>((done) => api.listen(0, '127.0.0.1', done));
  const { port } = api.address() as AddressInfo;
  expect(await run(['explain', 'xx', 'yy', '--api-port', String(port)])).toBe(2);
  api.close();
  expect(complained()).toBe(`http://127.0.0.1:${String(port)}/v1/calls/xx/yy/explain answered 400: trace_id: is no trace id`);
});
