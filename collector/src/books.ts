/** Where every span is. At any moment `received = stored + duplicate + Σ rejected + Σ dropped + waiting`. */
export interface Books {
  /** Spans of requests that were answered with 200, and those a former process left in the journal. */
  readonly received: number;
  /** How many of `received` were found in the journal at the start. */
  readonly recovered: number;
  readonly stored: number;
  /** Known already: sent again, or stored before a crash. */
  readonly duplicate: number;
  /** Refused as bad, by reason; the sender was told. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Accepted and then not stored, by reason: each is in the dead letters or was logged. */
  readonly dropped: Readonly<Record<string, number>>;
  /** In the journal. */
  readonly waiting: number;
  readonly balanced: boolean;
}

export type DropReason = 'undecodable' | 'refused_by_ledger' | 'failed_in_accounting' | 'journal_unwritable';

/** What became of the spans of one segment. */
export interface Settlement {
  readonly stored: number;
  readonly duplicate: number;
  readonly dropped: Readonly<Partial<Record<DropReason, number>>>;
}

export interface BookKeeper {
  /** To be called in the same step in which the journal begins to count the spans as waiting. */
  accept(spans: number): void;
  reject(reasons: readonly string[]): void;
  /** To be called in the same step in which the journal ceases to count the spans as waiting. */
  settle(settlement: Settlement): void;
  readonly read: () => Books;
}

/** Counts since the start of the process. `waiting` is counted by somebody else, so that the balance can fail. */
export function createBookKeeper(recovered: number, waiting: () => number): BookKeeper {
  let received = recovered;
  let stored = 0;
  let duplicate = 0;
  const rejected = new Map<string, number>();
  const dropped = new Map<string, number>();

  return {
    accept(spans) {
      received += spans;
    },
    reject(reasons) {
      received += reasons.length;
      for (const reason of reasons) add(rejected, reason, 1);
    },
    settle(settlement) {
      stored += settlement.stored;
      duplicate += settlement.duplicate;
      for (const [reason, spans] of Object.entries(settlement.dropped)) add(dropped, reason, spans);
    },
    read: () => {
      const books = {
        received,
        recovered,
        stored,
        duplicate,
        rejected: Object.fromEntries(rejected),
        dropped: Object.fromEntries(dropped),
        waiting: waiting(),
      };
      return { ...books, balanced: received === stored + duplicate + sum(rejected) + sum(dropped) + books.waiting };
    },
  };
}

function add(counts: Map<string, number>, reason: string, spans: number): void {
  if (spans > 0) counts.set(reason, (counts.get(reason) ?? 0) + spans);
}

const sum = (counts: ReadonlyMap<string, number>) => [...counts.values()].reduce((total, spans) => total + spans, 0);
