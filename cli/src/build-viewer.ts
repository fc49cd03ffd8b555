import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';

const VIEWER = fileURLToPath(new URL('../../grafana/viewer/', import.meta.url));

export interface ViewerBuild {
  /** What is being done now, in words; absent while nothing is. */
  readonly progress: () => string | undefined;
  /** Settles when nothing is left to do. */
  readonly done: Promise<'there' | 'built' | 'failed' | 'not asked for'>;
  readonly stop: () => Promise<void>;
}

interface Step {
  readonly says: string;
  readonly npm: readonly string[];
}

const INSTALL: Step = {
  says: 'installing the libraries of the dashboards, 450 MB, once',
  npm: ['ci', '--ignore-scripts', '--no-audit', '--no-fund'],
};
const BUNDLE: Step = { says: 'bundling the dashboards', npm: ['run', 'build'] };

/**
 * Builds the dashboards viewer in the background where it is missing or older than its source: its libraries are needed only to build it, so they are no part
 * of the install. Only under npm (`npm start`, `npm run demo`), which is then known to be there. A failure costs the viewer and nothing else.
 */
export function buildViewerOnce(npm: string | undefined, log: Logger, folder = VIEWER): ViewerBuild {
  if (npm === undefined || !existsSync(join(folder, 'package.json'))) return settled('not asked for');
  if (isBuilt(folder)) return settled('there');
  let child: ChildProcess | undefined;
  let isStopped = false;
  let step: Step | undefined;
  const startedMs = Date.now();
  const seconds = () => Math.round((Date.now() - startedMs) / 1000);
  const run = ({ npm: args }: Step) =>
    new Promise<boolean>((resolve) => {
      // In a process group of its own: Ctrl-C reaches only us, and `stop` ends the whole group.
      child = spawn(process.execPath, [npm, '--prefix', folder, ...args], { stdio: 'ignore', cwd: folder, detached: true });
      child.once('error', () => resolve(false));
      child.once('exit', (code) => resolve(code === 0));
    });
  const build = async () => {
    for (const next of isInstalled(folder) ? [BUNDLE] : [INSTALL, BUNDLE]) {
      step = next;
      log.info(next.says);
      if (isStopped || !(await run(next))) {
        step = undefined;
        if (!isStopped) log.warn('the dashboards viewer could not be built; everything else works (grafana/viewer/README.md)');
        return 'failed' as const;
      }
    }
    step = undefined;
    log.info(`the dashboards are ready, after ${String(seconds())} s`);
    return 'built' as const;
  };
  const done = build();
  return {
    progress: () => step && `${step.says} (${String(seconds())} s)`,
    done,
    async stop() {
      isStopped = true;
      // A stop does not wait for an install; the next start begins it again.
      if (child) killGroup(child);
      await done;
    },
  };
}

function killGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, 'SIGKILL');
}

const settled = (how: 'there' | 'not asked for'): ViewerBuild => ({
  progress: () => undefined,
  done: Promise.resolve(how),
  stop: async () => undefined,
});

/** The times of folders count too: they change when a file is removed. */
function isBuilt(folder: string): boolean {
  const source = readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' }).map((name) => join('src', name));
  const changes = ['build.ts', 'package-lock.json', 'src', ...source].map((path) => changedMs(folder, path));
  return changedMs(folder, 'dist/index.html') > Math.max(...changes);
}

const isInstalled = (folder: string) => changedMs(folder, 'node_modules/.package-lock.json') > changedMs(folder, 'package-lock.json');

/** 0: no such file. */
function changedMs(folder: string, path: string): number {
  return statSync(join(folder, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
