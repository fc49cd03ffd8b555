import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatUsd, type LedgerEntry } from '@tokenledger/model';
import { ROLLUPS } from '../src/migrations/all.ts';
import { entryOf, moveOf, NOTHING, stepOf } from './example-entry.ts';
import { openTestLedger, type TestLedger } from './open-test-ledger.ts';

let at: TestLedger;
beforeAll(async () => {
  at = await openTestLedger();
});
afterAll(() => at.stop());

/** Those that sum every call: example calls have no prompt and no run. */
const EVERY_CALL = /^(usage|user|customer)_/;
const TABLES = ['calls', ...ROLLUPS.map(({ create }) => create.table).filter((table) => EVERY_CALL.test(table))];

/** Calls and cost of a tenant, by each table that sums them. */
async function totals(tenant: string): Promise<Record<string, unknown>> {
  const sums = TABLES.map((table) => {
    const [calls, cost] = table === 'calls' ? ['delta_calls', 'delta_cost'] : ['calls', 'cost'];
    return `SELECT '${table}' AS name, toInt32(sum(${calls})) AS calls, toString(sum(${cost})) AS cost FROM ${table} WHERE tenant = '${tenant}'`;
  });
  const rows = await at.query<{ name: string; calls: number; cost: string }>(sums.join(' UNION ALL '));
  return Object.fromEntries(rows.map(({ name, calls, cost }) => [name, { calls, cost }]));
}

const everywhere = (sum: { calls: number; cost: string }) => Object.fromEntries(TABLES.map((table) => [table, sum]));

const entriesOf = (tenant: string, count: number): readonly LedgerEntry[] =>
  Array.from({ length: count }, (_, index) => entryOf({ team: `team ${index % 3}`, timeMs: Date.now() - index * 3_600_000 }, { tenant }));

const costOf = (calls: number) => formatUsd(BigInt(calls) * 3_500_000_000n);

async function writeUntilStored(token: string, entries: readonly LedgerEntry[]): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    try {
      await at.ledger.write({ token, entries, steps: [] });
      return attempt;
    } catch (error) {
      if (attempt > 200) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

describe('the same token counts once, in the table and in every rollup', () => {
  test('written three times, over many partitions', async () => {
    const batch = { token: 'thrice', entries: entriesOf('thrice', 60), steps: [{ tenant: 'thrice', step: stepOf() }] };
    for (let attempt = 0; attempt < 3; attempt++) await at.ledger.write(batch);
    expect(await totals('thrice')).toEqual(everywhere({ calls: 60, cost: costOf(60) }));
    expect(await at.query(`SELECT count() AS steps FROM spans WHERE tenant = 'thrice'`)).toEqual([{ steps: '1' }]);
  });

  test('written twice at the same time', async () => {
    const batch = { token: 'racing', entries: entriesOf('racing', 30), steps: [] };
    await Promise.all([at.ledger.write(batch), at.ledger.write(batch), at.ledger.write(batch)]);
    expect(await totals('racing')).toEqual(everywhere({ calls: 30, cost: costOf(30) }));
  });

  test('two batches with the same rows and their own tokens count twice', async () => {
    const entries = entriesOf('twins', 5);
    await at.ledger.write({ token: 'twin 1', entries, steps: [] });
    await at.ledger.write({ token: 'twin 2', entries, steps: [] });
    expect(await totals('twins')).toEqual(everywhere({ calls: 10, cost: costOf(10) }));
  });

  test('kill -9 of the engine between the attempts', async () => {
    const entries = entriesOf('killed', 20);
    await at.ledger.write({ token: 'killed', entries, steps: [] });
    process.kill(at.engine.pid!, 'SIGKILL');
    await writeUntilStored('killed', entries);
    expect(await totals('killed')).toEqual(everywhere({ calls: 20, cost: costOf(20) }));
  });

  test('kill -9 of the engine in the middle of inserts', async () => {
    const batches = Array.from({ length: 6 }, (_, batch) => ({ token: `storm ${batch}`, entries: entriesOf('storm', 500) }));
    for (const [batch, { token, entries }] of batches.entries()) {
      const written = writeUntilStored(token, entries);
      await new Promise((resolve) => setTimeout(resolve, 5 + batch * 12));
      const { pid } = at.engine;
      if (pid) process.kill(pid, 'SIGKILL');
      await written;
    }
    expect(await totals('storm')).toEqual(everywhere({ calls: 3000, cost: costOf(3000) }));
  }, 180_000);

  test('stored in the table but not in a rollup: the next attempt completes it', async () => {
    const { create } = ROLLUPS[1]!;
    const entries = entriesOf('half', 10);
    await at.client.command({ query: `ALTER TABLE ${create.table} ADD CONSTRAINT full_disk CHECK tenant != 'half'` });
    await expect(at.ledger.write({ token: 'half', entries, steps: [] })).rejects.toMatchObject({ retryable: true });
    await at.client.command({ query: `ALTER TABLE ${create.table} DROP CONSTRAINT full_disk` });
    expect(await totals('half')).toMatchObject({ calls: { calls: 10 }, [create.table]: { calls: 0 } });
    await at.ledger.write({ token: 'half', entries, steps: [] });
    await at.ledger.write({ token: 'half', entries, steps: [] });
    expect(await totals('half')).toEqual(everywhere({ calls: 10, cost: costOf(10) }));
  });
});

describe('sums over entries are right whatever was corrected, and rollups equal them', () => {
  test('a re-pricing, a late attribution and a call found to be a wrapper', async () => {
    const [repriced, moved, wrapper] = [
      entryOf({}, { tenant: 'fixed' }),
      entryOf({ team: undefined }, { tenant: 'fixed' }),
      entryOf({}, { tenant: 'fixed' }),
    ];
    await at.ledger.write({ token: 'fixed 0', entries: [repriced, moved, wrapper], steps: [] });
    await at.ledger.write({
      token: 'fixed 1',
      entries: [
        {
          ...repriced,
          version: 1,
          reason: 'reprice',
          call: { ...repriced.call, cost: 1n },
          delta: { ...NOTHING, cost: 1n - 3_500_000_000n },
        },
        ...moveOf(moved, { team: 'growth', user: 'grace' }),
        moveOf(wrapper, {})[0]!,
      ],
      steps: [],
    });
    expect(await totals('fixed')).toEqual(everywhere({ calls: 2, cost: '0.003500000001' }));
    expect(
      await at.query(`SELECT team, sum(calls) AS calls, sum(cost) AS cost, sum(usage_input_uncached) AS input, sum(usage_output_text) AS output, sumMap(usage_other) AS other, sumMap(latency) AS latency, sumMap(ttft) AS ttft
        FROM usage_1m WHERE tenant = 'fixed' GROUP BY team ORDER BY team`),
    ).toEqual([
      { team: '', calls: '0', cost: '0', input: '0', output: '0', other: {}, latency: { 78: '0' }, ttft: { 56: '0' } },
      {
        team: 'growth',
        calls: '1',
        cost: '0.0035',
        input: '1000',
        output: '100',
        other: {},
        latency: { 78: '1' },
        ttft: { 56: '1' },
      },
      {
        team: 'search',
        calls: '1',
        cost: '0.000000000001',
        input: '1000',
        output: '100',
        other: {},
        latency: { 78: '1' },
        ttft: { 56: '1' },
      },
    ]);
    expect(await at.query(`SELECT user, sum(calls) AS calls FROM user_1d WHERE tenant = 'fixed' GROUP BY user ORDER BY user`)).toEqual([
      { user: 'ada', calls: '1' },
      { user: 'grace', calls: '1' },
    ]);
  });

  test('amounts of one pico-dollar and of 10^25 dollars add up exactly', async () => {
    const cost = 10n ** 37n + 1n;
    const entries = Array.from({ length: 9 }, () =>
      entryOf({ cost, usage: { input_uncached: Number.MAX_SAFE_INTEGER } }, { tenant: 'exact' }),
    );
    await at.ledger.write({ token: 'exact', entries, steps: [] });
    expect(await totals('exact')).toEqual(everywhere({ calls: 9, cost: formatUsd(9n * cost) }));
    const [sum] = await at.query(`SELECT sum(usage_input_uncached) AS input FROM usage_1h WHERE tenant = 'exact'`);
    expect(sum).toEqual({ input: String(9n * BigInt(Number.MAX_SAFE_INTEGER)) });
  });

  test('an entry that adds anything leaves a row in every rollup, and one that adds nothing none', async () => {
    const { charges } = entryOf().delta;
    const adding: Readonly<Record<string, Partial<LedgerEntry['delta']>>> = {
      calls: { calls: 1 },
      requests: { requests: 1 },
      errors: { errors: 1 },
      unpriced: { unpricedCalls: 1 },
      cost: { cost: 1n },
      usage: { usage: { reasoning: 1 } },
      charges: { charges: charges.slice(1) },
      nothing: {},
    };
    const entries = Object.entries(adding).map(([tenant, delta]) =>
      entryOf({}, { tenant: `adds ${tenant}`, delta: { ...NOTHING, ...delta } }),
    );
    await at.ledger.write({ token: 'adds', entries, steps: [] });
    const expected = Object.keys(adding).flatMap((tenant) => (tenant === 'nothing' ? [] : [`adds ${tenant}`]));
    for (const table of TABLES.filter((name) => name !== 'calls')) {
      const found = await at.query<{ tenant: string }>(`SELECT DISTINCT tenant FROM ${table} WHERE tenant LIKE 'adds %'`);
      expect(found.map(({ tenant }) => tenant).toSorted(), table).toEqual(expected.toSorted());
    }
  });

  test('an unpriced call counts as unpriced and costs nothing', async () => {
    const unpriced = entryOf({ cost: null, charges: [], priceStatus: 'unpriced', unpricedReason: 'unknown model' }, { tenant: 'unknown' });
    await at.ledger.write({ token: 'unknown', entries: [unpriced], steps: [] });
    expect(await at.query(`SELECT calls, unpriced_calls, cost FROM usage_1h WHERE tenant = 'unknown'`)).toEqual([
      { calls: '1', unpriced_calls: '1', cost: '0' },
    ]);
    const [stored] = await at.ledger.recall('unknown', { traceIds: [unpriced.call.traceId] });
    expect(stored?.call?.cost).toBeNull();
  });
});
