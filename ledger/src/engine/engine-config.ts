import { writeFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';

export interface EngineLimits {
  /** Memory of all queries, merges and caches together; a query may use three quarters of it. */
  readonly memoryLimitBytes: number;
  /** Reads that run at once. */
  readonly readers: number;
}

/** Half of what the machine or container has, 4 GiB at most. */
export function defaultMemoryLimit(): number {
  const available = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  return Math.min(Math.floor(available / 2), 4 * 2 ** 30);
}

/**
 * A merge holds some granules of each part, of the wide rows of `calls` 7 MiB a part, and those of calls and steps come at the same moment: one runs at a
 * time. Others wait for it, so none is larger than half a minute takes.
 */
const ONE_MERGE = {
  background_pool_size: 1,
  background_merges_mutations_concurrency_ratio: 1,
  merge_tree: {
    max_bytes_to_merge_at_max_space_in_pool: 400 * 2 ** 20,
    // Of parts that stay so large a thousand are many rows, and no sign that merges do not keep up, for which inserts are held back and then refused.
    max_avg_part_size_for_too_many_parts: 50 * 2 ** 20,
    // Buffers of the files it writes begin small: of a merge of calls 100 MiB are counted instead of 350.
    min_columns_to_activate_adaptive_write_buffer: 1,
  },
};

/** A ledger's lookups are short; longer statements are rebuilds and run at most an hour. */
const MAX_EXECUTION_SECONDS = { default: 300, most: 3600 };

/** Table engines that keep their data in the data directory, or none. */
const TABLE_ENGINES =
  'MergeTree ReplacingMergeTree SummingMergeTree AggregatingMergeTree CollapsingMergeTree VersionedCollapsingMergeTree CoalescingMergeTree ' +
  'Memory Null Log TinyLog StripeLog Set Join Buffer Merge GenerateRandom';

/** Everything inside the database; nothing that reaches files, the network, users or the process. */
const GRANTS = [
  'CHECK, SHOW, SELECT, INSERT, ALTER, DROP, UNDROP TABLE, TRUNCATE, OPTIMIZE, KILL QUERY',
  'CREATE DATABASE, CREATE TABLE, CREATE VIEW, CREATE TEMPORARY TABLE, CREATE TEMPORARY VIEW',
  'SYSTEM MERGES, SYSTEM TTL MERGES, SYSTEM MOVES, SYSTEM DROP CACHE, SYSTEM FLUSH, SYSTEM JEMALLOC',
  'INTROSPECTION',
];

/**
 * Writes the engine's configuration into `dir`.
 *
 * Access control is the engine's own: the one user holds `GRANTS`, and limits are constraints that no query can lift.
 * chDB starts from clickhouse-local's defaults, so what a server does differently is set here: implicit_select, timezone.
 *
 * @returns the path for `--config-file`
 */
export function writeEngineConfig(dir: string, limits: EngineLimits): string {
  const usersFile = join(dir, 'users.xml');
  const configFile = join(dir, 'config.xml');
  writeFileSync(usersFile, usersXml(limits), { mode: 0o600 });
  writeFileSync(configFile, serverXml(limits, usersFile), { mode: 0o600 });
  return configFile;
}

function serverXml(limits: EngineLimits, usersFile: string): string {
  const cacheBytes = Math.floor(limits.memoryLimitBytes / 16);
  return xml({
    users_config: usersFile,
    timezone: 'UTC',
    access_control_improvements: { table_engines_require_grant: true },
    max_server_memory_usage: limits.memoryLimitBytes,
    ...ONE_MERGE,
    max_thread_pool_size: 1000,
    // Idle threads beyond these end and give their stacks and arenas back. An insert with its rollups takes some thirty, each time anew if none waits.
    max_thread_pool_free_size: 32,
    max_io_thread_pool_free_size: 0,
    mark_cache_size: cacheBytes,
    primary_index_cache_size: cacheBytes,
    index_mark_cache_size: cacheBytes,
    query_condition_cache_size: 2 ** 24,
    compiled_expression_cache_size: 2 ** 25,
  });
}

function usersXml(limits: EngineLimits): string {
  const queryMemory = Math.floor((limits.memoryLimitBytes / 4) * 3);
  const grants = [...GRANTS, ...TABLE_ENGINES.split(' ').map((engine) => `TABLE ENGINE ON ${engine}`)];
  return xml({
    profiles: {
      default: {
        max_threads: Math.min(availableParallelism(), 8),
        max_memory_usage: queryMemory,
        max_execution_time: MAX_EXECUTION_SECONDS.default,
        // Lists of trace ids travel in the query or its parameters.
        max_query_size: 2 ** 24,
        implicit_select: 0,
        async_insert: 0,
        // Mapped, the data of an insert would count as memory of the process a second time.
        storage_file_read_method: 'pread',
        constraints: {
          max_memory_usage: { min: 1, max: queryMemory },
          max_execution_time: { min: 1, max: MAX_EXECUTION_SECONDS.most },
        },
      },
    },
    quotas: { default: {} },
    users: {
      default: {
        password: '',
        networks: { ip: '::/0' },
        profile: 'default',
        quota: 'default',
        grants: { query: grants.map((grant) => `GRANT ${grant}${grant.startsWith('TABLE ENGINE') ? '' : ' ON *.*'}`) },
      },
    },
  });
}

interface XmlTree {
  readonly [element: string]: string | number | boolean | XmlTree | readonly string[];
}

function xml(tree: XmlTree): string {
  return `<clickhouse>\n${elements(tree)}</clickhouse>\n`;
}

function elements(tree: XmlTree): string {
  return Object.entries(tree)
    .flatMap(([name, value]) => (Array.isArray(value) ? value.map((one) => [name, one] as const) : [[name, value] as const]))
    .map(
      ([name, value]) => `<${name}>${typeof value === 'object' ? `\n${elements(value as XmlTree)}` : escapeXml(String(value))}</${name}>\n`,
    )
    .join('');
}

function escapeXml(text: string): string {
  return text.replace(/[&<>]/g, (char) => `&#${char.charCodeAt(0)};`);
}
