import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { CollectorError } from '../errors.ts';
import { lockDirectory } from './directory-lock.ts';
import type { Durability, JournalLimits } from './limits.ts';
import { openProgress, type Progress } from './progress.ts';
import type { JournalRecord } from './record.ts';
import { type Entry, RecordWriter } from './record-writer.ts';
import { type Recovered, recoverSegments } from './recover.ts';
import type { Segment } from './segment.ts';

export interface JournalOptions {
  readonly directory: string;
  readonly limits: JournalLimits;
  readonly durability: Durability;
  readonly log: Logger;
  /** Only with durability `memory`: spans that were answered for and then could not be written. */
  readonly onLost?: (spans: number) => void;
}

export interface JournalState {
  /** Accepted and not stored yet. */
  readonly spans: number;
  readonly bytes: number;
  readonly segments: number;
  /** Arrival of the oldest segment that is not stored, epoch milliseconds. */
  readonly oldestMs: number | undefined;
  /** Found behind the last good record of a segment when the journal was opened. */
  readonly corruptBytes: number;
  /** `bytes` beyond which requests are refused. */
  readonly limitBytes: number;
}

/** Part of the limit. Who is refused comes again at once: a journal that lets some in as a segment leaves is no less full. */
const ROOMY = 7 / 8;

/**
 * The promise behind every 200. `append` resolves when the record is on disk; records are gathered into segments, segments are
 * handed out by `next` in order, and `done` forgets them. One process owns the directory:
 *
 *     lock  progress  000000000042.segment …  dead-letter/
 */
export class Journal {
  readonly #options: JournalOptions;
  readonly #lock: { release(): void };
  readonly #progress: Progress;
  readonly #writer: RecordWriter;
  /** Closed segments that are not stored, oldest first. */
  readonly #waiting: Segment[];
  /** Files of segments that are done and may still be read, by their numbers. */
  readonly #stored = new Map<number, string>();
  /** How many of them were handed out. */
  #taken = 0;
  readonly #corruptBytes: number;
  /** Of closed segments. */
  #waitingBytes: number;
  #spans: number;
  #sealed = false;
  #ended = false;
  /** Said once, until it has room for more than the next requests. */
  #isSaidFull = false;
  #wake: (() => void) | undefined;

  /** @throws DirectoryInUseError when another process has the directory open */
  static async open(options: JournalOptions): Promise<Journal> {
    const { directory } = options;
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const lock = lockDirectory(directory, join(directory, 'lock'));
    try {
      const progress = await openProgress(directory);
      const recovered = await recoverSegments(directory, progress.done, Date.now());
      return new Journal(options, lock, progress, recovered);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  private constructor(options: JournalOptions, lock: { release(): void }, progress: Progress, recovered: Recovered) {
    this.#options = options;
    this.#lock = lock;
    this.#progress = progress;
    this.#waiting = recovered.segments;
    this.#corruptBytes = recovered.corruptBytes;
    this.#waitingBytes = recovered.segments.reduce((sum, { bytes }) => sum + bytes, 0);
    this.#spans = recovered.segments.reduce((sum, { spans }) => sum + spans, 0);
    this.#writer = new RecordWriter({
      directory: options.directory,
      node: randomBytes(8).toString('hex'),
      number: recovered.highest + 1,
      limits: options.limits,
      sync: options.durability === 'fsync',
      log: options.log,
      onSealed: (segment) => this.#push(segment),
      mayWait: () => this.#waiting.length > this.#taken,
    });
  }

  get state(): JournalState {
    return {
      spans: this.#spans,
      bytes: this.#waitingBytes + this.#writer.bytes,
      segments: this.#waiting.length,
      oldestMs: this.#waiting[0]?.sinceMs,
      corruptBytes: this.#corruptBytes,
      limitBytes: this.#options.limits.journalBytes,
    };
  }

  /**
   * Resolves when the record is as durable as was asked for; what becomes of its bytes is then no matter.
   * @throws CollectorError `journal_full`, `journal_unwritable` or `stopping`: the record is then not in the journal
   */
  async append(entry: Entry): Promise<void> {
    if (this.#sealed) throw new CollectorError('stopping', 'the collector is stopping');
    if (this.#isFull()) {
      this.#sayFull();
      throw new CollectorError('journal_full', 'the journal is full: the ledger has not stored what came before');
    }
    const { record } = entry;
    if (this.#options.durability === 'memory') this.#writer.append(copyOf(entry)).catch(() => this.#lose(record));
    else await this.#writer.append(entry);
    this.#spans += record.spans;
  }

  /**
   * The oldest segment that was not handed out; waits for one. `undefined` after `seal` when none is left. For one reader only, who has them
   * done in this order.
   */
  async next(): Promise<Segment | undefined> {
    while (this.#waiting.length === this.#taken && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.ready();
  }

  /** What `next` would give now, without waiting. */
  ready(): Segment | undefined {
    const segment = this.#waiting[this.#taken];
    if (segment) this.#taken += 1;
    if (this.#waiting.length === this.#taken) this.#writer.sealOverdue();
    return segment;
  }

  /** True while a segment waits that a former process may have written in part. They come first. */
  get isRecovering(): boolean {
    return this.#waiting[0] !== undefined && this.#waiting[0].interrupted !== 'no';
  }

  /** The oldest segment is in the ledger: its number is remembered. Its file stays until nobody reads it, or until the journal is closed. */
  async done({ number }: Pick<Segment, 'number'>): Promise<void> {
    const [segment] = this.#waiting;
    if (segment?.number !== number || this.#taken === 0) throw new Error(`segment ${number} is not the oldest that was handed out`);
    await this.#progress.record(segment.number);
    // What another process left may hold records of other nodes.
    if (segment.isRecovered) await this.#remove(segment.path);
    else this.#stored.set(segment.number, segment.path);
    this.#waiting.shift();
    this.#taken -= 1;
    this.#waitingBytes -= segment.bytes;
    this.#spans -= segment.spans;
    if (!this.#isSaidFull || this.state.bytes > this.#options.limits.journalBytes * ROOMY) return;
    this.#isSaidFull = false;
    this.#options.log.info('the journal has room again');
  }

  /** Nobody reads the file of a segment that is done any more: it goes, or is used again. Of others nothing is known here. */
  async reuse(number: number): Promise<void> {
    const path = this.#stored.get(number);
    if (path === undefined) return;
    this.#stored.delete(number);
    if (!this.#writer.reuse(path)) await this.#remove(path);
  }

  /** Why nothing can be appended now, or `undefined`. After a failed write it tries again. */
  async refusal(): Promise<string | undefined> {
    if (this.#sealed) return 'the collector is stopping';
    if (this.#isFull()) return 'the journal is full';
    if (this.#writer.failure) await this.#writer.probe();
    return this.#writer.failure?.message;
  }

  /** Takes no more; what was taken is written and can be had by `next`. */
  async seal(): Promise<void> {
    this.#sealed = true;
    await this.#writer.seal();
    this.#ended = true;
    this.#wake?.();
  }

  async close(): Promise<void> {
    await this.seal();
    for (const path of this.#stored.values()) await this.#remove(path);
    this.#stored.clear();
    await this.#progress.close();
    this.#lock.release();
  }

  async #remove(path: string): Promise<void> {
    await rm(path).catch((error: unknown) => this.#options.log.warn({ err: error }, 'a stored segment stays until the next start'));
  }

  #isFull(): boolean {
    return this.state.bytes >= this.#options.limits.journalBytes;
  }

  #sayFull(): void {
    if (this.#isSaidFull) return;
    this.#isSaidFull = true;
    const { bytes, spans, oldestMs } = this.state;
    this.#options.log.error(
      { bytes, limitBytes: this.#options.limits.journalBytes, spans, lagMs: oldestMs === undefined ? 0 : Date.now() - oldestMs },
      'the journal is full and requests are refused until the ledger has stored some of it: see why it does not keep up, or give it more room (journalBytes)',
    );
  }

  #push(segment: Segment): void {
    this.#waiting.push(segment);
    this.#waitingBytes += segment.bytes;
    this.#wake?.();
  }

  #lose({ spans }: JournalRecord): void {
    this.#spans -= spans;
    this.#options.onLost?.(spans);
  }
}

const copyOf = ({ record, plainBytes }: Entry): Entry => ({ record: { ...record, body: Buffer.from(record.body) }, plainBytes });
