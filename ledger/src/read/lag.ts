import { OF_TENANT, READ_SETTINGS } from './limits.ts';
import { BACKFILL } from '../backfill.ts';
import type { RunQuery } from './run-query.ts';

interface Percentiles {
  /** Seconds; `null` where there are no calls. */
  readonly p50: number | null;
  readonly p95: number | null;
}

/** How far behind the ledger is. */
export interface Lag {
  /** When the newest call of the last day started, epoch milliseconds. */
  readonly newestMs: number | null;
  /** From the end of a call until the collector had it, of the hour before the newest call; of what was told afterwards there is none. */
  readonly receive: Percentiles;
  /** From the collector to the ledger, of the same. */
  readonly store: Percentiles;
}

export const NEWEST_SQL = `SELECT toUnixTimestamp64Milli(max(time)) AS newest, count() AS entries
FROM calls
WHERE ${OF_TENANT} AND time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
${READ_SETTINGS}`;

/** A clock that is ahead makes a lag negative: that is no lag. */
export const LAG_SQL = `SELECT
  quantiles(0.5, 0.95)(greatest(0, toUnixTimestamp64Milli(received_time) - toUnixTimestamp64Milli(time) - toFloat64(duration_ms))) AS receive,
  quantiles(0.5, 0.95)(greatest(0, toUnixTimestamp64Milli(recorded_at) - toUnixTimestamp64Milli(received_time))) AS store
FROM calls
WHERE ${OF_TENANT} AND version = 0 AND time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND NOT startsWith(insert_token, '${BACKFILL}')
${READ_SETTINGS}`;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const UNKNOWN: Percentiles = { p50: null, p95: null };

export async function readLag(run: RunQuery, nowMs: number): Promise<Lag> {
  const [newest] = await run<{ readonly newest: string; readonly entries: string }>(NEWEST_SQL, { from: nowMs - DAY_MS });
  if (!newest || newest.entries === '0') return { newestMs: null, receive: UNKNOWN, store: UNKNOWN };
  const newestMs = Number(newest.newest);
  const [lag] = await run<{ readonly receive: Quantiles; readonly store: Quantiles }>(LAG_SQL, {
    from: newestMs - HOUR_MS,
  });
  return { newestMs, receive: inSeconds(lag?.receive), store: inSeconds(lag?.store) };
}

/** Of nothing it is `nan`, as text. */
type Quantiles = readonly (number | string)[];

function inSeconds([p50, p95]: Quantiles = []): Percentiles {
  const seconds = (ms: number | string | undefined) => (ms === undefined || !Number.isFinite(Number(ms)) ? null : Number(ms) / 1000);
  return { p50: seconds(p50), p95: seconds(p95) };
}
