/** How the engine's process ends when nobody asks it to stop: at once. */
import { Worker } from 'node:worker_threads';

/** Leaving with native work in flight crashes; SIGKILL does not, and the store is made to survive it. */
export function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

/**
 * Once the library is open: its own handlers let a crash sleep for twenty seconds before the process ends. A fault of this thread ends no
 * sooner.
 */
export function dieOfCrashes(): void {
  for (const signal of ['SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGABRT'] as const) process.on(signal, die);
}

/** In JavaScript, because what strips types from a file takes another 12 MB. */
const WATCH_PARENT = `
const { workerData } = require('node:worker_threads');
setInterval(() => process.ppid === workerData || process.kill(process.pid, 'SIGKILL'), 200);
`;

/** Watched by a thread of its own: this one may be in native code, or asleep after a crash, and would hold the data directory all the while. */
export function dieWithParent(parent: number): void {
  new Worker(WATCH_PARENT, { eval: true, workerData: parent }).unref();
}
