import type { StoredApiKey } from '@tokenledger/model';
import type { Books, Settlement } from '../books.ts';
import type { CollectorLimits } from '../config.ts';
import type { Segment } from '../journal/segment.ts';

/** What the receiving thread is started with. */
export interface FrontOptions {
  readonly host: string;
  readonly port: number;
  readonly grpcPort: number | undefined;
  readonly journalDir: string;
  readonly keys: readonly StoredApiKey[];
  readonly limits: CollectorLimits;
  readonly logLevel: string;
}

export interface Addresses {
  readonly url: string;
  readonly grpcUrl: string | undefined;
}

/** What became of a segment. */
export interface Outcome {
  readonly settlement: Settlement;
  /** Billable calls that were posted for the first time, by what is known of their price. */
  readonly calls: ReadonlyMap<string, number>;
}

/**
 * Everything between a socket and the disk, in a thread of its own: nobody who sends waits for what is stored meanwhile. It owns the journal,
 * the books and the metrics; the storing thread asks it for segments and tells it what became of them.
 */
export interface Front {
  /** Of the journal, when it was opened. */
  readonly recovered: Recovered;
  listen(): Promise<Addresses>;
  /** The oldest segment that was not handed out; waits for one. `undefined` after `seal` when none is left. */
  next(): Promise<Segment | undefined>;
  /** What `next` would give now. */
  ready(): Promise<Segment | undefined>;
  /** The oldest segment is stored. */
  done(number: number, outcome: Outcome): Promise<void>;
  /** Nobody reads the file of a stored segment any more. */
  reuse(number: number): void;
  books(): Promise<Books>;
  metrics(): Promise<string>;
  /** Why nothing can be received now, or `undefined`. */
  refusal(): Promise<string | undefined>;
  /** An attempt to ask or write the ledger failed. */
  retried(): void;
  settled(entries: number): void;
  /** Answers what has begun and takes no more; what was taken can be had by `next`. */
  seal(): Promise<void>;
  /** Closes the journal. */
  end(): Promise<void>;
}

export interface Recovered {
  readonly spans: number;
  readonly corruptBytes: number;
  /** A former process may have written the oldest segment in part. */
  readonly isInterrupted: boolean;
}
