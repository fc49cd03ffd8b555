import type { Observation } from '../understand/observation.ts';
import { MOST_SHARING_AN_ID } from '../understand/resolve/group.ts';
import { couldBeTwins, isSameResponse } from '../understand/resolve/same-call.ts';
import { twinKeys } from '../understand/resolve/twin-index.ts';
import { ByTime } from './by-time.ts';
import { type Emitters, scopeOf } from './emitters.ts';
import type { KnownSpan, Trace } from './memory.ts';

/**
 * Where calls that agree on all that can be looked up are many, only those that begin next to a call are compared with it, so many on
 * either side and of each instrumentation: its twin begins when it does. What a call costs does then not grow with what others sent.
 */
const REACH = 4;
/** Of instrumentations that are told apart in one place; the others lie together. */
const MOST_SCOPES = 16;

type ByScope = Map<string, ByTime>;

/** What ties the traces of a tenant to each other: requests that several instrumentations may have told of. */
export class Links {
  readonly #emitters: Emitters;
  readonly #responses = new Map<string, Set<KnownSpan>>();
  /** Calls that another instrumentation may have seen as well: by what both would agree on, then by instrumentation. */
  readonly #twins = new Map<string, ByScope>();

  constructor(emitters: Emitters) {
    this.#emitters = emitters;
  }

  add(known: KnownSpan): void {
    const { observation } = known;
    if (observation.responseId !== undefined) addTo(this.#responses, observation.responseId, known);
    for (const key of twinKeys(observation, 'keep')) {
      const byScope = this.#twins.get(key) ?? new Map<string, ByTime>();
      if (byScope.size === 0) this.#twins.set(key, byScope);
      const scope = scopeOf(observation);
      const place = byScope.has(scope) || byScope.size < MOST_SCOPES ? scope : OTHERS;
      const calls = byScope.get(place) ?? new ByTime();
      if (calls.size === 0) byScope.set(place, calls);
      calls.add(known);
    }
  }

  remove(known: KnownSpan): void {
    const { observation } = known;
    if (observation.responseId !== undefined) removeFrom(this.#responses, observation.responseId, known);
    for (const key of twinKeys(observation, 'keep')) {
      const byScope = this.#twins.get(key);
      if (!byScope) continue;
      // It lies among the others if it came when there were too many.
      for (const place of [scopeOf(observation), OTHERS]) {
        const calls = byScope.get(place);
        calls?.remove(known);
        if (calls?.size === 0) byScope.delete(place);
      }
      if (byScope.size === 0) this.#twins.delete(key);
    }
  }

  /** The traces with a span that may be the same request as one of this trace. */
  of(trace: Trace): ReadonlySet<Trace> {
    const found = new Set<Trace>();
    for (const known of trace.spans.values()) {
      const { observation } = known;
      if (observation.role !== 'inference') continue;
      if (observation.responseId !== undefined) {
        const sharing = this.#responses.get(observation.responseId);
        if (sharing && sharing.size <= MOST_SHARING_AN_ID) look(sharing, trace, observation, isSameResponse, found);
      }
      if (!this.#emitters.areSeveralOf(observation)) continue;
      for (const key of twinKeys(observation, 'look'))
        for (const [scope, calls] of this.#twins.get(key) ?? NO_TWINS)
          if (scope !== scopeOf(observation)) look(calls.near(known, REACH), trace, observation, couldBeTwins, found);
    }
    return found;
  }
}

/** No instrumentation has this name. */
const OTHERS = '\n';
const NO_TWINS: ReadonlyMap<string, ByTime> = new Map();

function look(
  candidates: Iterable<KnownSpan>,
  trace: Trace,
  mine: Observation,
  fits: (mine: Observation, theirs: Observation) => boolean,
  found: Set<Trace>,
): void {
  for (const { observation, trace: owner } of candidates) {
    if (owner !== trace && !found.has(owner) && fits(mine, observation)) found.add(owner);
  }
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
