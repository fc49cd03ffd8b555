import type { Attempt, ObservedCall } from './observed-call.ts';
import { startTimer, stopTimer } from './timers.ts';

interface FailedAttempt {
  readonly call: ObservedCall;
  readonly emit: () => void;
  readonly timer: NodeJS.Timeout;
}

/** How long after its announced time a retry may still start. */
const GRACE_MS = 2_000;
const MAX_WAITING = 1_000;
const waiting = new Map<string, FailedAttempt[]>();
let waitingCount = 0;

/** When a retry starts, it takes the place of the try before it: one call, from the first try on. */
export function continueEarlierAttempt(call: ObservedCall): void {
  if (!call.attempt || call.attempt.number === 0) return;
  const before = { ...call.attempt, number: call.attempt.number - 1 };
  const earlier = takeFirst(keyOf(before)) ?? takeFirst(keyOf({ ...before, bodyHash: () => undefined }));
  if (!earlier) return;
  call.startMs = earlier.call.startMs;
  call.attributes['http.request.resend_count'] = call.attempt.number;
}

/** A call that failed and may be tried again waits for that; any other is emitted at once. */
export function settleAttempt(call: ObservedCall, emit: () => void): void {
  const retryAfterMs = call.error?.retryAfterMs;
  if (!call.attempt || retryAfterMs === undefined || waitingCount >= MAX_WAITING) return emit();
  const key = keyOf(call.attempt);
  const failed: FailedAttempt = {
    call,
    emit,
    timer: startTimer(() => take(key, failed)?.emit(), retryAfterMs + GRACE_MS).unref(),
  };
  waiting.set(key, [...(waiting.get(key) ?? []), failed]);
  waitingCount++;
}

/** The process ends: no more tries will come. */
export function settleAllAttempts(): void {
  for (const [key, attempts] of waiting) for (const failed of attempts) take(key, failed)?.emit();
}

function take(key: string, failed: FailedAttempt | undefined): FailedAttempt | undefined {
  const attempts = waiting.get(key);
  if (!failed || !attempts?.includes(failed)) return undefined;
  stopTimer(failed.timer);
  waitingCount--;
  const others = attempts.filter((each) => each !== failed);
  if (others.length > 0) waiting.set(key, others);
  else waiting.delete(key);
  return failed;
}

function takeFirst(key: string): FailedAttempt | undefined {
  return take(key, waiting.get(key)?.[0]);
}

function keyOf({ url, bodyHash, number }: Attempt): string {
  return `${number} ${bodyHash()} ${url}`;
}
