import { createHash } from 'node:crypto';
import { ClickHouseError, type ClickHouseClient } from '@clickhouse/client';
import { MigrationFailed, SchemaMismatch } from '../errors.ts';
import { MIGRATIONS } from './all.ts';
import { withLock } from './lock.ts';
import { onCluster, quoteText, renderCreateDatabase, renderMigration, tableName, type Migration, type Topology } from './migration.ts';

export interface MigrateOptions {
  /** Only say which statements would run. */
  readonly dryRun?: boolean | undefined;
  readonly migrations?: readonly Migration[] | undefined;
  /** After how long without a sign of life another migrator counts as dead. */
  readonly leaseSeconds?: number | undefined;
  /** Runs after the statements of a migration and before it counts as applied, unless the database is new. Can run twice. */
  readonly fill?: ((migration: Migration) => Promise<void>) | undefined;
}

export interface MigrateResult {
  /** Schema version before; 0 is an empty database. */
  readonly from: number;
  readonly to: number;
  /** What ran or, with `dryRun`, what would run. */
  readonly statements: readonly string[];
}

/**
 * Brings the database to the newest schema. Two migrators at once: one waits for the other. Stopped half-way, it continues at
 * the next run. Throws `SchemaMismatch` and changes nothing when the database is newer than this code or was migrated by other texts.
 * `client` must not be bound to the database, which may not exist yet.
 */
export async function migrate(client: ClickHouseClient, topology: Topology, options: MigrateOptions = {}): Promise<MigrateResult> {
  const migrations = options.migrations ?? MIGRATIONS;
  const before = plan(migrations, await readApplied(client, topology));
  const to = Math.max(0, ...migrations.map(({ version }) => version));
  if (before.pending.length === 0) return { from: before.from, to, statements: [] };
  if (options.dryRun)
    return { from: before.from, to, statements: before.pending.flatMap((migration) => renderMigration(migration, topology)) };

  await run(client, renderCreateDatabase(topology), 'creating the database');
  return withLock(client, topology, { name: 'migration_lock', leaseSeconds: options.leaseSeconds }, async () => {
    await run(client, renderVersionTable(topology), 'creating the version table');
    const { from, pending } = plan(migrations, await readApplied(client, topology));
    const statements: string[] = [];
    for (const migration of pending) {
      for (const statement of renderMigration(migration, topology)) {
        await run(client, statement, `migration ${migration.version} (${migration.name})`);
        statements.push(statement);
      }
      if (from > 0) await options.fill?.(migration);
      await recordApplied(client, topology, migration);
    }
    return { from, to, statements };
  });
}

interface Applied {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
}

/** What is still to do, or why nothing can be done. */
function plan(
  migrations: readonly Migration[],
  applied: readonly Applied[],
): { readonly from: number; readonly pending: readonly Migration[] } {
  const known = new Map(migrations.map((migration) => [migration.version, migration]));
  for (const { version, name, checksum } of applied) {
    const migration = known.get(version);
    if (!migration)
      throw new SchemaMismatch(
        `the database has schema version ${version} (${name}), which this Tokenledger does not know: run a newer Tokenledger; there is no way back`,
      );
    if (checksumOf(migration) !== checksum)
      throw new SchemaMismatch(
        `schema version ${version} was created by another text (${name}, ${checksum}) than this Tokenledger has (${checksumOf(migration)})`,
      );
  }
  const done = new Set(applied.map(({ version }) => version));
  return { from: Math.max(0, ...done), pending: migrations.filter(({ version }) => !done.has(version)) };
}

const VERSIONS = 'schema_migrations';

function checksumOf(migration: Migration): string {
  const text = renderMigration(migration, { database: 'tokenledger' }).join('\n');
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** On a cluster one replicated table for all shards, so that every node knows the version. */
function renderVersionTable({ database, cluster }: Topology): string {
  const path = quoteText(`/clickhouse/tables/${database}/${VERSIONS}`);
  const engine = cluster ? `ReplicatedMergeTree(${path}, '{shard}-{replica}')` : 'MergeTree';
  return `CREATE TABLE IF NOT EXISTS ${tableName(database, VERSIONS)}${onCluster(cluster)} (
  version UInt32,
  name String,
  checksum String,
  applied_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
) ENGINE = ${engine}
ORDER BY version
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`;
}

async function readApplied(client: ClickHouseClient, { database }: Topology): Promise<readonly Applied[]> {
  const exists = await client.query({
    query: `SELECT name FROM system.tables WHERE database = {database:String} AND name = '${VERSIONS}'`,
    query_params: { database },
    format: 'JSONEachRow',
  });
  if ((await exists.json()).length === 0) return [];
  const result = await client.query({
    query: `SELECT version, any(name) AS name, any(checksum) AS checksum FROM ${tableName(database, VERSIONS)} GROUP BY version ORDER BY version`,
    format: 'JSONEachRow',
  });
  return result.json<Applied>();
}

async function recordApplied(client: ClickHouseClient, { database }: Topology, migration: Migration): Promise<void> {
  const values = [migration.version, quoteText(migration.name), quoteText(checksumOf(migration))].join(', ');
  await run(client, `INSERT INTO ${tableName(database, VERSIONS)} (version, name, checksum) VALUES (${values})`, 'recording the version');
}

async function run(client: ClickHouseClient, query: string, what: string): Promise<void> {
  try {
    await client.command({ query });
  } catch (cause) {
    // Only what ClickHouse itself says is about the statement; the rest is about the way to it.
    if (!(cause instanceof ClickHouseError)) throw cause;
    throw new MigrationFailed(`${what} failed: ${cause.message}\n${query}`, { cause });
  }
}
