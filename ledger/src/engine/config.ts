import { availableParallelism } from 'node:os';

/** What the engine child inherits: where programs and temporary files are, and nothing secret. */
const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'LD_LIBRARY_PATH'];

/**
 * What ClickHouse's own jemalloc keeps of freed memory, told by the one name it listens to: for a second instead of five, in which several inserts would
 * leave theirs, and in an arena for two processors instead of one for each, so that more of it is found again.
 */
const CLICKHOUSE_MALLOC = `dirty_decay_ms:1000,percpu_arena:disabled,narenas:${Math.ceil(availableParallelism() / 2)}`;

export interface ChildNeeds {
  /** Every running statement occupies a libuv thread; file and zlib work must find free ones. */
  readonly threads: number;
  /** With compiled modules at hand Node does not load its TypeScript compiler: 36 MB less, and a quicker start. */
  readonly compileCacheDir: string;
}

export function childEnvironment({ threads, compileCacheDir }: ChildNeeds): NodeJS.ProcessEnv {
  const inherited = INHERITED.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(inherited),
    UV_THREADPOOL_SIZE: String(threads),
    NODE_COMPILE_CACHE: compileCacheDir,
    // Many threads each with an arena of their own keep freed memory from the system.
    MALLOC_ARENA_MAX: '2',
    JE_MALLOC_CONF: CLICKHOUSE_MALLOC,
  };
}
