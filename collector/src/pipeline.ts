import type { Accountant } from './account/accountant.ts';
import type { BookKeeper } from './books.ts';
import type { Journal } from './journal/journal.ts';
import type { Segment } from './journal/segment.ts';
import type { TenantSpans } from './receive/tenant-spans.ts';
import { account } from './store/account.ts';
import type { Posted, WritableLedger } from './store/gather-rows.ts';
import { type Loss, setAside, settlementOf } from './store/loss.ts';
import { type Patience, StoppedError } from './store/patience.ts';
import { readDeliveries } from './store/read-deliveries.ts';
import { lossesOf } from './store/write-posting.ts';
import type { Turn } from './turns.ts';

export interface Stages {
  readonly journal: Journal<TenantSpans>;
  readonly accountant: Accountant;
  readonly ledger: WritableLedger;
  readonly books: BookKeeper;
  readonly patience: Patience;
  readonly recalled: Recalled;
  /** Told of every posting that is stored. */
  readonly onPosted: (calls: Posted['calls']) => void;
  /** Shared with whoever else writes entries. */
  readonly turn: Turn;
}

/** How the accountant is shown the ledger. */
export interface Recalled {
  /** Without what this insert wrote. */
  exceptToken: string | undefined;
}

/** So many segments in a row, then whoever else writes has a turn. */
const MOST_IN_A_ROW = 16;

/**
 * Stores one segment after another: what an entry corrects is always written before it. Returns when the journal is sealed and
 * empty, or when `patience` is told to stop; what is left then waits on disk.
 */
export async function runPipeline(stages: Stages): Promise<void> {
  const { journal, turn } = stages;
  try {
    for (let segment = await journal.next(); segment; segment = await journal.next()) {
      const first = segment;
      await turn(() => storeInARow(first, stages));
    }
  } catch (error) {
    if (!(error instanceof StoppedError)) throw error;
  }
}

/** decode → account → write → done. While a segment is written, the next one that waits is understood. */
async function storeInARow(first: Segment<TenantSpans>, stages: Stages): Promise<void> {
  const { journal, accountant, patience } = stages;
  // Whatever failed, a segment is not given up. What the accountant remembers of it may not have been written.
  const startOver = () => {
    accountant.reset();
    return true;
  };
  let segment: Segment<TenantSpans> | undefined = first;
  let ahead: Understood | undefined;
  for (let left = MOST_IN_A_ROW; segment; left--) {
    const now = segment;
    let following: Segment<TenantSpans> | undefined;
    await patience(
      'storing a segment',
      async () => {
        const understood = ahead?.segment === now ? ahead : await understand(now, stages);
        ahead = undefined;
        if (left > 1 && now.interrupted === 'no') following ??= journal.ready();
        const [written, next] = await Promise.allSettled([
          write(understood, stages),
          following && understand(following, { ...stages, patience: once }),
        ]);
        if (written.status === 'rejected') throw written.reason;
        if (written.value === 'as understood' && next.status === 'fulfilled') ahead = next.value;
        else accountant.reset();
      },
      startOver,
    );
    segment = following;
  }
}

/**
 * What is understood ahead rests on what is being written. Should anything fail, it is given up and understood again when that is written: the
 * ledger must not be asked before.
 */
const once: Patience = (_what, attempt) =>
  attempt().catch((cause: unknown) => {
    throw new StoppedError('given up', { cause });
  });

interface Understood {
  readonly segment: Segment<TenantSpans>;
  readonly deliveries: readonly TenantSpans[];
  readonly posted: Posted;
  readonly losses: readonly Loss[];
  /** The accountant's number of it. */
  readonly number: number;
}

async function understand(segment: Segment<TenantSpans>, { journal, accountant, ledger, patience, recalled }: Stages): Promise<Understood> {
  // The same token must mean the same rows, also in a second attempt: they are made from what was stored before the first.
  recalled.exceptToken = segment.interrupted === 'long ago' ? undefined : segment.token;
  const { deliveries, losses: unreadable } = await readDeliveries(segment, journal);
  const { posted, losses: unaccountable } = await account(deliveries, { accountant, ledger, patience, token: segment.token });
  return { segment, deliveries, posted, losses: [...unreadable, ...unaccountable], number: accountant.posted };
}

/** What is not written as it was understood, or may have been written before, must be recalled by whoever goes on from it. */
async function write(
  { segment, deliveries, posted, losses: unstored, number }: Understood,
  { journal, accountant, books, patience, onPosted }: Stages,
): Promise<'as understood' | 'otherwise'> {
  const refused = await posted.write(patience);
  const losses = [...unstored, ...lossesOf(refused, deliveries)];
  await setAside(losses, segment, journal);
  await journal.done(segment);
  accountant.written(number);
  onPosted(posted.calls);
  books.settle(settlementOf(segment.spans, posted.duplicates, losses));
  return refused.length > 0 || segment.interrupted !== 'no' ? 'otherwise' : 'as understood';
}
