import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Books } from '../../src/index.ts';
import { judgeDirectory } from './judge.ts';
import { begin } from './life.ts';
import { createOracle } from './oracle.ts';
import { residentMib } from './resident-memory.ts';

/** `npm run test:soak -- [--minutes 60] [--clients 4]`: a steady load, the engine killed now and then, memory watched, everything judged at the end. */
const { values } = parseArgs({ options: { minutes: { type: 'string', default: '60' }, clients: { type: 'string', default: '4' } } });
const endMs = Date.now() + Number(values.minutes) * 60_000;
const KILL_EVERY_MS = 300_000;

const dataDir = await mkdtemp(join(tmpdir(), 'soak-'));
const life = await begin(dataDir, 0);
const oracle = createOracle(() => life.url);
const sending = oracle.run(Number(values.clients));
const samples: number[] = [];
let unbalanced = 0;
let nextKill = Date.now() + KILL_EVERY_MS;
const booksNow = async () => (await (await fetch(`${life.url}/v1/books`)).json()) as Books;
try {
  while (Date.now() < endMs) {
    await sleep(Math.min(10_000, Math.max(0, endMs - Date.now())));
    const { balanced, waiting } = await booksNow();
    unbalanced += Number(!balanced);
    samples.push(residentMib(life.pid));
    console.log(`${oracle.obligations.size} calls promised, ${waiting} spans wait, ${Math.round(samples.at(-1) ?? 0)} MiB`);
    if (Date.now() > nextKill) {
      await life.kill('engine');
      nextKill += KILL_EVERY_MS;
    }
  }
  oracle.stop();
  await sending;
  while ((await booksNow()).waiting > 0) await sleep(200);
  await life.stop();
  const { lost, doubled, wrong, drift } = await judgeDirectory(dataDir, oracle.obligations);
  const [middle = 0, last = 0] = [samples[Math.floor(samples.length / 2)], samples.at(-1)];
  console.log({ promised: oracle.obligations.size, unbalanced, halfWayMib: Math.round(middle), lastMib: Math.round(last) });
  console.log({ lost: lost.length, doubled: doubled.length, wrong: wrong.length, drift });
  process.exitCode = lost.length + doubled.length + wrong.length + drift.length + unbalanced > 0 || last > middle * 1.25 + 32 ? 1 : 0;
} finally {
  oracle.stop();
  await life.kill('everything');
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
}
