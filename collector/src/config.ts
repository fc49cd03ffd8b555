import { z } from 'zod';
import { DURABILITIES, JOURNAL_LIMITS } from './journal/limits.ts';

const MIB = 1024 * 1024;
const count = z.number().int().positive();

/** How much the collector takes on. Every setting has a default; times are milliseconds, sizes bytes. */
export const collectorLimitsSchema = z.strictObject({
  /** One request's body, as sent and again when decompressed (the specification recommends at most 64 MiB). */
  bodyBytes: count.default(16 * MIB),
  /** Bodies being read, decompressed, decoded or written, all together: beyond it requests are told to come again. */
  inFlightBytes: count.default(64 * MIB),
  /** A size limit does not bound memory while many bodies grow at once, so few are decompressed at a time … */
  decompressions: count.default(2),
  /** … and few more may wait for their turn. */
  decompressionsWaiting: count.default(64),
  /** gRPC shows a message only when it is whole, so no bytes can be counted before: this many are received at a time … */
  grpcReceiving: count.default(16),
  /** … and this many calls more may wait, unread. */
  grpcWaiting: count.default(1024),
  /** Time for a whole request to arrive. */
  requestMs: count.default(60_000),
  /** Of one key, or of all senders together where no key is asked for; absent: no limit. */
  keyRequestsPerSecond: count.optional(),
  /** Bytes of bodies as they are sent. */
  keyBytesPerSecond: count.optional(),
  /** How often traces that several collectors wrote at once are looked for. */
  settleMs: count.default(30_000),
  /** Of a connection without a request. Load balancers keep theirs for 60 s: should ours end first, what they send on it just then is lost. */
  keepAliveMs: count.default(75_000),
  /** At a stop: for requests that have begun, then for what the journal holds. Both together stay below the patience of supervisors. */
  stopRequestsMs: count.default(2000),
  stopFlushMs: count.default(1500),
  /** Origins of web pages that may send, `*` for any. */
  corsOrigins: z.array(z.string()).default([]),
  durability: z.enum(DURABILITIES).default('fsync'),
  segmentBytes: count.default(JOURNAL_LIMITS.segmentBytes),
  segmentSpans: count.default(JOURNAL_LIMITS.segmentSpans),
  segmentMs: count.default(JOURNAL_LIMITS.segmentMs),
  segmentPlainBytes: count.default(JOURNAL_LIMITS.segmentPlainBytes),
  journalBytes: count.default(JOURNAL_LIMITS.journalBytes),
  freeDiskBytes: count.default(JOURNAL_LIMITS.freeDiskBytes),
});
export type CollectorLimits = Readonly<z.infer<typeof collectorLimitsSchema>>;
