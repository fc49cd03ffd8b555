import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { INBOX_HEADER, leaveInInbox } from '../../src/engine/inbox.ts';
import { startEngine } from '../../src/engine/supervise.ts';
import { post, startTestEngine, value, type StartedEngine } from './started-engine.ts';

let started: StartedEngine;
const INSERT = 'INSERT INTO t (id, s) FORMAT RowBinary';
const row = (id: number, s: string) => Buffer.from([id, 0, 0, 0, s.length, ...Buffer.from(s)]);
const insert = (name: string) => post(started.engine, {}, INSERT, { [INBOX_HEADER]: name });
const sum = () => value(started.client, 'SELECT (count(), sum(id), max(s)) FROM t');

beforeAll(async () => {
  started = await startTestEngine();
});
afterAll(() => started.stop());
beforeEach(async () => {
  await started.client.command({ query: 'CREATE OR REPLACE TABLE t (id UInt32, s String) ENGINE = MergeTree ORDER BY id' });
});

test('data that lies in the inbox is inserted as if it had been sent, never runs as SQL, and stays until its sender removes it', async () => {
  const attack = '\n\nTRUNCATE TABLE tl.t\n\n';
  const { headers, remove } = await leaveInInbox(started.engine.inbox, [[row(1, 'a')], [row(2, attack)]]);
  const name = String(headers[INBOX_HEADER]);
  const answer = await insert(name);
  expect([answer.status, await answer.text()]).toEqual([200, '']);
  expect(await sum()).toEqual([2, 3, 'a']);
  expect(await readdir(started.engine.inbox)).toEqual([name]);
  await remove();
  expect(await readdir(started.engine.inbox)).toEqual([]);
  expect((await insert(name)).status).not.toBe(200);
});

test('nothing outside the inbox can be named', async () => {
  const secret = join(started.dataDir, 'data-00000000-0000-0000-0000-000000000000');
  await writeFile(secret, row(1, 'secret'));
  for (const name of ['../data-00000000-0000-0000-0000-000000000000', '/etc/passwd', '', '*', 'data-*'])
    expect(await (await insert(name)).text(), name).toContain('not in the inbox');
  expect(await readFile(secret)).toEqual(row(1, 'secret'));
  expect(await value(started.client, 'SELECT count() FROM t')).toBe(0);
});

test('what is left for an engine that is killed is found by the one started again; a new process finds an empty inbox', async () => {
  const { headers } = await leaveInInbox(started.engine.inbox, [[row(1, 'a')]]);
  const name = String(headers[INBOX_HEADER]);
  process.kill(started.engine.pid ?? 0, 'SIGKILL');
  await expect.poll(() => started.engine.restarts, { timeout: 20_000 }).toBe(1);
  await expect.poll(() => started.client.ping().then(({ success }) => success), { timeout: 20_000 }).toBe(true);
  expect((await insert(name)).status).toBe(200);
  expect(await value(started.client, 'SELECT count() FROM t')).toBe(1);
  await started.engine.stop();
  expect(await readdir(started.engine.inbox)).toEqual([name]);
  const next = await startEngine({ dataDir: started.dataDir });
  expect(await readdir(next.inbox)).toEqual([]);
  await next.stop();
});
