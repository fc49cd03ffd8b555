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
  /** Kills with SIGKILL and waits until the collector is gone; killing the engine or the receiving thread alone leaves it alive. */
  kill(what: Victim): Promise<void>;
  stop(): Promise<void>;
  readonly stderr: () => string;
}

export const VICTIMS = ['everything', 'collector', 'receiving thread', 'engine', 'engine by SIGSEGV'] as const;
export type Victim = (typeof VICTIMS)[number];

/** What the subject is asked to kill of itself. */
const SIGNALS: Readonly<Partial<Record<Victim, NodeJS.Signals>>> = {
  'receiving thread': 'SIGWINCH',
  engine: 'SIGUSR2',
  'engine by SIGSEGV': 'SIGHUP',
};

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
      const signal = SIGNALS[what];
      if (signal) {
        child.kill(signal);
        if (what === 'receiving thread') await sleep(50).then(() => whenItListens(() => fetch(`${url}/healthz`)));
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

/** Nobody listens for as long as it takes to start the receiving thread again, which may still be about to end. */
export async function whenItListens<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  for (const end = Date.now() + 60_000; ; await sleep(50)) {
    try {
      return await ask();
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
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
