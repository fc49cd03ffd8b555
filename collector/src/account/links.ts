import type { Observation } from '../understand/observation.ts';
import { MOST_SHARING_AN_ID } from '../understand/resolve/group.ts';
import { isSameResponse } from '../understand/resolve/same-call.ts';
import type { Emitters } from './emitters.ts';
import type { KnownSpan, Trace } from './trace.ts';
import { Twins } from './twins.ts';

/** What ties the traces of a tenant to each other: requests that several instrumentations may have told of. */
export class Links {
  readonly #emitters: Emitters;
  readonly #responses = new Map<string, Set<KnownSpan>>();
  readonly #twins = new Twins();

  constructor(emitters: Emitters) {
    this.#emitters = emitters;
  }

  add(known: KnownSpan): void {
    const { responseId } = known.observation;
    if (responseId !== undefined) addTo(this.#responses, responseId, known);
    this.#twins.keep(known);
    this.pair(known);
  }

  /** Returns those that are left without their twin. */
  remove(known: KnownSpan): readonly KnownSpan[] {
    const { responseId } = known.observation;
    if (responseId !== undefined) removeFrom(this.#responses, responseId, known);
    return this.#twins.remove(known);
  }

  pair(known: KnownSpan): void {
    if (this.#emitters.areSeveralOf(known.observation)) this.#twins.pair(known);
  }

  /** The traces with a span that may be the same request as one of this trace. */
  of(trace: Trace): ReadonlySet<Trace> {
    const found = new Set<Trace>();
    for (const known of trace.spans.values()) {
      for (const twin of this.#twins.of(known)) found.add(twin.trace);
      for (const other of this.#sharing(known.observation))
        if (!found.has(other.trace) && other.trace !== trace && isSameResponse(known.observation, other.observation))
          found.add(other.trace);
    }
    found.delete(trace);
    return found;
  }

  /** The traces that are tied to others than when this was asked last. */
  takeMoved(): ReadonlySet<Trace> {
    return this.#twins.takeMoved();
  }

  #sharing({ role, responseId }: Observation): Iterable<KnownSpan> {
    const sharing = role === 'inference' && responseId !== undefined ? this.#responses.get(responseId) : undefined;
    return sharing && sharing.size <= MOST_SHARING_AN_ID ? sharing : [];
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
