import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLedger, startEngine, type Ledger } from '@tokenledger/ledger';
import { DEFAULT_TENANT } from '@tokenledger/model';
import { createPriceBook } from '@tokenledger/pricing';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { fillWithHistory } from '../src/demo-history.ts';
import { temporaryFolder } from './run-command.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const DAY_MS = 86_400_000;
const NOW_MS = Date.now();
const LITTLE = { days: 1, scale: 0.02 };
const priceBook = createPriceBook();

let ledger: Ledger;
let stop: () => Promise<void>;
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tokenledger-demo-history-'));
  const engine = await startEngine({ dataDir: folder });
  ledger = openLedger(engine);
  stop = async () => {
    await ledger.close();
    await engine.stop();
    await rm(folder, { recursive: true });
  };
  await ledger.migrate();
});
afterAll(() => stop?.());

/** What the days around `endMs` hold. */
async function found(endMs: number) {
  const { rows } = await ledger
    .forTenant(DEFAULT_TENANT)
    .spend({ from: endMs - 2 * DAY_MS, to: endMs + DAY_MS, measures: ['requests', 'cost'] });
  return rows[0]?.measures;
}

test('the demo fills the ledger once, however often it is started', async () => {
  const dataDir = temporaryFolder();
  expect(await fillWithHistory({ ledger, priceBook }, { dataDir, endMs: NOW_MS, ...LITTLE })).toMatch(/^1 days of history: \d+ calls/);
  const once = await found(NOW_MS);
  expect(Number(once?.['requests'])).toBeGreaterThan(10);
  const again = await fillWithHistory({ ledger, priceBook }, { dataDir, endMs: NOW_MS + 60_000, ...LITTLE });
  expect(again).toBe('The history of an earlier demo is there.');
  expect(await found(NOW_MS)).toEqual(once);
});

test('a history that was cut short is completed by the next start, and counts once', async () => {
  const dataDir = temporaryFolder();
  const endMs = NOW_MS - 10 * DAY_MS;
  const cutShort: Pick<Ledger, 'write'> = {
    write: async (batch) => {
      await ledger.write(batch);
      throw new Error('stopped by Ctrl-C');
    },
  };
  await expect(fillWithHistory({ ledger: cutShort, priceBook }, { dataDir, endMs, ...LITTLE })).rejects.toThrow('Ctrl-C');
  const some = await found(endMs);
  expect(Number(some?.['requests'])).toBeGreaterThan(10);
  await fillWithHistory({ ledger, priceBook }, { dataDir, endMs: endMs + 60_000, ...LITTLE });
  expect(await found(endMs)).toEqual(some);
});
