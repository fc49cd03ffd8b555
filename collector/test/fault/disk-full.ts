import { execFileSync } from 'node:child_process';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../start.ts';
import { judgeDirectory, type Verdict } from './judge.ts';
import { begin } from './life.ts';
import { createOracle } from './oracle.ts';

const DISK_BYTES = 24 * 2 ** 20;

/** Mounts a small disk of memory; `undefined` where this process may not. */
export function mountSmallDisk(directory: string): (() => void) | undefined {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', directory], { stdio: 'ignore' });
    return () => execFileSync('umount', ['-l', directory], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
}

export interface DiskFullResult extends Verdict {
  readonly obligations: number;
  readonly refusals: Readonly<Record<string, number>>;
  readonly unbalanced: number;
}

/** The journal's disk is filled to its last byte under load, and freed again. `undefined` where no disk can be mounted. */
export async function runDiskFull(rounds: number, report?: (line: string) => void): Promise<DiskFullResult | undefined> {
  const dataDir = await mkdtemp(join(tmpdir(), 'disk-full-'));
  const journal = join(dataDir, 'journal');
  await mkdir(journal);
  const unmount = mountSmallDisk(journal);
  if (!unmount) {
    await rm(dataDir, { recursive: true, force: true });
    return undefined;
  }
  // Room is not looked after beforehand, so that the write itself meets the full disk.
  let life: Awaited<ReturnType<typeof begin>> | undefined;
  const refusals: Record<string, number> = {};
  let unbalanced = 0;
  try {
    life = await begin(dataDir, 0, { freeDiskBytes: 1 });
    const { url } = life;
    const oracle = createOracle(
      () => url,
      (reason) => (refusals[reason] = (refusals[reason] ?? 0) + 1),
    );
    const sending = oracle.run(4);
    for (let round = 1; round <= rounds; round++) {
      await sleep(500);
      fill(join(journal, 'filler'));
      const before = oracle.refused();
      await until(() => oracle.refused() > before + 4, 60_000);
      // Segments that are stored make room.
      for (let times = 0; times < 5; times++) {
        fill(join(journal, 'filler'));
        await sleep(200);
      }
      const books = (await (await fetch(`${url}/v1/books`)).json()) as { balanced: boolean };
      unbalanced += Number(!books.balanced);
      rmSync(join(journal, 'filler'));
      const free = oracle.obligations.size;
      await until(() => oracle.obligations.size > free, 60_000);
      report?.(`${round}: ${oracle.refused()} refused, ${oracle.obligations.size} promised`);
    }
    oracle.stop();
    await sending;
    await until(async () => ((await (await fetch(`${url}/v1/books`)).json()) as { waiting: number }).waiting === 0, 120_000);
    await life.stop();
    life = undefined;
    const verdict = await judgeDirectory(dataDir, oracle.obligations);
    return { ...verdict, obligations: oracle.obligations.size, refusals, unbalanced };
  } finally {
    await life?.kill('everything');
    unmount();
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Takes all the room there is. */
function fill(path: string): void {
  const { bavail, bsize } = statfsSync(join(path, '..'));
  for (let bytes = bavail * bsize; bytes >= bsize; bytes = Math.floor(bytes / 2)) {
    try {
      writeFileSync(path, Buffer.alloc(bytes), { flag: 'a' });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
    }
  }
}
