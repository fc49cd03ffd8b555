import type { Accountant } from './account/accountant.ts';
import type { Front } from './front/front.ts';
import { FrontEndedError } from './front/front-thread.ts';
import type { DeadLetter } from './journal/dead-letter.ts';
import { whenFree } from './journal/segment-file.ts';
import { createSegmentReader, type ReadSegment, type Segment } from './journal/segment.ts';
import { account } from './store/account.ts';
import type { Posted, WritableLedger } from './store/gather-rows.ts';
import { type Loss, setAside, settlementOf } from './store/loss.ts';
import { type Patience, StoppedError } from './store/patience.ts';
import { readDeliveries } from './store/read-deliveries.ts';
import { lossesOf } from './store/write-posting.ts';
import type { IsAwaited, Turn } from './turns.ts';

export interface Stages {
  readonly journal: Pick<Front, 'next' | 'ready' | 'done' | 'reuse'> & { setAside(letter: DeadLetter): Promise<void> };
  readonly accountant: Accountant;
  readonly ledger: WritableLedger;
  readonly patience: Patience;
  /** For one segment at a time. */
  readonly read: ReadSegment;
  readonly recalled: Recalled;
  /** Shared with whoever else writes entries. */
  readonly turn: Turn;
}

/** How the accountant is shown the ledger. */
export interface Recalled {
  /** Without what this insert wrote. */
  exceptToken: string | undefined;
}

/** After so many segments in a row whoever else writes has a turn, if he asks for one. */
const LEAST_IN_A_ROW = 16;

/**
 * Stores one segment after another: what an entry corrects is always written before it. Returns when the journal is sealed and
 * empty, or when `patience` is told to stop; what is left then waits on disk.
 * @throws FrontEndedError: what was not done comes again, from the journal's next reader
 */
export async function runPipeline(parts: Omit<Stages, 'read'>): Promise<void> {
  const stages = { ...parts, read: createSegmentReader() };
  const { journal, turn } = stages;
  try {
    for (let segment = await journal.next(); segment; segment = await journal.next()) {
      const first = segment;
      await turn((isAwaited) => storeInARow(first, stages, isAwaited));
    }
  } catch (error) {
    if (!(error instanceof StoppedError)) throw error;
  }
}

/** decode → account → write → done. While a segment is written, the next one that waits is understood. */
async function storeInARow(first: Segment, stages: Stages, isAwaited: IsAwaited): Promise<void> {
  const { journal, accountant, patience } = stages;
  // Whatever failed, a segment is not given up. What the accountant remembers of it may not have been written.
  const startOver = (error: unknown) => {
    accountant.reset();
    return !(error instanceof FrontEndedError);
  };
  let segment: Segment | undefined = first;
  let ahead: Understood | undefined;
  try {
    for (let left = LEAST_IN_A_ROW; segment; left--) {
      const now = segment;
      let following: Segment | undefined;
      await patience(
        'storing a segment',
        async () => {
          const understood = ahead?.segment === now ? ahead : await understand(now, stages);
          ahead = undefined;
          const understandAhead = async () => {
            if ((left > 1 || !isAwaited()) && now.interrupted === 'no') following ??= await journal.ready();
            return following && understand(following, { ...stages, patience: once });
          };
          const [written, next] = await Promise.allSettled([write(understood, stages), understandAhead()]);
          if (written.status === 'fulfilled' && written.value === 'as understood' && next.status === 'fulfilled') ahead = next.value;
          else {
            accountant.reset();
            if (next.status === 'fulfilled') await next.value?.posted.discard();
          }
          if (written.status === 'rejected') throw written.reason;
        },
        startOver,
      );
      segment = following;
    }
  } finally {
    await ahead?.posted.discard();
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
  readonly segment: Segment;
  readonly posted: Posted;
  readonly losses: readonly Loss[];
  /** The accountant's number of it. */
  readonly number: number;
}

async function understand(segment: Segment, { accountant, ledger, patience, recalled, read }: Stages): Promise<Understood> {
  // The same token must mean the same rows, also in a second attempt: they are made from what was stored before the first.
  recalled.exceptToken = segment.interrupted === 'long ago' ? undefined : segment.token;
  const accounting = { accountant, ledger, patience, token: segment.token };
  const { posted, losses } = await account(() => readDeliveries(segment, read), accounting);
  return { segment, posted, losses, number: accountant.posted };
}

/** What is not written as it was understood, or may have been written before, must be recalled by whoever goes on from it. */
async function write(
  { segment, posted, losses: unstored, number }: Understood,
  { journal, accountant, patience }: Stages,
): Promise<'as understood' | 'otherwise'> {
  const refused = await posted.write(patience);
  const losses = [...unstored, ...(await lossesOf(refused, readDeliveries(segment, createSegmentReader())))];
  await setAside(losses, segment, (letter) => journal.setAside(letter));
  const settlement = settlementOf(segment.spans, posted.duplicates, losses);
  await journal.done(segment.number, { settlement, calls: posted.calls });
  whenFree(segment.path, () => journal.reuse(segment.number));
  accountant.written(number);
  return refused.length > 0 || segment.interrupted !== 'no' ? 'otherwise' : 'as understood';
}
