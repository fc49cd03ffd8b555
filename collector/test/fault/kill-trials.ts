import { mkdtemp, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Books } from '../../src/index.ts';
import { judgeDirectory, type Verdict } from './judge.ts';
import { begin, die, type Life, type Victim, VICTIMS, whenItListens } from './life.ts';
import { createOracle } from './oracle.ts';
import { createRandom } from './random.ts';

const NO_PROGRESS_MS = 180_000;
/** Longer than a calm machine needs to answer again. */
const LONGEST_RECOVERY_MS = 2500;

export interface TrialOptions {
  readonly trials: number;
  /** Every choice follows from it; the moments of the machine do not. */
  readonly seed: number;
  readonly clients: number;
  readonly victims?: readonly Victim[];
  /** How many lives after each kill are killed, too, while they recover. */
  readonly deathsWhileRecovering?: number;
  /** A life is killed at a random moment of this many milliseconds after it began to answer. */
  readonly longestLifeMs: number;
  readonly report?: (line: string) => void;
}

export interface TrialResult extends Verdict {
  readonly obligations: number;
  readonly attempts: number;
  /** Answers of `/v1/books` that did not balance. */
  readonly unbalanced: Books[];
  readonly restartsMs: readonly number[];
}

/**
 * Kills with -9 again and again while clients send, then lets the system come to rest and judges: every call that was answered 200 is
 * stored exactly once at its exact cost, rollups equal the ledger, books balance, and a fresh call gets through.
 */
export async function runKillTrials({
  trials,
  seed,
  clients,
  victims = VICTIMS,
  deathsWhileRecovering = 0,
  longestLifeMs,
  report,
}: TrialOptions): Promise<TrialResult> {
  const dataDir = await mkdtemp(join(tmpdir(), 'kill-'));
  const port = await freePort();
  const random = createRandom(seed);
  const url = `http://127.0.0.1:${port}`;
  const oracle = createOracle(() => url);
  const restartsMs: number[] = [];
  const unbalanced: Books[] = [];
  let life: Life | undefined;
  try {
    life = await begin(dataDir, port);
    const sending = oracle.run(clients);
    for (let trial = 1; trial <= trials; trial++) {
      await sleep(random() * longestLifeMs);
      unbalanced.push(...(await readBooks(url)).filter(({ balanced }) => !balanced));
      const victim: Victim = victims[Math.floor(random() * victims.length)] ?? 'everything';
      await life.kill(victim);
      if (victim === 'everything' || victim === 'collector') {
        for (let death = 0; death < deathsWhileRecovering; death++) await die(dataDir, port, random() * LONGEST_RECOVERY_MS);
        life = await begin(dataDir, port);
        restartsMs.push(life.startMs);
      }
      report?.(`${trial}: ${victim} killed; ${oracle.obligations.size} calls promised so far`);
    }
    oracle.stop();
    await sending;
    unbalanced.push(...(await comeToRest(url)).filter(({ balanced }) => !balanced));
    await life.stop();
    life = undefined;
    const verdict = await judgeDirectory(dataDir, oracle.obligations);
    return { ...verdict, obligations: oracle.obligations.size, attempts: oracle.attempts(), unbalanced, restartsMs };
  } finally {
    oracle.stop();
    await life?.kill('everything');
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function readBooks(url: string): Promise<Books[]> {
  return [await whenItListens(async () => (await (await fetch(`${url}/v1/books`)).json()) as Books)];
}

/** Waits until nothing waits any more; gives up when nothing moves for a while. */
async function comeToRest(url: string): Promise<Books[]> {
  let books = await readBooks(url);
  for (let moved = Date.now(); (books[0]?.waiting ?? 0) > 0 && Date.now() - moved < NO_PROGRESS_MS;) {
    await sleep(50);
    const now = await readBooks(url);
    if (now[0]?.waiting !== books[0]?.waiting) moved = Date.now();
    books = now;
  }
  if (books[0]?.waiting !== 0) throw new Error(`the journal does not become empty: ${JSON.stringify(books)}`);
  return books;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
