import type { PeriodPosition } from '@tokenledger/ledger';
import type { LedgerEntry, ModelDifference, RepriceRequest, TenantId } from '@tokenledger/model';
import { readState, writeState } from '../journal/state-file.ts';

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

export const writeProgress = (directory: string, progress: RepriceProgress): Promise<void> => writeState(directory, FILE, progress);

/** `undefined` when nothing was ever re-priced here. */
export const readProgress = async (directory: string): Promise<RepriceProgress | undefined> =>
  (await readState(directory, FILE)) as RepriceProgress | undefined;
