import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { CollectorLimits } from '../../src/index.ts';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** One life of the subject: a process group of its own, so that all of it can be killed at once. */
export interface Life {
  readonly url: string;
  readonly grpcUrl: string;
  readonly startMs: number;
  /** Of the collector. */
  readonly pid: number;
  /** Kills with SIGKILL and waits until the collector is gone; killing the engine alone, or making it crash as native code does, leaves it alive. */
  kill(what: Victim): Promise<void>;
  stop(): Promise<void>;
  readonly stderr: () => string;
}

export const VICTIMS = ['everything', 'collector', 'engine', 'engine by SIGSEGV'] as const;
export type Victim = (typeof VICTIMS)[number];

const SUBJECT = fileURLToPath(new URL('./subject.ts', import.meta.url));

export async function begin(dataDir: string, port: number, limits: Partial<CollectorLimits> = {}, grpcPort = 0): Promise<Life> {
  const began = performance.now();
  const child = spawn(process.execPath, [SUBJECT, dataDir, String(port), JSON.stringify(limits), String(grpcPort)], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const problems: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => problems.push(chunk.toString()));
  const line = await firstLine(child);
  if (line === undefined) throw new Error(`the subject did not start:\n${problems.join('')}`);
  const { url, grpcUrl } = JSON.parse(line) as { url: string; grpcUrl: string };
  const pid = child.pid ?? 0;
  const gone = once(child, 'exit');
  return {
    url,
    grpcUrl,
    pid,
    startMs: performance.now() - began,
    stderr: () => problems.join(''),
    async kill(what) {
      if (what === 'engine' || what === 'engine by SIGSEGV') {
        child.kill(what === 'engine' ? 'SIGUSR2' : 'SIGHUP');
        return;
      }
      killIfAlive(what === 'everything' ? -pid : pid);
      await gone;
    },
    async stop() {
      child.kill('SIGTERM');
      await gone;
    },
  };
}

/** A life that ends before it began to answer: while it recovers what the last one left. */
export async function die(dataDir: string, port: number, afterMs: number): Promise<void> {
  const child = spawn(process.execPath, [SUBJECT, dataDir, String(port)], { detached: true, stdio: 'ignore' });
  const gone = once(child, 'exit');
  await sleep(afterMs);
  killIfAlive(-(child.pid ?? 0));
  await gone;
}

async function firstLine(child: ChildProcess): Promise<string | undefined> {
  if (!child.stdout) return undefined;
  for await (const line of createInterface({ input: child.stdout })) return line;
  return undefined;
}

function killIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
