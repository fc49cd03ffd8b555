import type { StoredSpan } from '@tokenledger/ledger';
import type { TenantId } from '@tokenledger/model';
import type { Observation } from '../understand/observation.ts';
import { Attic, SpansGone } from './attic.ts';
import type { Row } from './away-traces.ts';
import { Forgotten } from './forgotten.ts';
import { Links } from './links.ts';
import { type Mark, markOf, markOfResponse, rememberLast } from './mark.ts';
import { isPreferred } from './prefer.ts';
import type { Pricing } from './price.ts';
import type { Received } from './received.ts';
import { readEvidence } from './stored-evidence.ts';
import { type OfTenant, Tenants } from './tenants.ts';
import { TouchOrder } from './touch-order.ts';
import { type KnownSpan, newTrace, type Told, type Trace } from './trace.ts';
import { TraceTable } from './trace-table.ts';

export interface MemoryOptions {
  /** Spans remembered, about. */
  readonly capacity: number;
  /** So many of them are held as objects, and the others as the bytes in which they came. */
  readonly awake: number;
  /** Everything that began later came by here. */
  readonly sinceMs: number;
  readonly prices: Pricing;
  readonly now: () => number;
}

/** Clocks of apps and collectors differ; what began this close to a limit is looked up. */
const CLOCK_SKEW_MS = 300_000;
/** So long after a span of a trace has ended may another one begin that has to do with it. */
const LONGEST_PAUSE_MS = 900_000;
const NO_TRACES: ReadonlySet<Trace> = new Set();

/**
 * The traces seen lately, and what ties them to each other. Holds about `capacity` spans: the traces touched longest ago are forgotten
 * first, and only that there was something is still known then. Before that they are put away, as the bytes in which they came: asked for, a
 * trace is read, understood, judged and priced again, with the same result. Of a tenant with several instrumentations none is put away, for
 * any may be the twin of the next; neither is one of which the ledger told.
 */
export class Memory {
  readonly #options: MemoryOptions;
  readonly #tenants = new Tenants();
  readonly #markOf = rememberLast(markOf);
  readonly #traces = new TraceTable();
  readonly #order = new TouchOrder();
  readonly #attic: Attic;
  readonly #forgotten: Forgotten;
  #size = 0;
  #lastWritten = 0;
  #posting = 0;
  /** When it began: asked for every span, a clock would cost more than the answer. */
  #postingMs = 0;

  constructor(options: MemoryOptions) {
    this.#options = options;
    this.#attic = new Attic(options, options.prices);
    this.#forgotten = new Forgotten(options.sinceMs);
  }

  trace(tenant: TenantId, traceId: string): Trace | undefined {
    const mark = this.#markOf(tenant, traceId);
    const awake = this.#traces.get(tenant, traceId, mark);
    if (awake) return awake;
    const { away } = this.#attic;
    // Another of the same mark is woken as well.
    for (let row = away.find(mark); row !== undefined; row = away.find(mark)) this.#wake(row);
    return this.#traces.get(tenant, traceId, mark);
  }

  create(tenant: TenantId, traceId: string): Trace {
    const { links } = this.#tenants.of(tenant);
    const mark = this.#markOf(tenant, traceId);
    const known = this.#forgotten.has(mark) ? 'forgotten' : 'came';
    const trace = newTrace({ tenant, traceId, mark, known, mayBePutAway: !links, touchedBy: this.#posting });
    this.#traces.add(trace);
    this.#order.add(trace);
    return trace;
  }

  /** To be told of a call before it is asked what may have been forgotten about it. */
  meet(tenant: TenantId, call: Observation): void {
    const ofTenant = this.#tenants.of(tenant);
    if (ofTenant.emitters.add(call)) this.#linkAll(ofTenant);
  }

  /**
   * Of the traces of these spans those of which the ledger may hold what is not here; it is then asked for it. Not where the root began when
   * everything came by here. Nor, so far, where all that came began long after that: what was stored of it before had ended long ago, and nothing inherits from it.
   */
  tracesToRecall(told: Iterable<Told>): ReadonlySet<Trace> {
    const { horizonMs } = this.#forgotten;
    const wanted = new Set<Trace>();
    for (const { trace, observation } of told) {
      if (trace.known === 'all') continue;
      const isRoot = observation.parentSpanId === undefined;
      if (trace.known === 'forgotten' || !this.#isSince(observation.timeMs, isRoot ? horizonMs : horizonMs + LONGEST_PAUSE_MS))
        wanted.add(trace);
      else if (isRoot) {
        trace.known = 'all';
        if (wanted.size > 0) wanted.delete(trace);
      }
    }
    return wanted;
  }

  /** Whether a call that shares its response id, and is not here, may be in the ledger. */
  mayHaveForgottenResponse(tenant: TenantId, { responseId, timeMs }: Observation): boolean {
    if (responseId === undefined) return false;
    if (!this.#isSince(timeMs, this.#forgotten.horizonMs)) return true;
    const { emitters, linkedSinceMs } = this.#tenants.of(tenant);
    if (!emitters.areSeveral) return false;
    return !this.#isSince(timeMs, linkedSinceMs) || this.#forgotten.has(markOfResponse(tenant, responseId));
  }

  /** Whether a twin by another instrumentation, which is not here, may be in the ledger. */
  mayHaveForgottenTwin(tenant: TenantId, call: Observation): boolean {
    if (!this.#isSince(call.timeMs, this.#forgotten.horizonMs)) return true;
    return this.#tenants.of(tenant).emitters.areSeveralOf(call) && !this.#isSince(call.timeMs, this.#forgotten.newestMs);
  }

  /** Adds what the ledger told; of one span the newer version counts. */
  recall(tenant: TenantId, stored: StoredSpan): void {
    const { traceId, spanId, version, call } = stored;
    const trace = this.trace(tenant, traceId) ?? this.create(tenant, traceId);
    let known = trace.spans.get(spanId);
    if (!known) {
      const observation = readEvidence(stored)?.span;
      if (!observation) return;
      known = { trace, observation, receivedMs: call?.receivedMs, posted: undefined, place: undefined };
      this.#put(known);
    }
    if (call && version > (known.posted?.version ?? -1)) known.posted = { call, version };
  }

  /** Of two accounts of one span the same one stays, whichever came first. */
  add(trace: Trace, observation: Observation, received: Received): 'new' | 'replaced' | 'known' {
    const known = trace.spans.get(observation.spanId);
    if (!known) {
      this.#put({ trace, observation, receivedMs: received.receivedMs, posted: undefined, place: this.#attic.keep(trace, received) });
      return 'new';
    }
    if (!isPreferred(observation, known.observation)) return 'known';
    const left = this.#unlink(known);
    known.observation = observation;
    trace.newestMs = Math.max(trace.newestMs, endOf(observation));
    this.#attic.replace(known, received);
    this.#link(known);
    for (const other of left ?? []) this.#tenants.of(trace.tenant).links?.pair(other);
    return 'replaced';
  }

  /** The traces with a span that may be the same request as one of this trace. */
  linked(trace: Trace): ReadonlySet<Trace> {
    return this.#tenants.of(trace.tenant).links?.of(trace) ?? NO_TRACES;
  }

  /** The traces that are tied to others than when this was asked last. */
  takeMoved(tenant: TenantId): ReadonlySet<Trace> {
    return this.#tenants.of(tenant).links?.takeMoved() ?? NO_TRACES;
  }

  /** What is touched from now on belongs to this posting; postings are numbered in order. */
  begin(posting: number): void {
    this.#posting = posting;
    this.#postingMs = this.#options.now();
  }

  touch(trace: Trace): void {
    if (trace.touchedBy === this.#posting) return;
    trace.touchedBy = this.#posting;
    this.#order.remove(trace);
    this.#order.add(trace);
  }

  /**
   * To be called after a posting. Forgets until there is room, and nothing that a later posting than `lastWritten` had to do with: the ledger may
   * not have it yet. Of what stays, puts away what was not touched lately.
   */
  makeRoom(lastWritten: number): void {
    this.#lastWritten = lastWritten;
    while (this.#size > this.#options.capacity || this.#attic.isOver) if (!this.#forgetOldest()) break;
    while (this.#attic.isCrowded) {
      const trace = this.#order.nextToPutAway();
      if (!trace) break;
      if (this.#attic.putAway(trace)) this.#remove(trace);
    }
  }

  /** To be told before anything is posted at other prices. What is put away could not be priced as it was any more. */
  reprice(prices: Pricing): void {
    for (const row of this.#attic.away.rows()) this.#wakeUnwritten(row);
    for (const trace of this.#order) this.#attic.giveUp(trace);
    this.#attic.reprice(prices);
  }

  forgetAll(): void {
    for (const row of this.#attic.away.rows()) this.#forgetAway(row);
    for (const trace of this.#order) this.#forget(trace);
  }

  /** What cannot be read is forgotten; the ledger has it. @throws SpansGone when that has it not yet */
  #wake(row: Row): void {
    const trace = this.#attic.wake(row);
    if (trace) {
      this.#traces.add(trace);
      this.#order.add(trace);
    } else if (this.#attic.away.touchedBy(row) <= this.#lastWritten) this.#forgetAway(row);
    else throw new SpansGone();
  }

  /** What is put away is forgotten, which costs less than to read it all at once; what the ledger may not have yet is read. */
  #wakeUnwritten(row: Row): void {
    if (this.#attic.away.touchedBy(row) <= this.#lastWritten) this.#forgetAway(row);
    else this.#wake(row);
  }

  /** False: the ledger may not have it yet. */
  #forgetOldest(): boolean {
    const { away } = this.#attic;
    const row = away.oldest;
    const trace = this.#order.oldest;
    const isRow = row !== undefined && away.touchedBy(row) <= (trace?.touchedBy ?? Infinity);
    const touchedBy = isRow ? away.touchedBy(row) : trace?.touchedBy;
    if (touchedBy === undefined || touchedBy > this.#lastWritten) return false;
    if (isRow) this.#forgetAway(row);
    else if (trace) this.#forget(trace);
    return true;
  }

  #forget(trace: Trace): void {
    const { tenant, mark, spans, newestMs } = trace;
    this.#remove(trace);
    for (const known of spans.values()) {
      const { responseId } = known.observation;
      if (this.#unlink(known) && responseId !== undefined) this.#forgotten.add(markOfResponse(tenant, responseId), newestMs);
    }
    this.#attic.giveUp(trace);
    this.#keepMark(mark, newestMs, spans.size);
  }

  #forgetAway(row: Row): void {
    const { mark, newestMs, places } = this.#attic.forget(row);
    this.#keepMark(mark, newestMs, places.length);
  }

  #keepMark(mark: Mark, newestMs: number, spans: number): void {
    this.#size -= spans;
    this.#forgotten.add(mark, newestMs);
  }

  /** It is no longer here as an object. */
  #remove(trace: Trace): void {
    this.#order.remove(trace);
    this.#traces.remove(trace);
  }

  #isSince(timeMs: number, limitMs: number): boolean {
    return timeMs > limitMs + CLOCK_SKEW_MS && timeMs <= this.#postingMs;
  }

  #put(known: KnownSpan): void {
    const { trace, observation } = known;
    trace.spans.add(known);
    trace.newestMs = Math.max(trace.newestMs, endOf(observation));
    this.#size += 1;
    this.#attic.grow(trace);
    this.#link(known);
  }

  #link(known: KnownSpan): void {
    const { observation, trace } = known;
    if (observation.role !== 'inference') return;
    this.meet(trace.tenant, observation);
    this.#tenants.of(trace.tenant).links?.add(known);
  }

  #linkAll(ofTenant: OfTenant): void {
    const { tenant } = ofTenant;
    const links = new Links(ofTenant.emitters);
    ofTenant.linkedSinceMs = this.#options.now();
    ofTenant.links = links;
    for (const row of this.#attic.away.rows()) if (this.#attic.away.tenantOf(row) === tenant) this.#wakeUnwritten(row);
    for (const trace of this.#order) {
      if (trace.tenant !== tenant) continue;
      this.#attic.giveUp(trace);
      for (const known of trace.spans.values()) if (known.observation.role === 'inference') links.add(known);
    }
  }

  /** Returns those that are left without their twin; undefined when it was not linked. */
  #unlink(known: KnownSpan): readonly KnownSpan[] | undefined {
    return known.observation.role === 'inference' ? this.#tenants.of(known.trace.tenant).links?.remove(known) : undefined;
  }
}

const endOf = ({ timeMs, durationMs }: Observation): number => timeMs + durationMs;
