export const DURABILITIES = ['fsync', 'write', 'memory'] as const;
/**
 * When a request is answered: `fsync` after fdatasync (survives a power cut), `write` after write (survives kill -9),
 * `memory` before the write (a crash loses what the last milliseconds brought).
 */
export type Durability = (typeof DURABILITIES)[number];

export interface JournalLimits {
  /**
   * A segment closes at whichever comes first; its age does not close it while others wait to be stored. It is one insert: large enough
   * to be cheap, small enough for ClickHouse to hold it, and for the collector to remember it until it is written.
   */
  readonly segmentBytes: number;
  readonly segmentSpans: number;
  readonly segmentMs: number;
  /** Size of all bodies of a segment when decompressed: about what is remembered of it. */
  readonly segmentPlainBytes: number;
  /** What the ledger has not stored yet may take this much disk; beyond it requests are refused. */
  readonly journalBytes: number;
  /** No segment is begun on a disk with less room than this: the ledger's merges need some too. */
  readonly freeDiskBytes: number;
}

const MIB = 1024 * 1024;

export const JOURNAL_LIMITS: JournalLimits = {
  segmentBytes: 96 * MIB,
  segmentSpans: 100_000,
  segmentMs: 1000,
  segmentPlainBytes: 96 * MIB,
  journalBytes: 1024 * MIB,
  freeDiskBytes: 64 * MIB,
};
