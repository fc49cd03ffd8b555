import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { PeriodPosition } from '@tokenledger/ledger';
import type { LedgerEntry, ModelDifference, RepriceRequest, TenantId } from '@tokenledger/model';
import { syncDirectory } from '../journal/sync-directory.ts';

/** A batch of entries that is written, or may have been: with the same token it counts once. */
export interface PendingBatch {
  readonly token: string;
  readonly sinceMs: number;
  readonly entries: readonly LedgerEntry[];
}

/** How far a re-pricing came. It is on disk before the ledger is written to, so that a process that ends can be followed by another. */
export interface RepriceProgress extends RepriceRequest {
  readonly state: 'running' | 'done' | 'failed';
  readonly priceVersion: string;
  readonly callsSeen: number;
  readonly differences: readonly ModelDifference[];
  /** Where the next page begins. Absent: at the first call. */
  readonly at?: { readonly tenant: TenantId; readonly after?: PeriodPosition | undefined } | undefined;
  readonly pending?: PendingBatch | undefined;
  readonly problem?: string | undefined;
}

const FILE = 'reprice.json';

/** Replaces the file in one step, synced. */
export async function writeProgress(directory: string, progress: RepriceProgress): Promise<void> {
  const path = join(directory, FILE);
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.writeFile(JSON.stringify(progress, bigintToJson));
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
  await syncDirectory(directory);
}

/** `undefined` when nothing was ever re-priced here. @throws what reading throws, SyntaxError for a file that is not ours */
export async function readProgress(directory: string): Promise<RepriceProgress | undefined> {
  const text = await readFile(join(directory, FILE), 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : (JSON.parse(text, jsonToBigint) as RepriceProgress);
}

/** JSON has no bigint: it is written as `{"bigint":"42"}`. */
function bigintToJson(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? { bigint: String(value) } : value;
}

function jsonToBigint(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 1 || !('bigint' in value)) return value;
  return typeof value.bigint === 'string' && /^-?\d+$/.test(value.bigint) ? BigInt(value.bigint) : value;
}
