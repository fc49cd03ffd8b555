import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { entryOf, moveOf } from './example-entry.ts';
import { openTestLedger, type TestLedger } from './open-test-ledger.ts';

let at: TestLedger;
beforeAll(async () => {
  at = await openTestLedger();
});
afterAll(() => at.stop());

const DAY_MS = 86_400_000;
const yesterday = Math.floor(Date.now() / DAY_MS) * DAY_MS - DAY_MS;
/** These tests write just before they compare. */
const quietMs = -60_000;

/** 40 calls of two teams over ten minutes of yesterday, some corrected. */
async function write(tenant: string): Promise<void> {
  const entries = Array.from({ length: 40 }, (_, index) =>
    entryOf({ team: index % 2 ? 'search' : 'growth', timeMs: yesterday + 3_600_000 + index * 15_000 }, { tenant }),
  );
  await at.ledger.write({ token: tenant, entries, steps: [] });
  await at.ledger.write({
    token: `${tenant} moved`,
    entries: entries.slice(0, 5).flatMap((entry) => moveOf(entry, { team: 'late', model: 'gpt-5' })),
    steps: [],
  });
}

const driftOf = async (tenant: string) => (await at.ledger.reconcile({ quietMs })).drift.filter((drift) => drift.tenant === tenant);

describe('reconcile', () => {
  test('finds nothing where views did their work, corrections included', async () => {
    await write('sound');
    expect(await driftOf('sound')).toEqual([]);
  });

  test('finds nothing where a batch came in pieces, each with faces of its own', async () => {
    const batch = at.ledger.openBatch('pieces');
    for (const team of ['search', 'growth', 'support']) {
      batch.append({ entries: [entryOf({ team, timeMs: yesterday }, { tenant: 'pieces' })], steps: [] });
      await batch.spool();
    }
    await batch.write();
    expect(await driftOf('pieces')).toEqual([]);
  });

  test('finds nothing where rows of several batches are put in at once, as from a copy', async () => {
    for (const name of ['one', 'two', 'three'])
      await at.ledger.write({
        token: name,
        entries: [entryOf({ team: name, timeMs: yesterday }, { tenant: `copied ${name}` })],
        steps: [],
      });
    await at.client.command({
      query: `INSERT INTO calls SELECT * REPLACE(concat(tenant, ' again') AS tenant) FROM calls WHERE tenant LIKE 'copied%' ORDER BY tenant`,
    });
    expect(await driftOf('copied one again')).toEqual([]);
    expect(await driftOf('copied two again')).toEqual([]);
  });

  test('finds nothing where entries of one face add different meters', async () => {
    const entries = (['output_text', 'reasoning', 'audio_input'] as const).map((meter, index) => {
      const { delta, ...entry } = entryOf({ timeMs: yesterday }, { tenant: 'meters' });
      return { ...entry, delta: { ...delta, usage: { [meter]: index + 1 }, charges: [] } };
    });
    await at.ledger.write({ token: 'meters', entries, steps: [] });
    expect(await driftOf('meters')).toEqual([]);
    expect(
      await at.query(`SELECT sum(usage_output_text) AS text, sum(usage_reasoning) AS thought FROM usage_1m WHERE tenant = 'meters'`),
    ).toEqual([{ text: '1', thought: '2' }]);
  });

  test('entries of many faces that have the keys of a rollup in common leave one row in it', async () => {
    const entries = Array.from({ length: 50 }, (_, index) =>
      entryOf({ timeMs: yesterday, finishReasons: [`reason ${index}`] }, { tenant: 'many faces' }),
    );
    await at.ledger.write({ token: 'many faces', entries, steps: [] });
    const rows = ['usage_1m', 'usage_1h', 'quality_1h'].map((table) =>
      at.query(`SELECT count() AS rows, sum(calls) AS calls FROM ${table} WHERE tenant = 'many faces'`),
    );
    expect(await Promise.all(rows)).toEqual(rows.map(() => [{ rows: '1', calls: '50' }]));
    expect(await driftOf('many faces')).toEqual([]);
  });

  test('finds what a rollup lacks and what it has too much of, to the bucket, and repairs both once', async () => {
    await write('damaged');
    await at.client.command({ query: `ALTER TABLE usage_1h DELETE WHERE tenant = 'damaged' SETTINGS mutations_sync = 2` });
    await at.client.command({
      query: `INSERT INTO usage_1m (tenant, time, team, calls, cost) VALUES ('damaged', toDateTime(${yesterday / 1000}, 'UTC'), 'ghost', 3, 0.5)`,
    });
    expect(await driftOf('damaged')).toEqual([
      { table: 'usage_1m', tenant: 'damaged', timeMs: yesterday, missingCalls: -3, missingCost: -500_000_000_000n },
      { table: 'usage_1h', tenant: 'damaged', timeMs: yesterday + 3_600_000, missingCalls: 40, missingCost: 40n * 3_500_000_000n },
    ]);
    expect(await at.ledger.reconcile({ quietMs, repair: true })).toMatchObject({ repaired: true });
    expect(await driftOf('damaged')).toEqual([]);
    expect(await at.ledger.reconcile({ quietMs, repair: true })).toEqual({ drift: [], repaired: false });
    const [sum] = await at.query(
      `SELECT sum(calls) AS calls, sum(cost) AS cost, sum(usage_input_uncached) AS input, sumMap(latency) AS latency FROM usage_1h WHERE tenant = 'damaged'`,
    );
    expect(sum).toEqual({ calls: '40', cost: '0.14', input: '40000', latency: { 78: '40' } });
  });

  test('what sums of a millisecond lack is told by the hour, left alone while it is young, and repaired to the millisecond', async () => {
    const times = [1, 2, 3_600_003].map((ms) => yesterday + ms);
    const entries = times.map((timeMs) => entryOf({ timeMs, promptFingerprint: 'p' }, { tenant: 'moments' }));
    await at.ledger.write({ token: 'moments', entries, steps: [] });
    expect(await driftOf('moments')).toEqual([]);
    await at.client.command({ query: `ALTER TABLE prompt_1ms DELETE WHERE tenant = 'moments' SETTINGS mutations_sync = 2` });
    expect(await driftOf('moments')).toMatchObject([
      { table: 'prompt_1ms', timeMs: yesterday, missingCalls: 2 },
      { table: 'prompt_1ms', timeMs: yesterday + 3_600_000, missingCalls: 1 },
    ]);
    expect((await at.ledger.reconcile()).drift.filter(({ tenant }) => tenant === 'moments')).toEqual([]);
    await at.ledger.reconcile({ quietMs, repair: true });
    expect(
      await at.query(`SELECT toUnixTimestamp64Milli(time) AS ms FROM prompt_1ms FINAL WHERE tenant = 'moments' ORDER BY time`),
    ).toEqual(times.map((ms) => ({ ms: String(ms) })));
  });

  test('a call in the last second before the end of what is compared is one of its entries', async () => {
    const toMs = yesterday + 7_200_000;
    await at.ledger.write({
      token: 'last',
      entries: [entryOf({ timeMs: toMs - 1, promptFingerprint: 'p' }, { tenant: 'last' })],
      steps: [],
    });
    const { drift } = await at.ledger.reconcile({ quietMs, toMs });
    expect(drift.filter(({ tenant }) => tenant === 'last')).toEqual([]);
  });

  test('the same damage twice is repaired twice', async () => {
    await write('again');
    for (let damage = 0; damage < 2; damage++) {
      await at.client.command({ query: `ALTER TABLE user_1d DELETE WHERE tenant = 'again' SETTINGS mutations_sync = 2` });
      await at.ledger.reconcile({ quietMs, repair: true });
      expect(await at.query(`SELECT sum(calls) AS calls FROM user_1d WHERE tenant = 'again'`)).toEqual([{ calls: '40' }]);
    }
  });

  test('a meter that differs is drift, although calls and cost agree', async () => {
    const columns = { cost_input_uncached: '1', usage_input_uncached: '1', cost_other: "map('images', 1)", latency: 'map(78, 1)' };
    for (const [column, value] of Object.entries(columns)) {
      await write(column);
      await at.client.command({
        query: `INSERT INTO usage_1h (tenant, time, ${column}) VALUES ('${column}', toDateTime(${yesterday / 1000}, 'UTC'), ${value})`,
      });
    }
    const { drift } = await at.ledger.reconcile({ quietMs });
    for (const column of Object.keys(columns)) {
      expect(drift.filter(({ tenant }) => tenant === column)).toMatchObject([{ table: 'usage_1h', missingCalls: 0, missingCost: 0n }]);
    }
  });

  test('leaves alone what is still open or was written a moment ago', async () => {
    await write('young');
    await at.client.command({ query: `ALTER TABLE usage_1h DELETE WHERE tenant = 'young' SETTINGS mutations_sync = 2` });
    const { drift } = await at.ledger.reconcile();
    expect(drift.filter(({ tenant }) => tenant === 'young')).toEqual([]);
    expect(await driftOf('young')).toHaveLength(1);
    await at.ledger.write({ token: 'now', entries: [entryOf({ timeMs: Date.now() }, { tenant: 'open' })], steps: [] });
    await at.client.command({ query: `ALTER TABLE usage_1h DELETE WHERE tenant = 'open' SETTINGS mutations_sync = 2` });
    expect(await driftOf('open')).toEqual([]);
  });
});

test('steps of many hours are compared in the memory that those of one take', async () => {
  const small = await openTestLedger({ memoryLimitBytes: 400 * 2 ** 20 });
  onTestFinished(() => small.stop());
  await small.client.command({
    query: `INSERT INTO spans (tenant, time, received_time, recorded_at, trace_id, span_id, name, status, kind)
SELECT 'many', fromUnixTimestamp64Milli(${yesterday} + number * 50, 'UTC') AS time, time, time, reinterpretAsUUID(toUInt128(number)), number + 1, 'search', 'ok', 'tool'
FROM numbers(1700000)`,
  });
  expect((await small.ledger.reconcile({ quietMs })).drift).toEqual([]);
});
