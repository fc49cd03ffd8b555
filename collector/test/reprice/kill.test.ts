import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openLedger, startEngine } from '@tokenledger/ledger';
import type { Call, LedgerEntry } from '@tokenledger/model';
import { createPriceBook } from '@tokenledger/pricing';
import { expect, test } from 'vitest';
import { start, temporaryDirectory, until } from '../start.ts';
import { createStubLedger } from '../stub-ledger.ts';
import { askEngine } from './ask-engine.ts';
import { bookWith, HALF_PRICE } from './book.ts';

const SUBJECT = fileURLToPath(new URL('./subject.ts', import.meta.url));
const CALLS = 2500;
const KILLS = 4;
const HOUR_MS = 3_600_000;
const fromMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 5 * HOUR_MS;
const toMs = fromMs + HOUR_MS;

function storedEntry(number: number): LedgerEntry {
  const usage = { input_uncached: 1000 + number, output_text: 10 };
  const id = number.toString(16).padStart(16, '0');
  const identity = { traceId: id + id, spanId: id, name: 'chat', timeMs: fromMs + number, durationMs: 1, status: 'ok' } as const;
  const { charges, cost } = createPriceBookOnce().price({ provider: 'openai', model: 'gpt-4o', at: identity.timeMs, usage });
  const call: Call = {
    ...identity,
    provider: 'openai',
    operation: 'chat',
    model: 'gpt-4o',
    usage,
    charges,
    cost,
    priceStatus: 'exact',
    billable: true,
    estimated: false,
    semantics: { profile: 'test', confidence: 'certain', flags: [] },
    rawUsage: {},
    evidence: '{}',
  };
  return {
    tenant: 'acme',
    version: 0,
    reason: 'call',
    call,
    delta: { calls: 1, unpricedCalls: 0, requests: 1, errors: 0, usage, charges, cost: cost ?? 0n },
  };
}

let book: ReturnType<typeof createPriceBook> | undefined;
const createPriceBookOnce = () => (book ??= createPriceBook());
const entries = Array.from({ length: CALLS }, (_, number) => storedEntry(number));

/** One life of the subject in a process group of its own. Resolves to what it said at its end, unless it was killed before. */
async function live(dataDir: string, killAfterMs?: number): Promise<{ state: string; changed: number } | undefined> {
  const child = spawn(process.execPath, [SUBJECT, dataDir, String(fromMs), String(toMs)], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  let last: string | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    last = line;
    if (line === 'started' && killAfterMs !== undefined) {
      void sleep(killAfterMs).then(() => {
        if (child.exitCode === null && child.pid) process.kill(-child.pid, 'SIGKILL');
      });
    }
  }
  await exited;
  return last?.startsWith('{') ? (JSON.parse(last) as { state: string; changed: number }) : undefined;
}

test('re-pricing that is killed again and again is finished by the last life; each call has its new price once, here and in the rollups', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'reprice-kill-'));
  await mkdir(join(dataDir, 'journal'));
  const openEngine = async () => {
    const engine = await startEngine({ dataDir: join(dataDir, 'clickhouse') });
    const ledger = openLedger(engine);
    return { engine, ledger, stop: () => ledger.close().then(() => engine.stop()) };
  };
  try {
    const before = await openEngine();
    await before.ledger.migrate();
    await before.ledger.write({ token: 'seed', entries, steps: [] });
    await before.stop();

    let killed = 0;
    for (let kill = 0; kill < KILLS; kill++) if ((await live(dataDir, 40 + kill * 130)) === undefined) killed += 1;
    expect(killed).toBeGreaterThan(0);
    const end = await live(dataDir);
    expect(end?.state).toBe('done');

    const { engine, ledger, stop } = await openEngine();
    const [sums] = await askEngine<Record<string, unknown>>(
      engine,
      `SELECT count() AS calls, sum(cost * 1000000000000 != toDecimal128(expected, 0)) AS wrong, sum(entries != 3) AS repeated FROM (
        SELECT sum(delta_cost) AS cost, count() AS entries, any(usage_quantities[1]) * 1250000 + 50000000 AS expected
        FROM calls GROUP BY trace_id, span_id)`,
    );
    expect(sums).toEqual({ calls: CALLS, wrong: 0, repeated: 0 });
    const { drift } = await ledger.reconcile({ fromMs: fromMs - HOUR_MS, toMs: toMs + HOUR_MS, quietMs: -1000 });
    expect(drift).toEqual([]);
    await stop();
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}, 400_000);

test('a batch whose answer was lost is written again as it was by the next start, and not doubled', async () => {
  const ledger = createStubLedger();
  ledger.entries.push(...entries.slice(0, 3));
  const journalDir = await temporaryDirectory();
  const first = await start({ ledger, journalDir, priceBook: bookWith(HALF_PRICE) });
  ledger.losesAnswer = true;
  const { finished } = first.repricer.start({ fromMs, toMs, dryRun: false });
  await until(() => ledger.away);
  await first.stop();
  expect((await finished).state).toBe('interrupted');
  expect(await readFile(join(journalDir, 'reprice.json'), 'utf8')).toContain('"state":"running"');
  ledger.away = false;

  const second = await start({ ledger, journalDir, priceBook: bookWith(HALF_PRICE) });
  await until(() => second.repricer.status()?.state === 'done');
  expect(second.repricer.status()?.differences).toMatchObject([{ calls: 3 }]);
  const [attempt, repeated, ...more] = ledger.attempts;
  expect(repeated).toEqual(attempt);
  expect(more).toEqual([]);
});

test('one re-pricing runs at a time; asking for the same joins it', async () => {
  const ledger = createStubLedger();
  ledger.entries.push(...entries.slice(0, 3));
  const { repricer } = await start({ ledger, priceBook: bookWith(HALF_PRICE) });
  const request = { fromMs, toMs, dryRun: false };
  const first = repricer.start(request);
  expect(repricer.start(request)).toMatchObject({ accepted: true, finished: first.finished });
  expect(repricer.start({ ...request, dryRun: true }).accepted).toBe(false);
  await first.finished;
  expect(repricer.status()?.state).toBe('done');
});
