/** What the engine child inherits: where programs and temporary files are, and nothing secret. */
const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'LD_LIBRARY_PATH'];

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
  };
}
