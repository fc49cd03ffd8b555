import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClickHouseError, type ClickHouseClient } from '@clickhouse/client';
import { LedgerUnavailable } from '../errors.ts';
import { onCluster, quoteText, tableName, type Topology } from './migration.ts';

/** A holder that has not renewed for so long is dead. Ages are measured by the server's clock alone. */
const LEASE_SECONDS = 15;
const POLL_MS = 200;
const PATIENCE_MS = 120_000;

export interface LockOptions {
  /** Of the table that is the lock. */
  readonly name: string;
  readonly leaseSeconds?: number | undefined;
  /** How long to wait for another holder. */
  readonly patienceMs?: number | undefined;
}

/** Somebody else holds the lock. */
export class LockHeld extends LedgerUnavailable {}

/**
 * Runs `work` while nobody else holds the lock. ClickHouse has no locks, but of two `CREATE TABLE` one fails: the table is the
 * lock, its comment is the holder. A dead holder's lock is moved to a name made from that holder, which also succeeds once.
 */
export async function withLock<T>(client: ClickHouseClient, topology: Topology, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const holder = randomUUID().replaceAll('-', '');
  const { leaseSeconds = LEASE_SECONDS } = options;
  const { database, cluster } = topology;
  const lock = `${tableName(database, options.name)}${onCluster(cluster)}`;
  await acquire(client, topology, holder, options);
  const renewal = setInterval(
    () => {
      client.command({ query: `ALTER TABLE ${lock} MODIFY COMMENT ${quoteText(holder)}` }).catch(() => {
        // A renewal that failed is made good by the next; the lease holds for three.
      });
    },
    (leaseSeconds * 1000) / 3,
  );
  try {
    return await work();
  } finally {
    clearInterval(renewal);
    if ((await readLock(client, database, options.name))?.holder === holder)
      await client.command({ query: `DROP TABLE IF EXISTS ${lock}` });
  }
}

async function acquire(
  client: ClickHouseClient,
  { database, cluster }: Topology,
  holder: string,
  { name, leaseSeconds = LEASE_SECONDS, patienceMs = PATIENCE_MS }: LockOptions,
): Promise<void> {
  const deadline = Date.now() + patienceMs;
  const lock = tableName(database, name);
  while (!(await created(client, `${lock}${onCluster(cluster)}`, holder))) {
    const held = await readLock(client, database, name);
    if (held && held.ageSeconds > leaseSeconds) {
      const broken = tableName(database, `${name}_broken_${held.holder}`);
      await client.command({ query: `RENAME TABLE ${lock} TO ${broken}${onCluster(cluster)}` }).then(
        () => client.command({ query: `DROP TABLE IF EXISTS ${broken}${onCluster(cluster)}` }),
        () => undefined,
      );
    } else if (Date.now() >= deadline) {
      throw new LockHeld(`another process has held the ${name} of ${database} for ${patienceMs / 1000} s`);
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
  name: string,
): Promise<{ readonly holder: string; readonly ageSeconds: number } | undefined> {
  const result = await client.query({
    query: `SELECT comment AS holder, toUInt32(greatest(0, dateDiff('second', metadata_modification_time, now()))) AS ageSeconds
FROM system.tables WHERE database = {database:String} AND name = {name:String}`,
    query_params: { database, name },
    format: 'JSONEachRow',
  });
  const rows = await result.json<{ holder: string; ageSeconds: number }>();
  return rows[0];
}
