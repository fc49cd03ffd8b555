import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BatchGone, LedgerUnavailable } from '../src/index.ts';
import { entryOf, stepOf } from './example-entry.ts';
import { openTestLedger, type TestLedger } from './open-test-ledger.ts';

let at: TestLedger;
beforeAll(async () => {
  at = await openTestLedger();
});
afterAll(() => at.stop());

const left = () => readdir(at.engine.inbox);
const stored = async (tenant: string) =>
  (
    await at.query(
      `SELECT (SELECT toInt32(sum(delta_calls)) FROM calls WHERE tenant = '${tenant}') AS calls, (SELECT toInt32(sum(calls)) FROM usage_1h WHERE tenant = '${tenant}') AS summed, (SELECT toInt32(count()) FROM spans WHERE tenant = '${tenant}') AS steps`,
    )
  )[0];

function batchOf(tenant: string) {
  const batch = at.ledger.openBatch(`of ${tenant}`);
  batch.append({ entries: Array.from({ length: 5 }, () => entryOf({}, { tenant })), steps: [{ tenant, step: stepOf() }] });
  return batch;
}

async function crash(): Promise<void> {
  const { pid, restarts } = at.engine;
  process.kill(pid ?? 0, 'SIGKILL');
  await expect.poll(() => at.engine.restarts, { timeout: 20_000 }).toBe(restarts + 1);
  await expect
    .poll(
      () =>
        at.ledger.ping().then(
          () => true,
          () => false,
        ),
      { timeout: 20_000 },
    )
    .toBe(true);
}

test('a batch that the engine did not take outlives it on disk, is stored from there, and leaves nothing behind', async () => {
  const batch = batchOf('patient');
  process.kill(at.engine.pid ?? 0, 'SIGSTOP');
  const first = batch.write();
  const outcome = expect(first).rejects.toBeInstanceOf(LedgerUnavailable);
  await expect.poll(left).toHaveLength(2);
  await crash();
  await outcome;
  expect(await left()).toHaveLength(2);
  expect(() => batch.append({ entries: [], steps: [] })).toThrow('no more rows');
  await batch.write();
  expect(await stored('patient')).toEqual({ calls: 5, summed: 5, steps: 1 });
  await batch.write();
  expect(await stored('patient')).toEqual({ calls: 5, summed: 5, steps: 1 });
  expect(await left()).toEqual([]);
});

test('a batch whose data is gone says so, and made anew counts once', async () => {
  const batch = batchOf('robbed');
  const { inbox } = at.engine;
  await at.client.command({ query: 'RENAME TABLE spans TO away' });
  await expect(batch.write()).rejects.toBeInstanceOf(LedgerUnavailable);
  await at.client.command({ query: 'RENAME TABLE away TO spans' });
  for (const name of await left()) await rm(join(inbox, name));
  await expect(batch.write()).rejects.toBeInstanceOf(BatchGone);
  await batch.discard();
  const anew = batchOf('robbed');
  await anew.write();
  expect(await stored('robbed')).toEqual({ calls: 5, summed: 5, steps: 1 });
});

test('a batch that is closed waits on disk, whole, while its memory serves the next', async () => {
  const first = at.ledger.openBatch('of closed');
  first.append({ entries: [entryOf({}, { tenant: 'closed' })], steps: [] });
  await first.close();
  expect(await left()).toHaveLength(1);
  expect(() => first.append({ entries: [], steps: [] })).toThrow('no more rows');
  const second = batchOf('next');
  await second.close();
  const third = batchOf('third');
  await first.close();
  await first.write();
  expect(await stored('closed')).toEqual({ calls: 1, summed: 1, steps: 0 });
  await second.write();
  expect(await stored('next')).toEqual({ calls: 5, summed: 5, steps: 1 });
  await third.write();
  expect(await stored('third')).toEqual({ calls: 5, summed: 5, steps: 1 });
  expect(await left()).toEqual([]);
});

test('a batch that is given up leaves nothing behind', async () => {
  const batch = batchOf('dropped');
  await at.client.command({ query: 'RENAME TABLE calls TO away' });
  await expect(batch.write()).rejects.toBeInstanceOf(LedgerUnavailable);
  expect(await left()).toHaveLength(2);
  await batch.discard();
  expect(await left()).toEqual([]);
  await at.client.command({ query: 'RENAME TABLE away TO calls' });
});

describe('a batch that was left in pieces', () => {
  const entries = (tenant: string) =>
    Array.from({ length: 60 }, (_, index) => entryOf({ team: `team ${index % 7}`, service: `service ${index % 5}` }, { tenant }));

  async function leftInPieces(tenant: string, pieces: number) {
    const batch = at.ledger.openBatch(`of ${tenant}`);
    const all = entries(tenant);
    for (let from = 0; from < all.length; from += all.length / pieces) {
      batch.append({ entries: all.slice(from, from + all.length / pieces), steps: from === 0 ? [{ tenant, step: stepOf() }] : [] });
      await batch.spool();
    }
    return batch;
  }

  test('becomes one part of each table', async () => {
    const batch = await leftInPieces('whole', 5);
    expect(await left()).toHaveLength(2);
    const parts = async () => (await at.query(`SELECT table, name FROM system.parts WHERE active AND database = currentDatabase()`)).length;
    await at.client.command({ query: 'SYSTEM STOP MERGES' });
    const before = await parts();
    await batch.write();
    const added = (await parts()) - before;
    const inOne = at.ledger.openBatch('of whole, at once');
    inOne.append({ entries: entries('at once'), steps: [{ tenant: 'at once', step: stepOf() }] });
    await inOne.write();
    expect(added).toBe((await parts()) - before - added);
    await at.client.command({ query: 'SYSTEM START MERGES' });
    expect(await stored('whole')).toEqual({ calls: 60, summed: 60, steps: 1 });
  });

  test('counts once, also repeated over a crash, and in other pieces', async () => {
    const batch = await leftInPieces('repeated', 3);
    const first = batch.write().catch(() => undefined);
    await crash();
    await first;
    await batch.write();
    for (const pieces of [3, 1, 10]) await (await leftInPieces('repeated', pieces)).write();
    expect(await stored('repeated')).toMatchObject({ calls: 60, summed: 60 });
    expect(await left()).toEqual([]);
  });

  test('is left again where it could not be', async () => {
    const { inbox } = at.engine;
    const batch = at.ledger.openBatch('of unlucky');
    await rename(inbox, `${inbox}-away`);
    batch.append({ entries: entries('unlucky'), steps: [] });
    await expect(batch.spool()).rejects.toBeInstanceOf(LedgerUnavailable);
    await rename(`${inbox}-away`, inbox);
    await batch.spool();
    batch.append({ entries: entries('unlucky'), steps: [] });
    await batch.write();
    expect(await stored('unlucky')).toMatchObject({ calls: 120, summed: 120 });
  });
});
