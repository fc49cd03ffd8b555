import type { StoredSpan } from '@tokenledger/ledger';
import type { Call, TenantId } from '@tokenledger/model';
import { isCallRow, type Observation } from '../understand/observation.ts';
import { MOST_SHARING_AN_ID } from '../understand/resolve/group.ts';
import { couldBeTwins, isSameResponse } from '../understand/resolve/same-call.ts';
import { twinKeys } from '../understand/resolve/twin-index.ts';
import { readEvidence } from './stored-evidence.ts';

export interface KnownSpan {
  readonly trace: Trace;
  observation: Observation;
  receivedMs: number | undefined;
  /** What the ledger holds, or will hold when the postings so far are written. */
  posted?: { readonly call: Call; readonly version: number };
}

export interface Trace {
  readonly tenant: TenantId;
  readonly traceId: string;
  readonly spans: Map<string, KnownSpan>;
}

/**
 * The traces seen lately, and what ties them to each other. Holds about `capacity` spans: the traces touched longest ago are forgotten
 * first. Everything that began after `horizonMs` and is not here was never posted.
 */
export class Memory {
  readonly #capacity: number;
  readonly #traces = new Map<string, Trace>();
  readonly #responses = new Map<string, Set<KnownSpan>>();
  /** Calls that another instrumentation may have seen as well: by what both would agree on, then by instrumentation. */
  readonly #twins = new Map<string, Map<string, Set<KnownSpan>>>();
  /** How many calls of a service each instrumentation has told. With one instrumentation alone there are no twins to look for. */
  readonly #emitters = new Map<string, Map<string, number>>();
  #size = 0;
  #horizonMs: number;

  constructor(capacity: number, horizonMs: number) {
    this.#capacity = capacity;
    this.#horizonMs = horizonMs;
  }

  get horizonMs(): number {
    return this.#horizonMs;
  }

  trace(tenant: TenantId, traceId: string): Trace | undefined {
    return this.#traces.get(traceKey(tenant, traceId));
  }

  create(tenant: TenantId, traceId: string): Trace {
    const trace: Trace = { tenant, traceId, spans: new Map() };
    this.#traces.set(traceKey(tenant, traceId), trace);
    return trace;
  }

  /** Adds what the ledger told; of one span the newer version counts. */
  recall(tenant: TenantId, stored: StoredSpan): void {
    const { traceId, spanId, version, call } = stored;
    const trace = this.trace(tenant, traceId) ?? this.create(tenant, traceId);
    let known = trace.spans.get(spanId);
    if (!known) {
      const observation = readEvidence(stored)?.span;
      if (!observation) return;
      known = { trace, observation, receivedMs: call?.receivedMs };
      this.#put(known);
    }
    if (call && version > (known.posted?.version ?? -1)) known.posted = { call, version };
  }

  /** Of two accounts of one span the same one stays, whichever came first. */
  add(trace: Trace, observation: Observation, receivedMs: number | undefined): 'new' | 'replaced' | 'known' {
    const known = trace.spans.get(observation.spanId);
    if (!known) {
      this.#put({ trace, observation, receivedMs });
      return 'new';
    }
    if (!prefer(observation, known.observation)) return 'known';
    this.#unlink(known);
    known.observation = observation;
    this.#link(known);
    return 'replaced';
  }

  /** The traces with a span that may be the same request as one of this trace. */
  linked(trace: Trace): Set<Trace> {
    const found = new Set<Trace>();
    for (const { observation } of trace.spans.values()) {
      if (observation.role !== 'inference') continue;
      if (observation.responseId !== undefined) {
        const sharing = this.#responses.get(responseKey(trace, observation.responseId));
        if (sharing && sharing.size <= MOST_SHARING_AN_ID) look(sharing, trace, observation, isSameResponse, found);
      }
      if ((this.#emitters.get(serviceKey(trace, observation))?.size ?? 0) < 2) continue;
      for (const key of twinKeys(observation, 'look')) {
        for (const [scope, candidates] of this.#twins.get(`${trace.tenant}/${key}`) ?? NO_TWINS) {
          if (scope !== scopeOf(observation)) look(candidates, trace, observation, couldBeTwins, found);
        }
      }
    }
    return found;
  }

  touch(trace: Trace): void {
    const key = traceKey(trace.tenant, trace.traceId);
    this.#traces.delete(key);
    this.#traces.set(key, trace);
  }

  forgetOldest(): void {
    for (const [key, trace] of this.#traces) {
      if (this.#size <= this.#capacity) return;
      this.#traces.delete(key);
      this.#size -= trace.spans.size;
      for (const known of trace.spans.values()) {
        this.#unlink(known);
        this.#horizonMs = Math.max(this.#horizonMs, known.observation.timeMs + known.observation.durationMs);
      }
    }
  }

  #put(known: KnownSpan): void {
    known.trace.spans.set(known.observation.spanId, known);
    this.#size += 1;
    this.#link(known);
  }

  #link(known: KnownSpan): void {
    const { observation, trace } = known;
    if (observation.role !== 'inference') return;
    if (observation.responseId !== undefined) addTo(this.#responses, responseKey(trace, observation.responseId), known);
    const emitters = getOrAdd(this.#emitters, serviceKey(trace, observation));
    emitters.set(scopeOf(observation), (emitters.get(scopeOf(observation)) ?? 0) + 1);
    for (const key of twinKeys(observation, 'keep')) addTo(getOrAdd(this.#twins, `${trace.tenant}/${key}`), scopeOf(observation), known);
  }

  #unlink(known: KnownSpan): void {
    const { observation, trace } = known;
    if (observation.role !== 'inference') return;
    if (observation.responseId !== undefined) removeFrom(this.#responses, responseKey(trace, observation.responseId), known);
    const emitters = getOrAdd(this.#emitters, serviceKey(trace, observation));
    const left = (emitters.get(scopeOf(observation)) ?? 1) - 1;
    if (left > 0) emitters.set(scopeOf(observation), left);
    else emitters.delete(scopeOf(observation));
    if (emitters.size === 0) this.#emitters.delete(serviceKey(trace, observation));
    for (const place of twinKeys(observation, 'keep')) {
      const key = `${trace.tenant}/${place}`;
      const byScope = this.#twins.get(key);
      if (!byScope) continue;
      removeFrom(byScope, scopeOf(observation), known);
      if (byScope.size === 0) this.#twins.delete(key);
    }
  }
}

const serviceKey = ({ tenant }: Trace, { service }: Observation): string => `${tenant}/${service ?? ''}`;

const NO_TWINS: ReadonlyMap<string, Set<KnownSpan>> = new Map();

const scopeOf = ({ scope }: Observation): string => scope?.name ?? '';

function look(
  candidates: Iterable<KnownSpan> | undefined,
  trace: Trace,
  mine: Observation,
  fits: (mine: Observation, theirs: Observation) => boolean,
  found: Set<Trace>,
): void {
  for (const { observation, trace: owner } of candidates ?? []) {
    if (owner !== trace && !found.has(owner) && fits(mine, observation)) found.add(owner);
  }
}

const traceKey = (tenant: TenantId, traceId: string): string => `${tenant}/${traceId}`;
const responseKey = ({ tenant }: { readonly tenant: TenantId }, responseId: string): string => `${tenant}/${responseId}`;

function getOrAdd<Value>(index: Map<string, Map<string, Value>>, key: string): Map<string, Value> {
  const known = index.get(key);
  if (known) return known;
  const added = new Map<string, Value>();
  index.set(key, added);
  return added;
}

function addTo<Value>(index: Map<string, Set<Value>>, key: string, value: Value): void {
  const values = index.get(key);
  if (values) values.add(value);
  else index.set(key, new Set([value]));
}

function removeFrom<Value>(index: Map<string, Set<Value>>, key: string, value: Value): void {
  const values = index.get(key);
  if (values?.delete(value) && values.size === 0) index.delete(key);
}

/** A total order on accounts of one span, so that the same one wins in whatever order they come: the one that says most, then any. */
function prefer(left: Observation, right: Observation): boolean {
  const order =
    Number(isCallRow(left)) - Number(isCallRow(right)) ||
    left.timeMs + left.durationMs - (right.timeMs + right.durationMs) ||
    Object.keys(left.usage).length - Object.keys(right.usage).length;
  return order > 0 || (order === 0 && canonical(left) > canonical(right));
}

/** The same text for the same facts, in whatever order they were gathered. */
const canonical = (observation: Observation): string => JSON.stringify(sorted(observation));

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
