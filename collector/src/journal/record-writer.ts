import { rm, statfs } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import type { Logger } from 'pino';
import { CollectorError } from '../errors.ts';
import type { JournalLimits } from './limits.ts';
import { createRecordEncoder, type JournalRecord } from './record.ts';
import { type Segment, segmentToken } from './segment.ts';
import { SegmentWriter } from './segment-writer.ts';

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

interface Open {
  readonly writer: SegmentWriter;
  readonly sinceMs: number;
  readonly timer: NodeJS.Timeout;
  records: number;
  spans: number;
  plainBytes: number;
}

/** One write and its sync carry at most this much, so that no request waits for too many others. */
const COMMIT_BYTES = 4 * 1024 * 1024;
const COMMIT_RECORDS = 256;

/**
 * Writes records behind one another and cuts the stream into segments. Group commit: while one write is on its way to the disk,
 * the records that arrive wait and go together in the next.
 */
export class RecordWriter {
  readonly #options: RecordWriterOptions;
  readonly #queue: Pending[] = [];
  readonly #encode = createRecordEncoder(2 * COMMIT_BYTES);
  #number: number;
  #unwrittenBytes = 0;
  #open: Open | undefined;
  #failure: Error | undefined;
  #sealDue = false;
  /** The open segment is as old as it should become, and stays open for want of a reader. */
  #isOverdue = false;
  #probeDue = false;
  #busy = false;
  #running: Promise<void> = Promise.resolve();

  constructor(options: RecordWriterOptions) {
    this.#options = options;
    this.#number = options.number;
  }

  /** Why the last write failed; `undefined` while writing works. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Of the open segment and of what waits to be written to it. */
  get bytes(): number {
    return this.#unwrittenBytes + (this.#open?.writer.bytes ?? 0);
  }

  /** Resolves when the record is written. @throws CollectorError `journal_unwritable`; the record is then not in the journal */
  append({ record, plainBytes }: Entry): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ record, plainBytes, resolve, reject });
      this.#unwrittenBytes += record.body.length;
      this.#start();
    });
  }

  /** Closes the open segment; resolves when everything appended before is written and handed on. */
  async seal(): Promise<void> {
    this.#sealDue = true;
    this.#start();
    await this.#running;
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
      // Requests that were read in one turn of the loop go together: alone, the first of them would keep the others waiting for its sync.
      if (this.#queue.length > 0) await setImmediate();
      const batch = this.#takeBatch();
      if (batch.length > 0) await this.#commit(batch);
      else if (this.#sealDue) await this.#sealOpen();
      else if (this.#probeDue) await this.#tryBegin();
      else break;
      if (this.#open && this.#isFull(this.#open)) await this.#sealOpen();
    }
    this.#busy = false;
  }

  #takeBatch(): Pending[] {
    let bytes = 0;
    const isOver = ({ record }: Pending, index: number) => (bytes += record.body.length) > COMMIT_BYTES && index > 0;
    const over = this.#queue.slice(0, COMMIT_RECORDS).findIndex(isOver);
    return this.#queue.splice(0, over === -1 ? COMMIT_RECORDS : over);
  }

  async #commit(batch: readonly Pending[]): Promise<void> {
    const size = batch.reduce((sum, { record }) => sum + record.body.length, 0);
    try {
      this.#open ??= await this.#begin();
      await this.#open.writer.append(this.#encode(batch.map(({ record }) => record)));
    } catch (cause) {
      await this.#giveUp(cause);
      const error = new CollectorError('journal_unwritable', 'the journal cannot be written', { cause });
      for (const { reject } of batch) reject(error);
      return;
    } finally {
      this.#unwrittenBytes -= size;
    }
    this.#writesAgain();
    for (const { record, plainBytes, resolve } of batch) {
      this.#open.spans += record.spans;
      this.#open.plainBytes += plainBytes;
      this.#open.records += 1;
      resolve();
    }
  }

  /** What a failed write or sync left in the file is unknown: the segment ends before it and the next record begins another. */
  async #giveUp(cause: unknown): Promise<void> {
    if (!this.#failure) this.#options.log.error({ err: cause }, 'the journal cannot be written; requests are refused');
    this.#failure = cause instanceof Error ? cause : new Error(String(cause));
    await this.#open?.writer
      .truncate()
      .catch((error: unknown) => this.#options.log.warn({ err: error }, 'a failed write stays in its segment'));
    await this.#sealOpen();
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

  async #begin(): Promise<Open> {
    const { directory, node, limits, sync } = this.#options;
    const { bavail, bsize } = await statfs(directory);
    if (bavail * bsize < limits.freeDiskBytes) throw new Error(`the disk has only ${bavail * bsize} bytes left, less than freeDiskBytes`);
    const writer = await SegmentWriter.create(directory, { node, number: this.#number++ }, sync);
    const timer = setTimeout(() => {
      this.#isOverdue = true;
      if (!this.#options.mayWait()) this.sealOverdue();
    }, limits.segmentMs);
    return { writer, timer, sinceMs: Date.now(), records: 0, spans: 0, plainBytes: 0 };
  }

  #isFull({ writer, spans, plainBytes }: Open): boolean {
    const { segmentBytes, segmentSpans, segmentPlainBytes } = this.#options.limits;
    return writer.bytes >= segmentBytes || spans >= segmentSpans || plainBytes >= segmentPlainBytes;
  }

  async #sealOpen(): Promise<void> {
    this.#sealDue = false;
    this.#isOverdue = false;
    const open = this.#open;
    if (!open) return;
    clearTimeout(open.timer);
    const { identity, path, bytes } = open.writer;
    try {
      await open.writer.close();
      if (open.records === 0) await rm(path);
    } catch (error) {
      this.#options.log.warn({ err: error, path }, 'a segment could not be closed or removed');
    }
    // In one step, so that the segment's bytes are always counted on one side.
    this.#open = undefined;
    if (open.records === 0) return;
    const { sinceMs, spans } = open;
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
}
