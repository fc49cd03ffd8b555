import { guarded } from './guard.ts';

interface Recording {
  isRecording(): boolean;
}
interface Expected {
  readonly span: WeakRef<Recording>;
  /** Tells the call by a span of its own; must not hold the other one. */
  readonly emit: () => void;
}

const MAX_EXPECTED = 10_000;
const expected = new Set<Expected>();
const bySpan = new WeakMap<object, Expected>();
const unreachable = new FinalizationRegistry<Expected>((each) => tell(each));

/**
 * Other instrumentations forget to end their spans when a stream is given up, torn, or taken raw: nobody would ever hear of the call
 * that such a span was completed with. However long it takes, somebody may still end it, until nobody has it any more: once it is
 * garbage, or the process ends, the call is told by a span of its own.
 */
export function expectEnd(span: Recording, emit: () => void): void {
  forget(span);
  const each: Expected = { span: new WeakRef(span), emit: guarded(emit) };
  expected.add(each);
  bySpan.set(span, each);
  unreachable.register(span, each, each);
  const [oldest] = expected.size > MAX_EXPECTED ? expected : [];
  if (oldest) settle(oldest);
}

/** The span is over. */
export function forget(span: object): void {
  const each = bySpan.get(span);
  if (each) drop(each);
}

/** The process ends: what is open now stays open. */
export function settleAllUnended(): void {
  for (const each of expected) settle(each);
}

function settle(each: Expected): void {
  if (each.span.deref()?.isRecording() ?? true) tell(each);
  else drop(each);
}

function tell(each: Expected): void {
  if (drop(each)) each.emit();
}

function drop(each: Expected): boolean {
  unreachable.unregister(each);
  return expected.delete(each);
}
