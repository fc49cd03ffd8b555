import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyPricesYaml, loadHistory } from '@tokenledger/history';
import { DEFAULT_TENANT } from '@tokenledger/model';
import type { Running } from './start-parts.ts';

const DAYS = 30;
const DAY_MS = 86_400_000;
/** About 100,000 calls. */
const SCALE = 0.65;

/** What the company of the demo pays, written at the first run. @returns the file's path */
export function writeDemoPrices(dataDir: string, nowMs: number): string {
  const path = join(dataDir, 'demo-prices.yaml');
  if (existsSync(path)) return path;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  writeFileSync(path, historyPricesYaml(nowMs));
  return path;
}

/** Fills an empty ledger with the weeks before `endMs`. @returns what it did, for a reader */
export async function fillWithHistory({ ledger, priceBook }: Pick<Running, 'ledger' | 'priceBook'>, endMs: number): Promise<string> {
  const reader = ledger.forTenant(DEFAULT_TENANT);
  const { rows } = await reader.spend({ from: endMs - DAYS * DAY_MS, to: endMs, measures: ['requests'] });
  if (rows.some(({ measures }) => Number(measures['requests']) > 0)) return 'The history of an earlier demo is there.';
  const startedMs = Date.now();
  const { calls } = await loadHistory({ ledger, priceBook, endMs, days: DAYS, scale: SCALE, token: `demo-history/${String(endMs)}` });
  const seconds = ((Date.now() - startedMs) / 1000).toFixed(1);
  return `${String(DAYS)} days of history: ${calls.toLocaleString('en')} calls of a made-up company, priced and stored in ${seconds} s.`;
}
