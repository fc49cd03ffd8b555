import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** One life of the subject: a process group of its own, so that all of it can be killed at once. */
export interface Life {
  readonly url: string;
  readonly startMs: number;
  /** Kills with SIGKILL and waits until the collector is gone; killing the engine alone leaves it alive. */
  kill(what: Victim): Promise<void>;
  stop(): Promise<void>;
  readonly stderr: () => string;
}

export const VICTIMS = ['everything', 'collector', 'engine'] as const;
export type Victim = (typeof VICTIMS)[number];

const SUBJECT = fileURLToPath(new URL('./subject.ts', import.meta.url));

export async function begin(dataDir: string, port: number): Promise<Life> {
  const began = performance.now();
  const child = spawn(process.execPath, [SUBJECT, dataDir, String(port)], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const problems: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => problems.push(chunk.toString()));
  const line = await firstLine(child);
  if (line === undefined) throw new Error(`the subject did not start:\n${problems.join('')}`);
  const { url } = JSON.parse(line) as { url: string };
  const pid = child.pid ?? 0;
  const gone = once(child, 'exit');
  return {
    url,
    startMs: performance.now() - began,
    stderr: () => problems.join(''),
    async kill(what) {
      if (what === 'engine') {
        child.kill('SIGUSR2');
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
