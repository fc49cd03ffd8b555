/** What the parent knows of its engine child: ready, ended, hanging, and why it did not start. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { FromChild, ToChild } from './messages.ts';

const START_TIMEOUT_MS = 120_000;
/** Beats without an answer after which a child counts as hanging. */
const MISSES = 3;

/** Resolves with the port of a child that is ready; rejects if it never will be. */
export function ready(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    const timeout = setTimeout(() => reject(new Error('it took too long')), START_TIMEOUT_MS);
    child.on('message', (message: FromChild) => {
      if (message.type === 'beat') return;
      clearTimeout(timeout);
      if (message.type === 'ready') resolve(message.port);
      else reject(new Error(message.reason));
    });
    child.on('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timeout);
      reject(new Error(`it ended with ${signal ?? code}`));
    });
  });
}

/** Gone, or never begun. */
export function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

/** Kills a child and waits until it is gone and all it said has arrived. */
export async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
}

/** The native library tells its reasons on stderr only; the last lines are kept. */
export function collectProblems(child: ChildProcess): string[] {
  const lines: string[] = [];
  if (child.stderr === null) return lines;
  createInterface({ input: child.stderr }).on('line', (line) => {
    lines.push(line);
    if (lines.length > 20) lines.shift();
  });
  return lines;
}

/** The engine could not be started at all. */
export class EngineStartError extends Error {
  override readonly name = 'EngineStartError';
}

export class DataDirInUseError extends EngineStartError {}

export function startProblem(dataDir: string, problems: readonly string[], cause: unknown): EngineStartError {
  if (problems.some((line) => line.includes('Cannot lock file')))
    return new DataDirInUseError(`The data directory ${dataDir} is in use by another engine.`);
  const reason = problems.findLast((line) => line.includes('Exception')) ?? (cause instanceof Error ? cause.message : String(cause));
  return new EngineStartError(`The engine did not start in ${dataDir}: ${reason}`);
}

/** Asks for a sign of life in regular beats; counts missed ones, so that a pause of this process is no hang of the child. */
export function watchForHang(child: ChildProcess, timeoutMs: number, onHang: () => void): NodeJS.Timeout {
  let missed = 0;
  child.on('message', (message: FromChild) => {
    if (message.type === 'beat') missed = 0;
  });
  return setInterval(() => {
    if (missed++ < MISSES) return send(child, { type: 'beat' });
    onHang();
    child.kill('SIGKILL');
  }, timeoutMs / MISSES).unref();
}

export function send(child: ChildProcess, message: ToChild): void {
  // A failure means that the child is gone, which its exit event tells.
  if (child.connected) child.send(message, () => undefined);
}
