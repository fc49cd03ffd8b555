import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';

const VIEWER = fileURLToPath(new URL('../../grafana/viewer/', import.meta.url));

/**
 * Builds the dashboards viewer in the background where it is missing: its libraries are 450 MB, needed once and only to build, so they are
 * no part of the install. Only under npm (`npm start`, `npm run demo`), which is then known to be there; a failure costs the viewer and
 * nothing else.
 */
export function buildViewerOnce(npm: string | undefined, log: Logger): () => Promise<void> {
  if (npm === undefined || existsSync(`${VIEWER}dist/index.html`) || !existsSync(`${VIEWER}package.json`)) return async () => undefined;
  let child: ChildProcess | undefined;
  let isStopped = false;
  const run = (...args: readonly string[]) =>
    new Promise<boolean>((resolve) => {
      child = spawn(process.execPath, [npm, '--prefix', VIEWER, ...args], { stdio: 'ignore', cwd: VIEWER });
      child.once('error', () => resolve(false));
      child.once('exit', (code) => resolve(code === 0));
    });
  log.info('building the dashboards viewer in the background, once');
  const building = (async () => {
    const built = (await run('ci', '--ignore-scripts', '--no-audit')) && !isStopped && (await run('run', 'build'));
    if (built) log.info('the dashboards viewer is built: reload the page');
    else if (!isStopped) log.warn('the dashboards viewer could not be built; everything else works (grafana/viewer/README.md)');
  })();
  return async () => {
    isStopped = true;
    // What it has done is done again by the next start; nobody waits for an install at a stop.
    child?.kill('SIGKILL');
    await building;
  };
}
