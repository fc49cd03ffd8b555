/** What the engine child inherits: where programs and temporary files are, and nothing secret. */
const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'LD_LIBRARY_PATH'];

/** @param threads every running statement occupies a libuv thread; file and zlib work must find free ones */
export function childEnvironment(threads: number): NodeJS.ProcessEnv {
  const inherited = INHERITED.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(inherited), UV_THREADPOOL_SIZE: String(threads) };
}
