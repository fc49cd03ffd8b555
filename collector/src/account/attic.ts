import { observe } from '../understand/observe.ts';
import { isAsPosted, postAgain } from './post-again.ts';
import { PostedCall } from './posted-call.ts';
import type { Pricing } from './price.ts';
import type { Received } from './received.ts';
import { NOT_POSTED, type Place, SpanBytes } from './span-bytes.ts';
import { SpanList } from './span-list.ts';
import type { KnownSpan, Trace } from './trace.ts';

/** Of spans as bytes, whatever their number. */
const MOST_BYTES = 2 ** 27;
const NO_SPANS = new SpanList<KnownSpan>();

export interface AtticOptions {
  /** So many spans are held as objects. */
  readonly awake: number;
}

/** Mended by forgetting all that was not written, and posting it again. */
export class SpansGone extends Error {
  override readonly name = 'SpansGone';
  readonly retryable = true;

  constructor({ traceId }: Pick<Trace, 'traceId'>) {
    super(`spans of trace ${traceId} can no longer be read from the journal`);
  }
}

/**
 * Traces that were not touched lately are put away, as the bytes in which their spans came. Asked for, one is read, understood, judged and
 * priced again, with the same result. Where that cannot be, a trace stays as it is: if a span came otherwise, or the ledger told of one.
 */
export class Attic {
  readonly #options: AtticOptions;
  /** Of the traces that may be put away. */
  #awakeSpans = 0;
  readonly #bytes = new SpanBytes(MOST_BYTES);
  /** What was posted of every trace that is away, or may be put away, was priced by it. */
  #prices: Pricing;

  constructor(options: AtticOptions, prices: Pricing) {
    this.#options = options;
    this.#prices = prices;
  }

  /** To be told when nothing is away, and nothing may be put away: it was priced otherwise. */
  reprice(prices: Pricing): void {
    this.#prices = prices;
  }

  get isOver(): boolean {
    return this.#bytes.isOver;
  }

  get isCrowded(): boolean {
    return this.#awakeSpans > this.#options.awake;
  }

  /** A span of it that came now. */
  keep(trace: Trace, received: Received): Place | undefined {
    return trace.mayBePutAway ? this.#bytes.keep(received) : undefined;
  }

  /** Told of after each span that a trace has more. */
  grow(trace: Trace): void {
    if (trace.mayBePutAway) this.#awakeSpans += 1;
  }

  /** Another account of a span counts from now on. */
  replace(known: KnownSpan, received: Received): void {
    if (!known.place) return;
    this.#bytes.release(known.place);
    known.place = this.keep(known.trace, { ...received, receivedMs: known.receivedMs });
  }

  /** False: its spans can no longer be read, and it stays away. */
  wake(trace: Trace): boolean {
    if (!trace.away) return true;
    const spans = new SpanList<KnownSpan>();
    for (const place of trace.away) {
      const read = this.#bytes.read(place);
      if (read?.span.traceId !== trace.traceId) return false;
      const { span, receivedMs } = read;
      spans.add({ trace, observation: observe(span), receivedMs, posted: undefined, place });
    }
    trace.spans = spans;
    trace.away = undefined;
    postAgain(trace, this.#prices);
    trace.mayBePutAway = true;
    this.#awakeSpans += trace.spans.size;
    return true;
  }

  /** Nothing of it is needed any more. */
  leave(trace: Trace): void {
    for (const place of trace.away ?? []) this.#bytes.release(place);
    this.giveUp(trace);
  }

  /** It stays as it is. */
  giveUp(trace: Trace): void {
    if (trace.mayBePutAway) this.#awakeSpans -= trace.spans.size;
    trace.mayBePutAway = false;
    for (const known of trace.spans.values()) {
      if (known.place) this.#bytes.release(known.place);
      known.place = undefined;
    }
  }

  putAway(trace: Trace): void {
    if (!trace.mayBePutAway) return;
    const places = placesOf(trace);
    if (!places || (trace.isSeenAnew && !isAsPosted(trace, this.#prices))) return this.giveUp(trace);
    trace.mayBePutAway = false;
    this.#awakeSpans -= trace.spans.size;
    for (const place of places) this.#bytes.renew(place);
    trace.away = places;
    trace.spans = NO_SPANS;
  }
}

/** Where all of its spans are, if what was posted of them was posted here. */
function placesOf({ spans }: Trace): readonly Place[] | undefined {
  const places: Place[] = [];
  for (const { place, posted } of spans.values()) {
    if (!place || (posted && !(posted instanceof PostedCall))) return undefined;
    place.version = posted?.version ?? NOT_POSTED;
    places.push(place);
  }
  return places;
}
