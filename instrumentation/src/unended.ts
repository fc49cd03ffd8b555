interface Recording {
  isRecording(): boolean;
}
interface Expected {
  readonly span: Recording;
  readonly emit: () => void;
  readonly timer: NodeJS.Timeout;
}

/** How long after its call the span of another instrumentation may still be open. */
const PATIENCE_MS = 10_000;
const MAX_EXPECTED = 1_000;
const expected = new Map<object, Expected>();

/**
 * Other instrumentations forget to end their spans when a stream is given up, torn, or taken raw: nobody would ever hear of the call
 * that such a span was completed with. If it is still open after a while, the call is told by a span of its own.
 */
export function expectEnd(span: Recording, emit: () => void): void {
  forget(span);
  if (expected.size >= MAX_EXPECTED) return;
  expected.set(span, { span, emit, timer: setTimeout(() => settle(span), PATIENCE_MS).unref() });
}

/** The span is over. */
export function forget(span: object): void {
  clearTimeout(expected.get(span)?.timer);
  expected.delete(span);
}

/** The process ends: what is open now stays open. */
export function settleAllUnended(): void {
  for (const { span } of expected.values()) settle(span);
}

function settle(span: Recording): void {
  const emit = expected.get(span)?.emit;
  forget(span);
  if (span.isRecording()) emit?.();
}
