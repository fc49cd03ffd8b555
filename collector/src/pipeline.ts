import type { Ledger } from '@tokenledger/ledger';
import type { LedgerEntry } from '@tokenledger/model';
import type { Accountant } from './account/accountant.ts';
import type { BookKeeper } from './books.ts';
import type { Journal } from './journal/journal.ts';
import type { Segment } from './journal/segment.ts';
import type { TenantSpans } from './receive/receive-traces.ts';
import { account } from './store/account.ts';
import { setAside, settlementOf } from './store/loss.ts';
import { type Patience, StoppedError } from './store/patience.ts';
import { readDeliveries } from './store/read-deliveries.ts';
import { lossesOf, writePosting } from './store/write-posting.ts';
import type { Turn } from './turns.ts';

export interface Stages {
  readonly journal: Journal<TenantSpans>;
  readonly accountant: Accountant;
  readonly ledger: Pick<Ledger, 'write'>;
  readonly books: BookKeeper;
  readonly patience: Patience;
  readonly recalled: Recalled;
  /** Told of every posting that is stored. */
  readonly onPosted: (entries: readonly LedgerEntry[]) => void;
  /** Shared with whoever else writes entries. */
  readonly turn: Turn;
}

/** How the accountant is shown the ledger. */
export interface Recalled {
  /** Without what this insert wrote. */
  exceptToken: string | undefined;
}

/**
 * Stores one segment after another: what an entry corrects is always written before it. Returns when the journal is sealed and
 * empty, or when `patience` is told to stop; what is left then waits on disk.
 */
export async function runPipeline(stages: Stages): Promise<void> {
  const { journal, patience, turn } = stages;
  try {
    for (let segment = await journal.next(); segment; segment = await journal.next()) {
      const next = segment;
      await turn(() => patience('storing a segment', () => store(next, stages), startOver(stages)));
    }
  } catch (error) {
    if (!(error instanceof StoppedError)) throw error;
  }
}

/** decode → account → write → done */
async function store(
  segment: Segment<TenantSpans>,
  { journal, accountant, ledger, books, patience, recalled, onPosted }: Stages,
): Promise<void> {
  // The same token must mean the same rows, also in a second attempt: they are made from what was stored before the first.
  recalled.exceptToken = segment.interrupted === 'long ago' ? undefined : segment.token;
  const { deliveries, losses: unreadable } = await readDeliveries(segment, journal);
  const { posting, losses: unaccountable } = await account(deliveries, accountant, patience);
  const refused = await writePosting(ledger, segment.token, posting, patience);
  if (refused.length > 0 || segment.interrupted !== 'no') accountant.reset();
  const losses = [...unreadable, ...unaccountable, ...lossesOf(refused, deliveries)];
  await setAside(losses, segment, journal);
  await journal.done(segment);
  onPosted(posting.entries);
  books.settle(settlementOf(segment.spans, posting.duplicates, losses));
}

/** Whatever failed, a segment is not given up. What the accountant remembers of it may not have been written. */
const startOver =
  ({ accountant }: Stages) =>
  () => {
    accountant.reset();
    return true;
  };
