import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const APPS = join(dirname(fileURLToPath(import.meta.url)), 'apps');

export interface AppRun {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface AppOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Node to run it with. */
  readonly node?: string;
  readonly cwd?: string;
  readonly onStdout?: (text: string, kill: (signal: NodeJS.Signals) => void) => unknown;
}

/** Runs an app as a user would: a process of its own. */
export function runApp(args: readonly string[], options: AppOptions = {}): Promise<AppRun> {
  const child = spawn(options.node ?? process.execPath, args, {
    cwd: options.cwd ?? APPS,
    // At its end an app waits for the collector only so long, which on a busy machine is not long.
    env: { PATH: process.env['PATH'], OTEL_EXPORTER_OTLP_TIMEOUT: '20000', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    options.onStdout?.(stdout, (signal) => child.kill(signal));
  });
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ stdout, stderr, code, signal }));
  });
}
