import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyPricesYaml, loadHistory } from '@tokenledger/history';
import { DEFAULT_TENANT } from '@tokenledger/model';
import type { Running } from './start-parts.ts';

const DAYS = 30;
const DAY_MS = 86_400_000;
/** About 100,000 calls. */
const SCALE = 0.65;

const RULES = `# Written by the demo: what its company wants to be told, beside the rules that ship.
rules:
  - name: team-budget
    description: What a team may spend in a month.
    measure: cost
    group_by: [team]
    condition: { kind: budget, amount_usd: '900', period: month }
  - name: feature-cost-per-hour
    description: A feature that spends so much within an hour has most likely run away.
    measure: cost
    group_by: [feature]
    window: 1h
    condition: { kind: threshold, above: '15' }
`;

/** What the company of the demo pays and wants to be told, written at the first run. */
export function writeDemoSettings(dataDir: string, nowMs: number): { readonly prices_file: string; readonly alerts_file: string } {
  return {
    prices_file: writeOnce(dataDir, 'demo-prices.yaml', historyPricesYaml(nowMs)),
    alerts_file: writeOnce(dataDir, 'demo-alerts.yaml', RULES),
  };
}

function writeOnce(folder: string, name: string, text: string): string {
  const path = join(folder, name);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(path, text);
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
