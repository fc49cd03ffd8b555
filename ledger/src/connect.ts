import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import type { TenantId } from '@tokenledger/model';
import { LedgerUnavailable, unavailable } from './errors.ts';
import { LockHeld, withLock } from './migrations/lock.ts';
import { migrate, type MigrateOptions, type MigrateResult } from './migrations/migrate.ts';
import type { Migration, Topology } from './migrations/migration.ts';
import { callsOfPeriod, tenantsOfPeriod, type Period, type PeriodPage, type PeriodQuery } from './period-calls.ts';
import { newestMs } from './newest.ts';
import { createTenantReader, type TenantReader } from './read/tenant-reader.ts';
import { recall, type RecallQuery, type StoredSpan } from './recall.ts';
import { fillRollup, reconcile, type ReconcileOptions, type ReconcileReport } from './reconcile.ts';
import { postedEntries, sharedTraces, type PostedEntry, type SharedQuery, type SharedTrace } from './settling.ts';
import { readShards } from './write/shard-of.ts';
import { SpareBlocks } from './write/spare-blocks.ts';
import { openBatch, type OpenBatch, writeBatch, type WriteBatch } from './write/write-batch.ts';

export interface LedgerOptions {
  /** Of ClickHouse's HTTP interface, embedded or a server's. */
  readonly url: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly database?: string | undefined;
  /** Name of the ClickHouse cluster that tables are spread over; absent for one engine or server. */
  readonly cluster?: string | undefined;
  /** Of an embedded engine: see `Engine`. */
  readonly inbox?: string | undefined;
}

/** Methods throw `LedgerError`s; `retryable` tells which can succeed later. */
export interface Ledger {
  readonly migrate: (options?: MigrateOptions) => Promise<MigrateResult>;
  /** Throws `LedgerUnavailable` unless ClickHouse answers a query. */
  readonly ping: () => Promise<void>;
  readonly write: (batch: WriteBatch) => Promise<void>;
  /** For large batches: rows are encoded as they come, and need not be held until they are written. */
  readonly openBatch: (token: string) => OpenBatch;
  readonly recall: (tenant: TenantId, query: RecallQuery) => Promise<readonly StoredSpan[]>;
  /** When the latest call or step it holds began, epoch milliseconds; 0 when it is empty. */
  readonly newestMs: () => Promise<number>;
  /** Who has calls in a period: for the operator's own jobs, not for answers to a tenant. */
  readonly tenantsOfPeriod: (period: Period) => Promise<readonly TenantId[]>;
  /** The calls of a period, whole and in their newest version, page by page: what re-pricing starts from. */
  readonly callsOfPeriod: (tenant: TenantId, query: PeriodQuery) => Promise<PeriodPage>;
  /** The traces that several collectors wrote at about the same time, and what each of them posted: see the collector's `settle/`. */
  readonly sharedTraces: (query: SharedQuery) => Promise<readonly SharedTrace[]>;
  readonly postedEntries: (tenant: TenantId, traceIds: readonly string[]) => Promise<readonly PostedEntry[]>;
  /** Runs `work` unless another process runs work of this name; false then. */
  readonly exclusively: (name: string, work: () => Promise<void>) => Promise<boolean>;
  /** The only way to answer a tenant; every answer is of this tenant alone. */
  readonly forTenant: (tenant: TenantId) => TenantReader;
  /** The conservation check: rollups against entries. */
  readonly reconcile: (options?: ReconcileOptions) => Promise<ReconcileReport>;
  readonly close: () => Promise<void>;
}

/** Longer than any insert should take; what is cut off is repeated with its token. */
const REQUEST_TIMEOUT_MS = 120_000;

/** Connects lazily: nothing is sent before the first call. */
export function openLedger({ url, username, password, database = 'tokenledger', cluster, inbox }: LedgerOptions): Ledger {
  const shared = {
    url,
    username: username ?? 'default',
    password: password ?? '',
    application: 'tokenledger',
    request_timeout: REQUEST_TIMEOUT_MS,
    // Errors are thrown, and whoever catches them logs.
    log: { level: ClickHouseLogLevel.OFF },
  };
  const client = createClient({ ...shared, database });
  /** Not bound to our database, which may not exist yet. */
  const anywhere = createClient({ ...shared, database: 'system' });
  let known: readonly number[] | undefined;
  /** Read once: while a process lives, a batch it repeats goes where it went. */
  const shards = async () => (known ??= cluster ? await shardsOf(anywhere, cluster) : []);
  const target = { client, shards, inbox, spare: new SpareBlocks() };
  return {
    migrate: async (options) => {
      try {
        const fill = async ({ rollups = [] }: Migration) => {
          for (const rollup of rollups) await fillRollup(client, rollup);
        };
        return await migrate(anywhere, { database, cluster }, { fill, ...options });
      } catch (cause) {
        throw unavailable('cannot migrate', cause);
      }
    },
    ping: async () => {
      const answer = await anywhere.ping({ select: true });
      if (!answer.success) throw unavailable('ClickHouse does not answer', answer.error);
    },
    write: (batch) => writeBatch(target, batch),
    openBatch: (token) => openBatch(target, token),
    recall: (tenant, query) => recall(client, tenant, query),
    newestMs: () => newestMs(client),
    tenantsOfPeriod: (period) => tenantsOfPeriod(client, period),
    callsOfPeriod: (tenant, query) => callsOfPeriod(client, tenant, query),
    sharedTraces: (query) => sharedTraces(client, query),
    postedEntries: (tenant, traceIds) => postedEntries(client, tenant, traceIds),
    exclusively: (name, work) => exclusively(anywhere, { database, cluster }, name, work),
    forTenant: (tenant) => createTenantReader(client, tenant),
    reconcile: (options) => reconcile(client, options),
    close: async () => {
      await Promise.all([client.close(), anywhere.close()]);
    },
  };
}

async function shardsOf(client: ClickHouseClient, cluster: string): Promise<readonly number[]> {
  try {
    const shards = await readShards(client, cluster);
    if (shards.length === 0) throw new LedgerUnavailable(`ClickHouse knows no cluster ${cluster}`);
    return shards;
  } catch (cause) {
    throw unavailable('cannot read the shards', cause);
  }
}

async function exclusively(client: ClickHouseClient, topology: Topology, name: string, work: () => Promise<void>): Promise<boolean> {
  try {
    await withLock(client, topology, { name: `${name}_lock`, patienceMs: 0 }, work);
    return true;
  } catch (cause) {
    if (cause instanceof LockHeld) return false;
    throw unavailable(`cannot do ${name} alone`, cause);
  }
}
