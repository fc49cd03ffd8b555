import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClickHouseError, type ClickHouseClient } from '@clickhouse/client';
import { LedgerUnavailable } from '../errors.ts';
import { onCluster, quoteText, tableName, type Topology } from './migration.ts';

const LOCK = 'migration_lock';
/** A holder that has not renewed for so long is dead. Ages are measured by the server's clock alone. */
export const LEASE_SECONDS = 15;
const RENEW_MS = 5_000;
const POLL_MS = 200;
const PATIENCE_MS = 120_000;

/**
 * Runs `work` while no other migrator runs. ClickHouse has no locks, but of two `CREATE TABLE` one fails: the table is the
 * lock, its comment is the holder. A dead holder's lock is moved to a name made from that holder, which also succeeds once.
 */
export async function withMigrationLock<T>(
  client: ClickHouseClient,
  topology: Topology,
  leaseSeconds: number,
  work: () => Promise<T>,
): Promise<T> {
  const holder = randomUUID().replaceAll('-', '');
  const { database, cluster } = topology;
  const lock = `${tableName(database, LOCK)}${onCluster(cluster)}`;
  await acquire(client, topology, holder, leaseSeconds);
  const renewal = setInterval(() => {
    client.command({ query: `ALTER TABLE ${lock} MODIFY COMMENT ${quoteText(holder)}` }).catch(() => {
      // A renewal that failed is made good by the next; the lease holds for three.
    });
  }, RENEW_MS);
  try {
    return await work();
  } finally {
    clearInterval(renewal);
    if ((await readLock(client, database))?.holder === holder) await client.command({ query: `DROP TABLE IF EXISTS ${lock}` });
  }
}

async function acquire(client: ClickHouseClient, { database, cluster }: Topology, holder: string, leaseSeconds: number): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  const lock = tableName(database, LOCK);
  while (!(await created(client, `${lock}${onCluster(cluster)}`, holder))) {
    const held = await readLock(client, database);
    if (held && held.ageSeconds > leaseSeconds) {
      const broken = tableName(database, `${LOCK}_broken_${held.holder}`);
      await client.command({ query: `RENAME TABLE ${lock} TO ${broken}${onCluster(cluster)}` }).then(
        () => client.command({ query: `DROP TABLE IF EXISTS ${broken}${onCluster(cluster)}` }),
        () => undefined,
      );
    } else if (Date.now() > deadline) {
      throw new LedgerUnavailable(`another migration of ${database} has been running for ${PATIENCE_MS / 1000} s`);
    } else {
      await sleep(POLL_MS);
    }
  }
}

const TABLE_ALREADY_EXISTS = '57';

async function created(client: ClickHouseClient, lock: string, holder: string): Promise<boolean> {
  try {
    await client.command({ query: `CREATE TABLE ${lock} (nothing UInt8) ENGINE = Null COMMENT ${quoteText(holder)}` });
    return true;
  } catch (error) {
    if (error instanceof ClickHouseError && error.code === TABLE_ALREADY_EXISTS) return false;
    throw error;
  }
}

async function readLock(
  client: ClickHouseClient,
  database: string,
): Promise<{ readonly holder: string; readonly ageSeconds: number } | undefined> {
  const result = await client.query({
    query: `SELECT comment AS holder, toUInt32(greatest(0, dateDiff('second', metadata_modification_time, now()))) AS ageSeconds
FROM system.tables WHERE database = {database:String} AND name = '${LOCK}'`,
    query_params: { database },
    format: 'JSONEachRow',
  });
  const rows = await result.json<{ holder: string; ageSeconds: number }>();
  return rows[0];
}
