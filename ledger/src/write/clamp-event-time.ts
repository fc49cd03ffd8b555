const DAY_MS = 86_400_000;
/** No longer ago than rows are kept: an older row would be gone at the next merge. */
const MOST_PAST_MS = 399 * DAY_MS;
/** A local clock sent as UTC is at most 14 hours ahead. */
const MOST_FUTURE_MS = DAY_MS;

export interface ClampedTime {
  readonly timeMs: number;
  /** What was said, where it could not be true; null when it was believed. */
  readonly originalMs: number | null;
}

/**
 * An event time that can pick a partition. One that cannot be true (1970, 2100, no number) becomes the time of receipt, so
 * that its cost shows up now. Pure: the same two times give the same answer in every entry of a call.
 */
export function clampEventTime(eventMs: number, receivedMs: number): ClampedTime {
  const whole = Math.floor(eventMs);
  if (whole >= receivedMs - MOST_PAST_MS && whole <= receivedMs + MOST_FUTURE_MS) return { timeMs: whole, originalMs: null };
  return { timeMs: receivedMs, originalMs: Number.isSafeInteger(whole) ? whole : 0 };
}
