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
  /** It will not be written: what is left of it for the ledger is removed. */
  readonly discard: () => Promise<void>;
  /** Spans that were known already. */
  readonly duplicates: number;
  /** Billable calls that are posted for the first time, by what is known of their price. */
  readonly calls: ReadonlyMap<string, number>;
}

export interface Gathering {
  add(posting: Posting): Promise<void>;
  /** There are no more: what the ledger can keep until it is written is left there. */
  close(): Posted;
  discard(): Promise<void>;
}

/** Of more rows than these what was encoded waits where the ledger keeps it, and not in memory. */
const ROWS_HELD = 30_000;

export function gatherRows(token: string, ledger: WritableLedger): Gathering {
  const rows = ledger.openBatch ? gatherEncoded(ledger.openBatch(token)) : gatherPlain(token, ledger);
  const calls = new Map<string, number>();
  let duplicates = 0;
  return {
    async add(posting) {
      duplicates += posting.duplicates;
      for (const { version, call } of posting.entries)
        if (version === 0 && call.billable) calls.set(call.priceStatus, (calls.get(call.priceStatus) ?? 0) + 1);
      await rows.add(posting);
    },
    close() {
      rows.close();
      return { write: rows.write, discard: rows.discard, duplicates, calls };
    },
    discard: rows.discard,
  };
}

type Gathered = Pick<Gathering, 'add'> & Pick<Posted, 'write' | 'discard'> & { readonly close: () => void };

function gatherEncoded(batch: OpenBatch): Gathered {
  const refused: Refused[] = [];
  let held = 0;
  /** What it is being left with; what follows is understood meanwhile. */
  let leaving = Promise.resolve();
  const leave = (left: Promise<void>) => {
    leaving = left;
    leaving.catch(() => undefined);
  };
  const settled = () => leaving.catch(() => undefined);
  return {
    async add(posting) {
      await leaving;
      for (const row of batch.append(posting)) refused.push(identify(posting, row));
      held += posting.entries.length + posting.steps.length;
      if (held < ROWS_HELD) return;
      leave(batch.spool());
      held = 0;
    },
    close: () => leave(leaving.then(batch.close)),
    async discard() {
      await settled();
      await batch.discard();
    },
    async write(patience) {
      // What could not be left is tried again.
      await settled();
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
    async add(posting) {
      for (const entry of posting.entries) entries.push(entry);
      for (const step of posting.steps) steps.push(step);
    },
    close: () => {},
    discard: async () => {},
    write: (patience) => writePosting(ledger, { token, entries, steps }, patience),
  };
}
