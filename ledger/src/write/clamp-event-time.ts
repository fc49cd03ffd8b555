const DAY_MS = 86_400_000;
/** No longer ago than rows are kept: an older row would be gone at the next merge. */
const MOST_PAST_MS = 399 * DAY_MS;
/** A local clock sent as UTC is at most 14 hours ahead. */
const MOST_FUTURE_MS = DAY_MS;

/**
 * An event time that can pick a partition. One that cannot be true (1970, 2100, no number) becomes the time of receipt, so
 * that its cost shows up now. Pure: the same two times give the same answer in every entry of a call.
 */
export function clampedMs(eventMs: number, receivedMs: number): number {
  const whole = Math.floor(eventMs);
  return isBelieved(whole, receivedMs) ? whole : receivedMs;
}

/** What was said, where it could not be true; null when it was believed. */
export function originalMs(eventMs: number, receivedMs: number): number | null {
  const whole = Math.floor(eventMs);
  if (isBelieved(whole, receivedMs)) return null;
  return Number.isSafeInteger(whole) ? whole : 0;
}

const isBelieved = (eventMs: number, receivedMs: number): boolean =>
  eventMs >= receivedMs - MOST_PAST_MS && eventMs <= receivedMs + MOST_FUTURE_MS;
