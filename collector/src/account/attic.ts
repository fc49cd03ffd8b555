import type { TenantId } from '@tokenledger/model';
import { observe } from '../understand/observe.ts';
import { type AwayTrace, AwayTraces, type Row } from './away-traces.ts';
import { type Mark, markOf } from './mark.ts';
import { isAsPosted, postAgain } from './post-again.ts';
import { PostedCall } from './posted-call.ts';
import type { Pricing } from './price.ts';
import type { Received } from './received.ts';
import { type Kept, NOT_POSTED, type Place, SpanBytes } from './span-bytes.ts';
import { type KnownSpan, newTrace, type Trace } from './trace.ts';

/** Of spans as bytes, whatever their number. */
const MOST_BYTES = 2 ** 27;

export interface AtticOptions {
  /** So many spans are held as objects. */
  readonly awake: number;
}

/** Mended by forgetting all that was not written, and posting it again. */
export class SpansGone extends Error {
  override readonly name = 'SpansGone';
  readonly retryable = true;

  constructor() {
    super('spans that are not stored yet can no longer be read from the journal');
  }
}

/**
 * Traces that were not touched lately are put away, as the bytes in which their spans came. Asked for, one is read, understood, judged and
 * priced again, with the same result. Where that cannot be, a trace stays as it is: if a span came otherwise, or the ledger told of one.
 */
export class Attic {
  /** What is away. */
  readonly away = new AwayTraces();
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
    if (known.place === undefined) return;
    this.#bytes.release(known.place);
    known.place = this.keep(known.trace, { ...received, receivedMs: known.receivedMs });
  }

  /** `undefined`: its spans can no longer be read, and it stays away. */
  wake(row: Row): Trace | undefined {
    const away = this.away.read(row);
    const { mark, tenant, known, touchedBy, newestMs, places } = away;
    const read = this.#read(away);
    const [first] = read;
    if (!first) return undefined;
    const { traceId } = first.span;
    const trace = newTrace({ tenant, traceId, mark, known, touchedBy, mayBePutAway: true });
    trace.newestMs = newestMs;
    const versions = new Map<KnownSpan, number>();
    for (const [index, { span, receivedMs, version }] of read.entries()) {
      const woken = { trace, observation: observe(span), receivedMs, posted: undefined, place: places[index] };
      trace.spans.add(woken);
      versions.set(woken, version);
    }
    postAgain(trace, versions, this.#prices);
    this.#awakeSpans += trace.spans.size;
    this.away.remove(row);
    return trace;
  }

  /** Returns what it was. */
  forget(row: Row): AwayTrace {
    const away = this.away.read(row);
    for (const place of away.places) this.#bytes.release(place);
    this.away.remove(row);
    return away;
  }

  /** It stays as it is. */
  giveUp(trace: Trace): void {
    if (trace.mayBePutAway) this.#awakeSpans -= trace.spans.size;
    trace.mayBePutAway = false;
    for (const known of trace.spans.values()) {
      if (known.place !== undefined) this.#bytes.release(known.place);
      known.place = undefined;
    }
  }

  /** False: it stays as it is from now on. */
  putAway(trace: Trace): boolean {
    if (!trace.mayBePutAway) return false;
    if (!canBeMadeAgain(trace) || (trace.isSeenAnew && !isAsPosted(trace, this.#prices))) {
      this.giveUp(trace);
      return false;
    }
    const { tenant, mark, known, touchedBy, newestMs, spans } = trace;
    const places: Place[] = [];
    for (const { place, posted } of spans.values()) {
      if (place === undefined) continue;
      this.#bytes.posted(place, posted?.version ?? NOT_POSTED);
      places.push(this.#bytes.renew(place));
    }
    this.away.add({ tenant, mark, known, touchedBy, newestMs, places });
    this.#awakeSpans -= spans.size;
    return true;
  }

  /** Its spans; none if one cannot be read, or is another's. */
  #read({ tenant, mark, places }: AwayTrace): readonly Kept[] {
    const spans: Kept[] = [];
    for (const place of places) {
      const kept = this.#bytes.read(place);
      if (!kept || kept.span.traceId !== (spans[0] ?? kept).span.traceId) return [];
      spans.push(kept);
    }
    const [first] = spans;
    return first && isMarkOf(mark, tenant, first.span.traceId) ? spans : [];
  }
}

function isMarkOf({ place, fingerprint }: Mark, tenant: TenantId, traceId: string): boolean {
  const mark = markOf(tenant, traceId);
  return mark.place === place && mark.fingerprint === fingerprint;
}

/** All of its spans are kept, and what was posted of them was posted here. */
const canBeMadeAgain = ({ spans }: Trace): boolean =>
  spans.size > 0 && spans.values().every(({ place, posted }) => place !== undefined && (!posted || posted instanceof PostedCall));
