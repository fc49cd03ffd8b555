import { guarded } from './guard.ts';

interface Recording {
  isRecording(): boolean;
}
interface Finished {
  readonly attributes?: Record<string, unknown>;
}
interface Expected {
  readonly span: WeakRef<Recording>;
  /** Tells the call by a span of its own; must not hold the other one. */
  readonly emit: () => void;
}

const MAX_EXPECTED = 10_000;
const COUNTED = /^(?:gen_ai\.usage|llm\.token_count|llm\.usage|tokenledger\.(?:usage|price))\./;
const expected = new Set<Expected>();
const bySpan = new WeakMap<object, Expected>();
const toldBeside = new WeakSet<object>();
const unreachable = new FinalizationRegistry<Expected>((each) => tell(each));

/**
 * Other instrumentations forget to end their spans when a stream is given up, torn, or taken raw: nobody would ever hear of the call
 * that such a span was completed with. However long it takes, somebody may still end it, until nobody has it any more: once it is
 * garbage, or all spans are asked for, the call is told by a span of its own.
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

/** The span is over. If its call was told beside it, it does not count any more. */
export function noteEnd(span: Finished): void {
  forget(span);
  if (!toldBeside.has(span)) return;
  for (const name of Object.keys(span.attributes ?? {})) if (COUNTED.test(name)) delete span.attributes?.[name];
}

function forget(span: object): void {
  const each = bySpan.get(span);
  if (each) drop(each);
}

/** All spans are asked for: the process, or what a serverless platform lets run, ends. */
export function settleAllUnended(): void {
  for (const each of expected) settle(each);
}

function settle(each: Expected): void {
  const span = each.span.deref();
  if (span && !span.isRecording()) return void drop(each);
  if (span) toldBeside.add(span);
  tell(each);
}

function tell(each: Expected): void {
  if (drop(each)) each.emit();
}

function drop(each: Expected): boolean {
  unreachable.unregister(each);
  return expected.delete(each);
}
