import { rm } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import type { Logger } from 'pino';
import { CollectorError } from '../errors.ts';
import { Gathering } from './gathering.ts';
import type { JournalLimits } from './limits.ts';
import { type JournalRecord, piecesOf } from './record.ts';
import { SegmentMaker } from './segment-maker.ts';
import { type Segment, segmentToken } from './segment.ts';
import type { SegmentWriter } from './segment-writer.ts';

export interface RecordWriterOptions {
  readonly directory: string;
  readonly node: string;
  /** The number of the first segment to write. */
  readonly number: number;
  readonly limits: JournalLimits;
  /** A record counts as written when it is on disk. */
  readonly sync: boolean;
  readonly log: Logger;
  readonly onSealed: (segment: Segment) => void;
  /** True while the reader has closed segments left to store: then a larger one is better than a sooner one. */
  readonly mayWait: () => boolean;
}

/** A record with the size of its body when decompressed. */
export interface Entry {
  readonly record: JournalRecord;
  readonly plainBytes: number;
}

interface Pending extends Entry {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** A segment with what was given to it; a failed commit is taken off again. */
interface Filled {
  readonly writer: SegmentWriter;
  readonly sinceMs: number;
  readonly timers: readonly NodeJS.Timeout[];
  records: number;
  spans: number;
  plainBytes: number;
}

/** One write and its sync carry at most this much, so that no request waits for too many others. */
const COMMIT_BYTES = 4 * 1024 * 1024;
const COMMIT_RECORDS = 256;
/** One commit after another is the least work; but who comes while a slow one is under way would wait for two of them. */
const PATIENCE_MS = 4;
const MOST_COMMITS = 4;
/**
 * Writes records behind one another and cuts the stream into segments. Group commit: while writes are on their way to the disk,
 * the records that arrive wait and go together in the next.
 */
export class RecordWriter {
  readonly #options: RecordWriterOptions;
  readonly #maker: SegmentMaker;
  readonly #queue: Pending[] = [];
  /** How many are under way. */
  #commits = 0;
  readonly #gathering = new Gathering();
  #mayCommit: (() => void) | undefined;
  #unwrittenBytes = 0;
  #open: Filled | undefined;
  /** Full, and not handed on yet. */
  readonly #closing: Filled[] = [];
  #closed: Promise<void> = Promise.resolve();
  #failure: Error | undefined;
  #sealDue = false;
  /** The open segment is as old as it should become, and stays open for want of a reader. */
  #isOverdue = false;
  #probeDue = false;
  #busy = false;
  #running: Promise<void> = Promise.resolve();

  constructor(options: RecordWriterOptions) {
    this.#options = options;
    this.#maker = new SegmentMaker({ ...options, freeDiskBytes: options.limits.freeDiskBytes });
  }

  /** Why the last write failed; `undefined` while writing works. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Of segments that were not handed on, and of what waits to be written to them. */
  get bytes(): number {
    return this.#closing.reduce((sum, { writer }) => sum + writer.bytes, this.#unwrittenBytes + (this.#open?.writer.bytes ?? 0));
  }

  /** Resolves when the record is written. @throws CollectorError `journal_unwritable`; the record is then not in the journal */
  append({ record, plainBytes }: Entry): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ record, plainBytes, resolve, reject });
      this.#unwrittenBytes += record.body.length;
      this.#gathering.came(this.#queue.length);
      this.#start();
    });
  }

  /** Closes the open segment; resolves when everything appended before is written and handed on. */
  async seal(): Promise<void> {
    this.#sealDue = true;
    this.#start();
    await this.#running;
    await this.#closed;
    await this.#orWarn(() => this.#maker.end());
  }

  /** The file of a stored segment, for one to come. False: enough of them wait. */
  reuse(path: string): boolean {
    return this.#maker.reuse(path);
  }

  /** The reader has nothing left. */
  sealOverdue(): void {
    if (!this.#isOverdue) return;
    this.#sealDue = true;
    this.#start();
  }

  /** After a failure: finds out whether writing works again, by beginning a segment. */
  async probe(): Promise<void> {
    this.#probeDue = true;
    this.#start();
    await this.#running;
  }

  #start(): void {
    if (this.#busy) return;
    this.#busy = true;
    this.#running = this.#run();
  }

  async #run(): Promise<void> {
    for (;;) {
      if (this.#queue.length > 0) await this.#isTurn();
      const batch = this.#takeBatch();
      if (batch.length > 0) await this.#beginCommit(batch);
      else if (this.#sealDue) this.#sealOpen();
      else if (this.#probeDue) await this.#tryBegin();
      else break;
      if (this.#open && this.#isFull(this.#open)) this.#sealOpen();
    }
    this.#busy = false;
  }

  async #isTurn(): Promise<void> {
    if (this.#commits > 0) {
      const patience = setTimeout(() => this.#commits < MOST_COMMITS && this.#mayCommit?.(), PATIENCE_MS);
      await new Promise<void>((resolve) => {
        this.#mayCommit = resolve;
      });
      clearTimeout(patience);
    }
    await this.#gathering.untilOver(this.#queue.length);
    // Requests that were read in one turn of the loop go together: alone, the first of them would keep the others waiting for its sync.
    await setImmediate();
  }

  #takeBatch(): Pending[] {
    let bytes = 0;
    const isOver = ({ record }: Pending, index: number) => (bytes += record.body.length) > COMMIT_BYTES && index > 0;
    const over = this.#queue.slice(0, COMMIT_RECORDS).findIndex(isOver);
    return this.#queue.splice(0, over === -1 ? COMMIT_RECORDS : over);
  }

  async #beginCommit(batch: readonly Pending[]): Promise<void> {
    try {
      this.#open ??= await this.#begin();
      void this.#commit(batch, this.#open);
    } catch (error) {
      this.#refuse(batch, error);
    }
  }

  async #commit(batch: readonly Pending[], segment: Filled): Promise<void> {
    this.#commits += 1;
    this.#gathering.begin(batch.length);
    give(segment, batch, 1);
    try {
      const { writer } = segment;
      const records = batch.map(({ record }) => record);
      await writer.append(piecesOf(records, writer.tag));
      this.#writesAgain();
      this.#unwrittenBytes -= bytesOf(batch);
      for (const { resolve } of batch) resolve();
    } catch (error) {
      give(segment, batch, -1);
      // What a failed write or sync left in the file is unknown: the segment ends before it and the next record begins another.
      if (this.#open === segment) this.#sealOpen();
      this.#refuse(batch, error);
    } finally {
      this.#commits -= 1;
      this.#mayCommit?.();
    }
  }

  #refuse(batch: readonly Pending[], cause: unknown): void {
    if (!this.#failure) this.#options.log.error({ err: cause }, 'the journal cannot be written; requests are refused');
    this.#failure = cause instanceof Error ? cause : new Error(String(cause));
    this.#unwrittenBytes -= bytesOf(batch);
    const error = new CollectorError('journal_unwritable', 'the journal cannot be written', { cause });
    for (const { reject } of batch) reject(error);
  }

  async #tryBegin(): Promise<void> {
    this.#probeDue = false;
    try {
      this.#open ??= await this.#begin();
      this.#writesAgain();
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error));
    }
  }

  #writesAgain(): void {
    if (this.#failure) this.#options.log.info('the journal can be written again');
    this.#failure = undefined;
  }

  async #begin(): Promise<Filled> {
    const { segmentMs } = this.#options.limits;
    const writer = await this.#maker.make();
    const prepare = setTimeout(() => this.#maker.makeAhead(), segmentMs / 2);
    const overdue = setTimeout(() => {
      this.#isOverdue = true;
      if (!this.#options.mayWait()) this.sealOverdue();
    }, segmentMs);
    return { writer, timers: [prepare, overdue], sinceMs: Date.now(), records: 0, spans: 0, plainBytes: 0 };
  }

  #isFull({ writer, spans, plainBytes }: Filled): boolean {
    const { segmentBytes, segmentSpans, segmentPlainBytes } = this.#options.limits;
    return writer.end >= segmentBytes || spans >= segmentSpans || plainBytes >= segmentPlainBytes;
  }

  /** What is under way to it goes on, and records that come meanwhile into the next; segments are handed on in their order. */
  #sealOpen(): void {
    this.#sealDue = false;
    this.#isOverdue = false;
    const segment = this.#open;
    if (!segment) return;
    this.#open = undefined;
    for (const timer of segment.timers) clearTimeout(timer);
    this.#closing.push(segment);
    this.#closed = this.#closed.then(() => this.#close(segment));
  }

  async #close(segment: Filled): Promise<void> {
    const { identity, path } = segment.writer;
    await this.#orWarn(async () => {
      await segment.writer.close();
      if (segment.records === 0) await rm(path);
    });
    // In one step, so that the segment's bytes are always counted on one side.
    this.#closing.shift();
    const { sinceMs, spans, records } = segment;
    if (records === 0) return;
    const { bytes } = segment.writer;
    this.#options.onSealed({
      ...identity,
      token: segmentToken(identity),
      path,
      bytes,
      spans,
      sinceMs,
      interrupted: 'no',
      isRecovered: false,
    });
  }

  async #orWarn(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#options.log.warn({ err: error }, 'a segment could not be cut, closed or removed');
    }
  }
}

const bytesOf = (batch: readonly Pending[]): number => batch.reduce((sum, { record }) => sum + record.body.length, 0);

function give(segment: Filled, batch: readonly Pending[], sign: 1 | -1): void {
  for (const { record, plainBytes } of batch) {
    segment.records += sign;
    segment.spans += sign * record.spans;
    segment.plainBytes += sign * plainBytes;
  }
}
