import type { StoredSpan } from '@tokenledger/ledger';
import type { Call, TenantId } from '@tokenledger/model';
import type { Observation } from '../understand/observation.ts';
import { Emitters } from './emitters.ts';
import { Forgotten } from './forgotten.ts';
import { Links } from './links.ts';
import { isPreferred } from './prefer.ts';
import { readEvidence } from './stored-evidence.ts';

export interface KnownSpan {
  readonly trace: Trace;
  observation: Observation;
  receivedMs: number | undefined;
  /** What the ledger holds, or will hold when the postings so far are written. */
  posted: { readonly call: Call; readonly version: number } | undefined;
}

export interface Trace {
  readonly tenant: TenantId;
  readonly traceId: string;
  readonly spans: Map<string, KnownSpan>;
  /** The last posting that had to do with it. */
  touchedBy: number;
}

interface OfTenant {
  readonly traces: Map<string, Trace>;
  readonly emitters: Emitters;
  /** Only where there is more than one instrumentation. */
  links: Links | undefined;
  /** When the second instrumentation was met: response ids that were forgotten before are not known to be. */
  linkedSinceMs: number;
}

/** Clocks of apps and collectors differ; what began this close to a limit is looked up. */
const CLOCK_SKEW_MS = 300_000;
const NO_TRACES: ReadonlySet<Trace> = new Set();

/**
 * The traces seen lately, and what ties them to each other. Holds about `capacity` spans: the traces touched longest ago are forgotten
 * first, and only that there was something is still known then. Everything that began after `sinceMs` came by here.
 */
export class Memory {
  readonly #capacity: number;
  readonly #now: () => number;
  readonly #tenants = new Map<TenantId, OfTenant>();
  /** In order of their last touch. */
  readonly #order = new Set<Trace>();
  readonly #forgotten: Forgotten;
  #size = 0;
  #posting = 0;
  /** When it began: asked for every span, a clock would cost more than the answer. */
  #postingMs = 0;
  /** The latest end of a span that was forgotten. */
  #newestForgottenMs = -Infinity;

  constructor(capacity: number, sinceMs: number, now: () => number) {
    this.#capacity = capacity;
    this.#now = now;
    this.#forgotten = new Forgotten(sinceMs);
  }

  trace(tenant: TenantId, traceId: string): Trace | undefined {
    return this.#tenants.get(tenant)?.traces.get(traceId);
  }

  create(tenant: TenantId, traceId: string): Trace {
    const trace: Trace = { tenant, traceId, spans: new Map(), touchedBy: this.#posting };
    this.#ofTenant(tenant).traces.set(traceId, trace);
    this.#order.add(trace);
    return trace;
  }

  /** To be told of a call before it is asked what may have been forgotten about it. */
  meet(tenant: TenantId, call: Observation): void {
    const ofTenant = this.#ofTenant(tenant);
    if (ofTenant.emitters.add(call)) this.#linkAll(ofTenant);
  }

  /** Whether a trace that is not here is new, seen from one of its spans: its root began when everything came by here. */
  isBegunBy(tenant: TenantId, { traceId, parentSpanId, timeMs }: Observation): boolean {
    return parentSpanId === undefined && this.#isSince(timeMs, this.#forgotten.horizonMs) && !this.#forgotten.has(tenant, traceId);
  }

  /** Whether a call that shares its response id, and is not here, may be in the ledger. */
  mayHaveForgottenResponse(tenant: TenantId, { responseId, timeMs }: Observation): boolean {
    if (responseId === undefined) return false;
    if (!this.#isSince(timeMs, this.#forgotten.horizonMs)) return true;
    const { emitters, linkedSinceMs } = this.#ofTenant(tenant);
    if (!emitters.areSeveral) return false;
    return !this.#isSince(timeMs, linkedSinceMs) || this.#forgotten.has(responsesOf(tenant), responseId);
  }

  /** Whether a twin by another instrumentation, which is not here, may be in the ledger. */
  mayHaveForgottenTwin(tenant: TenantId, call: Observation): boolean {
    if (!this.#isSince(call.timeMs, this.#forgotten.horizonMs)) return true;
    return this.#ofTenant(tenant).emitters.areSeveralOf(call) && !this.#isSince(call.timeMs, this.#newestForgottenMs);
  }

  /** Adds what the ledger told; of one span the newer version counts. */
  recall(tenant: TenantId, stored: StoredSpan): void {
    const { traceId, spanId, version, call } = stored;
    const trace = this.trace(tenant, traceId) ?? this.create(tenant, traceId);
    let known = trace.spans.get(spanId);
    if (!known) {
      const observation = readEvidence(stored)?.span;
      if (!observation) return;
      known = { trace, observation, receivedMs: call?.receivedMs, posted: undefined };
      this.#put(known);
    }
    if (call && version > (known.posted?.version ?? -1)) known.posted = { call, version };
  }

  /** Of two accounts of one span the same one stays, whichever came first. */
  add(trace: Trace, observation: Observation, receivedMs: number | undefined): 'new' | 'replaced' | 'known' {
    const known = trace.spans.get(observation.spanId);
    if (!known) {
      this.#put({ trace, observation, receivedMs, posted: undefined });
      return 'new';
    }
    if (!isPreferred(observation, known.observation)) return 'known';
    const left = this.#unlink(known);
    known.observation = observation;
    this.#link(known);
    for (const other of left ?? []) this.#ofTenant(trace.tenant).links?.pair(other);
    return 'replaced';
  }

  /** The traces with a span that may be the same request as one of this trace. */
  linked(trace: Trace): ReadonlySet<Trace> {
    return this.#ofTenant(trace.tenant).links?.of(trace) ?? NO_TRACES;
  }

  /** The traces that are tied to others than when this was asked last. */
  takeMoved(tenant: TenantId): ReadonlySet<Trace> {
    return this.#ofTenant(tenant).links?.takeMoved() ?? NO_TRACES;
  }

  /** What is touched from now on belongs to this posting; postings are numbered in order. */
  begin(posting: number): void {
    this.#posting = posting;
    this.#postingMs = this.#now();
  }

  touch(trace: Trace): void {
    trace.touchedBy = this.#posting;
    this.#order.delete(trace);
    this.#order.add(trace);
  }

  /** Until there is room, and nothing that a later posting than this had to do with: the ledger may not have it yet. */
  forgetOldest(lastWritten: number): void {
    for (const trace of this.#order) {
      if (this.#size <= this.#capacity || trace.touchedBy > lastWritten) return;
      this.#forget(trace);
    }
  }

  forgetAll(): void {
    for (const trace of this.#order) this.#forget(trace);
  }

  #forget(trace: Trace): void {
    const { tenant, traceId, spans } = trace;
    this.#order.delete(trace);
    this.#ofTenant(tenant).traces.delete(traceId);
    this.#size -= spans.size;
    let newestMs = -Infinity;
    for (const known of spans.values()) {
      const { responseId, timeMs, durationMs } = known.observation;
      newestMs = Math.max(newestMs, timeMs + durationMs);
      if (this.#unlink(known) && responseId !== undefined) this.#forgotten.add(responsesOf(tenant), responseId, newestMs);
    }
    this.#forgotten.add(tenant, traceId, newestMs);
    this.#newestForgottenMs = Math.max(this.#newestForgottenMs, newestMs);
  }

  #isSince(timeMs: number, limitMs: number): boolean {
    return timeMs > limitMs + CLOCK_SKEW_MS && timeMs <= this.#postingMs;
  }

  #ofTenant(tenant: TenantId): OfTenant {
    const known = this.#tenants.get(tenant);
    if (known) return known;
    const added = { traces: new Map<string, Trace>(), emitters: new Emitters(), links: undefined, linkedSinceMs: Infinity };
    this.#tenants.set(tenant, added);
    return added;
  }

  #put(known: KnownSpan): void {
    known.trace.spans.set(known.observation.spanId, known);
    this.#size += 1;
    this.#link(known);
  }

  #link(known: KnownSpan): void {
    const { observation, trace } = known;
    if (observation.role !== 'inference') return;
    this.meet(trace.tenant, observation);
    this.#ofTenant(trace.tenant).links?.add(known);
  }

  #linkAll(ofTenant: OfTenant): void {
    const links = new Links(ofTenant.emitters);
    ofTenant.linkedSinceMs = this.#now();
    ofTenant.links = links;
    for (const { spans } of ofTenant.traces.values())
      for (const known of spans.values()) if (known.observation.role === 'inference') links.add(known);
  }

  /** Returns those that are left without their twin; undefined when it was not linked. */
  #unlink(known: KnownSpan): readonly KnownSpan[] | undefined {
    return known.observation.role === 'inference' ? this.#ofTenant(known.trace.tenant).links?.remove(known) : undefined;
  }
}

const responsesOf = (tenant: TenantId): string => `${tenant}/response`;
