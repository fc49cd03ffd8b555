import type { Ledger, OpenBatch } from '@tokenledger/ledger';
import type { LedgerEntry, StepRow } from '@tokenledger/model';
import type { Posting } from '../account/accountant.ts';
import type { Patience } from './patience.ts';
import { identify, type Refused, writePosting } from './write-posting.ts';

/** A ledger that takes rows one batch at a time, and perhaps as they come. */
export type WritableLedger = Pick<Ledger, 'write'> & Partial<Pick<Ledger, 'openBatch'>>;

/** What must be written because of some deliveries. */
export interface Posted {
  /** Writes until the ledger has it; returns the rows that it can never store. */
  readonly write: (patience: Patience) => Promise<readonly Refused[]>;
  /** Spans that were known already. */
  readonly duplicates: number;
  /** Billable calls that are posted for the first time, by what is known of their price. */
  readonly calls: ReadonlyMap<string, number>;
}

export interface Gathering {
  add(posting: Posting): void;
  close(): Posted;
}

export function gatherRows(token: string, ledger: WritableLedger): Gathering {
  const rows = ledger.openBatch ? gatherEncoded(ledger.openBatch(token)) : gatherPlain(token, ledger);
  const calls = new Map<string, number>();
  let duplicates = 0;
  return {
    add(posting) {
      duplicates += posting.duplicates;
      for (const { version, call } of posting.entries)
        if (version === 0 && call.billable) calls.set(call.priceStatus, (calls.get(call.priceStatus) ?? 0) + 1);
      rows.add(posting);
    },
    close: () => ({ write: rows.write, duplicates, calls }),
  };
}

type Gathered = Pick<Gathering, 'add'> & Pick<Posted, 'write'>;

function gatherEncoded(batch: OpenBatch): Gathered {
  const refused: Refused[] = [];
  return {
    add(posting) {
      for (const row of batch.append(posting)) refused.push(identify(posting, row));
    },
    async write(patience) {
      try {
        await patience('writing to the ledger', batch.write);
      } finally {
        await batch.discard();
      }
      return refused;
    },
  };
}

function gatherPlain(token: string, ledger: WritableLedger): Gathered {
  const entries: LedgerEntry[] = [];
  const steps: StepRow[] = [];
  return {
    add(posting) {
      for (const entry of posting.entries) entries.push(entry);
      for (const step of posting.steps) steps.push(step);
    },
    write: (patience) => writePosting(ledger, { token, entries, steps }, patience),
  };
}
