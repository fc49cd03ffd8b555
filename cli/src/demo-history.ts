import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyPricesYaml, loadHistory, type LoadOptions } from '@tokenledger/history';
import { z } from 'zod';

const DAYS = 30;
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

export interface HistoryRun {
  readonly dataDir: string;
  readonly endMs: number;
  readonly days?: number;
  readonly scale?: number;
}

const noted = z.object({ end_ms: z.int(), is_complete: z.boolean() });

/**
 * Fills the ledger with the weeks before `endMs`, once for each data directory. One that was cut short is loaded to the same end and
 * under the same name again, so that what is already there counts once.
 * @returns what it did, for a reader
 */
export async function fillWithHistory(
  { ledger, priceBook }: Pick<LoadOptions, 'ledger' | 'priceBook'>,
  { dataDir, endMs: nowMs, days = DAYS, scale = SCALE }: HistoryRun,
): Promise<string> {
  const path = join(dataDir, 'demo-history.json');
  const note = existsSync(path) ? noted.parse(JSON.parse(readFileSync(path, 'utf8'))) : undefined;
  if (note?.is_complete) return 'The history of an earlier demo is there.';
  const endMs = note?.end_ms ?? nowMs;
  const take = (isComplete: boolean) => writeFileSync(path, JSON.stringify({ end_ms: endMs, is_complete: isComplete }));
  take(false);
  const startedMs = Date.now();
  const { calls } = await loadHistory({ ledger, priceBook, endMs, days, scale, token: `demo-history/${String(endMs)}` });
  take(true);
  const seconds = ((Date.now() - startedMs) / 1000).toFixed(1);
  return `${String(days)} days of history: ${calls.toLocaleString('en')} calls of a made-up company, priced and stored in ${seconds} s.`;
}
