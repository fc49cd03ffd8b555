import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLedger } from '../src/index.ts';
import { MIGRATIONS } from '../src/migrations/all.ts';
import { renderMigration, type Migration } from '../src/migrations/migration.ts';
import { openTestLedger, type TestLedger } from './open-test-ledger.ts';

let at: TestLedger;
beforeAll(async () => {
  at = await openTestLedger({ migrated: false });
});
afterAll(() => at.stop());

/** A database of its own for each test. */
function databaseOf(name: string) {
  const { url, username, password } = at.engine;
  const ledger = openLedger({ url, username, password, database: name });
  const tables = async () =>
    (await at.query<{ name: string }>(`SELECT name FROM system.tables WHERE database = '${name}' ORDER BY name`)).map((row) => row.name);
  const versions = () => at.query(`SELECT version, count() AS times FROM ${name}.schema_migrations GROUP BY version ORDER BY version`);
  return { ledger, tables, versions, [Symbol.asyncDispose]: () => ledger.close() };
}

const next: Migration = {
  version: MIGRATIONS.length + 1,
  name: 'something new',
  changes: [{ table: 'news', columns: '  id UInt8', engine: 'MergeTree', clauses: 'ORDER BY id', shardBy: 'id' }],
};
const broken: Migration = {
  ...next,
  changes: [...next.changes, { table: 'broken', columns: '  id NoSuchType', engine: 'MergeTree', clauses: 'ORDER BY id', shardBy: 'id' }],
};

const ROLLUPS = [
  'customer_1h',
  'prompt_1d',
  'prompt_1ms',
  'quality_1h',
  'run_1h',
  'run_step_1h',
  'step_1h',
  'template_1h',
  'usage_1h',
  'usage_1m',
  'user_1d',
];
const TABLES = [
  'calls',
  'schema_migrations',
  'spans',
  'prompt_feed',
  'prompt_feed_mv',
  'usage_feed',
  'usage_feed_mv',
  ...ROLLUPS.flatMap((table) => [table, `${table}_mv`]),
].toSorted();

describe('migrate', () => {
  test('creates everything once; the second run does nothing', async () => {
    await using db = databaseOf('fresh');
    expect(await db.ledger.migrate()).toMatchObject({ from: 0, to: MIGRATIONS.length });
    expect(await db.tables()).toEqual(TABLES);
    expect(await db.ledger.migrate()).toEqual({ from: MIGRATIONS.length, to: MIGRATIONS.length, statements: [] });
  });

  test('a dry run says what would run and changes nothing', async () => {
    await using db = databaseOf('dry');
    const { statements } = await db.ledger.migrate({ dryRun: true });
    expect(statements).toEqual(MIGRATIONS.flatMap((migration) => renderMigration(migration, { database: 'dry' })));
    expect(await db.tables()).toEqual([]);
  });

  test('five migrators at once: each statement runs once, and the lock is gone', async () => {
    await using db = databaseOf('crowd');
    const results = await Promise.all(Array.from({ length: 5 }, () => db.ledger.migrate()));
    expect(results.filter(({ statements }) => statements.length > 0)).toHaveLength(1);
    expect(await db.versions()).toEqual(MIGRATIONS.map(({ version }) => ({ version, times: '1' })));
    expect(await db.tables()).toEqual(TABLES);
  });

  test('a lock whose holder died is taken over, by one', async () => {
    await using db = databaseOf('orphan');
    await at.client.command({ query: 'CREATE DATABASE orphan ENGINE = Atomic' });
    await at.client.command({ query: `CREATE TABLE orphan.migration_lock (nothing UInt8) ENGINE = Null COMMENT 'dead'` });
    await expect(Promise.all([db.ledger.migrate({ leaseSeconds: 4 }), db.ledger.migrate({ leaseSeconds: 4 })])).resolves.toHaveLength(2);
    expect(await db.versions()).toEqual(MIGRATIONS.map(({ version }) => ({ version, times: '1' })));
    expect(await db.tables()).toEqual(TABLES);
  });

  test('stopped half-way, it says where, and continues at the next run', async () => {
    await using db = databaseOf('half');
    await expect(db.ledger.migrate({ migrations: [...MIGRATIONS, broken] })).rejects.toMatchObject({
      code: 'migration_failed',
      message: expect.stringContaining(`migration ${next.version} (something new) failed`),
    });
    expect(await db.versions()).toEqual(MIGRATIONS.map(({ version }) => ({ version, times: '1' })));
    expect(await db.ledger.migrate({ migrations: [...MIGRATIONS, next] })).toMatchObject({ from: MIGRATIONS.length, to: next.version });
    expect(await db.tables()).toContain('news');
  });

  test('a database that a newer release migrated is refused and left alone', async () => {
    await using db = databaseOf('newer');
    await db.ledger.migrate({ migrations: [...MIGRATIONS, next] });
    await expect(db.ledger.migrate()).rejects.toMatchObject({
      code: 'schema_mismatch',
      retryable: false,
      message: expect.stringContaining(`schema version ${next.version} (something new)`),
    });
    expect(await db.tables()).toEqual(['calls', 'news', ...TABLES.slice(1)].toSorted());
  });

  test('a migration whose text changed after it ran is refused', async () => {
    await using db = databaseOf('edited');
    await db.ledger.migrate({ migrations: [next] });
    await expect(db.ledger.migrate({ migrations: [{ ...next, changes: broken.changes }] })).rejects.toMatchObject({
      code: 'schema_mismatch',
    });
  });
});

test('a ClickHouse that is away can be asked again later', async () => {
  const nowhere = openLedger({ url: 'http://127.0.0.1:1' });
  await expect(nowhere.migrate()).rejects.toMatchObject({ code: 'ledger_unavailable', retryable: true });
  await expect(nowhere.ping()).rejects.toMatchObject({ code: 'ledger_unavailable' });
  await expect(nowhere.recall('acme', { traceIds: ['a'.repeat(32)] })).rejects.toMatchObject({ code: 'ledger_unavailable' });
  await expect(nowhere.reconcile()).rejects.toMatchObject({ code: 'ledger_unavailable' });
  await nowhere.close();
});

describe('one text serves an engine and a cluster', () => {
  const statements = (cluster?: string) =>
    MIGRATIONS.flatMap((migration) => renderMigration(migration, { database: 'tokenledger', cluster }));

  test('on a cluster every table is replicated on its shard and distributed over all', () => {
    expect(statements('main').join(';\n\n')).toMatchSnapshot();
  });

  test('on one engine there is neither', () => {
    expect(statements().join(';\n\n')).toMatchSnapshot();
  });

  test('ClickHouse understands the statements of a cluster', async () => {
    for (const statement of statements('main')) await at.client.command({ query: `EXPLAIN AST ${statement}` });
  });
});
