import type { Observation } from '../understand/observation.ts';
import { MOST_SHARING_AN_ID } from '../understand/resolve/group.ts';
import { couldBeTwins, isSameResponse } from '../understand/resolve/same-call.ts';
import { twinKeys } from '../understand/resolve/twin-index.ts';
import { type Emitters, scopeOf } from './emitters.ts';
import type { KnownSpan, Trace } from './memory.ts';

/** What ties the traces of a tenant to each other: requests that several instrumentations may have told of. */
export class Links {
  readonly #emitters: Emitters;
  readonly #responses = new Map<string, Set<KnownSpan>>();
  /** Calls that another instrumentation may have seen as well: by what both would agree on, then by instrumentation. */
  readonly #twins = new Map<string, Map<string, Set<KnownSpan>>>();

  constructor(emitters: Emitters) {
    this.#emitters = emitters;
  }

  add(known: KnownSpan): void {
    const { observation } = known;
    if (observation.responseId !== undefined) addTo(this.#responses, observation.responseId, known);
    for (const key of twinKeys(observation, 'keep')) addTo(getOrAdd(this.#twins, key), scopeOf(observation), known);
  }

  remove(known: KnownSpan): void {
    const { observation } = known;
    if (observation.responseId !== undefined) removeFrom(this.#responses, observation.responseId, known);
    for (const key of twinKeys(observation, 'keep')) {
      const byScope = this.#twins.get(key);
      if (!byScope) continue;
      removeFrom(byScope, scopeOf(observation), known);
      if (byScope.size === 0) this.#twins.delete(key);
    }
  }

  /** The traces with a span that may be the same request as one of this trace. */
  of(trace: Trace): ReadonlySet<Trace> {
    const found = new Set<Trace>();
    for (const { observation } of trace.spans.values()) {
      if (observation.role !== 'inference') continue;
      if (observation.responseId !== undefined) {
        const sharing = this.#responses.get(observation.responseId);
        if (sharing && sharing.size <= MOST_SHARING_AN_ID) look(sharing, trace, observation, isSameResponse, found);
      }
      if (!this.#emitters.areSeveralOf(observation)) continue;
      for (const key of twinKeys(observation, 'look')) {
        for (const [scope, candidates] of this.#twins.get(key) ?? NO_TWINS) {
          if (scope !== scopeOf(observation)) look(candidates, trace, observation, couldBeTwins, found);
        }
      }
    }
    return found;
  }
}

const NO_TWINS: ReadonlyMap<string, Set<KnownSpan>> = new Map();

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
