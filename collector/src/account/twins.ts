import type { Observation } from '../understand/observation.ts';
import { couldBeTwins } from '../understand/resolve/same-call.ts';
import { twinKeys, twinPlaces } from '../understand/resolve/twin-index.ts';
import { byTimeThenId } from '../understand/resolve/tree.ts';
import { ByTime } from './by-time.ts';
import { scopeOf } from './emitters.ts';
import type { KnownSpan, Trace } from './trace.ts';

/** Of calls that agree on all that can be looked up, so many that begin before a call and so many that begin after it are compared with it. */
const REACH = 512;
/** Of instrumentations that are told apart; the others are as one. */
const MOST_SCOPES = 16;
/** No instrumentation has this name. */
const OTHERS = '\n';

interface Kept {
  readonly known: KnownSpan;
  readonly observation: Observation;
  /** Its instrumentation. */
  readonly side: string;
  /** A number that depends on its id alone. */
  readonly lot: number;
  /** Its twin of each other side. */
  readonly twins: Map<string, Kept>;
}

type Sides = Map<string, ByTime<Kept>>;

/**
 * Which span of another instrumentation tells of the request that a span tells of, across all traces of a tenant. The nearest pair first, then
 * the nearest of what is left, and so on: one such pairing exists of any set of spans, so it does not matter in which order they came. What
 * comes takes the nearest that has no nearer one; who lost its own by that looks again.
 */
export class Twins {
  /** Calls that another instrumentation may have seen as well: by what both would agree on, in two steps, then by instrumentation. */
  readonly #places = new Map<string, Map<string, Sides>>();
  readonly #kept = new Map<KnownSpan, Kept>();
  readonly #sides = new Set<string>();
  #moved = new Set<Trace>();

  /** Once. */
  keep(known: KnownSpan): void {
    if (this.#kept.has(known)) return;
    const { observation } = known;
    const kept: Kept = { known, observation, side: this.#sideOf(observation), lot: lotOf(observation), twins: new Map() };
    this.#kept.set(known, kept);
    for (const place of twinPlaces(observation, 'keep')) {
      const keys = getOrAdd(this.#places, place, () => new Map<string, Sides>());
      for (const key of twinKeys(observation, 'keep'))
        getOrAdd(
          getOrAdd(keys, key, (): Sides => new Map()),
          kept.side,
          () => new ByTime<Kept>(),
        ).add(kept);
    }
  }

  /** Returns those that are left without their twin. */
  remove(known: KnownSpan): readonly KnownSpan[] {
    const kept = this.#kept.get(known);
    if (!kept) return [];
    this.#kept.delete(known);
    this.#moved.delete(known.trace);
    for (const place of twinPlaces(kept.observation, 'keep')) {
      const keys = this.#places.get(place);
      for (const key of twinKeys(kept.observation, 'keep')) {
        const sides = keys?.get(key);
        const calls = sides?.get(kept.side);
        calls?.remove(kept);
        if (calls?.size === 0) sides?.delete(kept.side);
        if (sides?.size === 0) keys?.delete(key);
      }
      if (keys?.size === 0) this.#places.delete(place);
    }
    for (const twin of kept.twins.values()) twin.twins.delete(kept.side);
    return [...kept.twins.values()].map((twin) => twin.known);
  }

  /** Looks for the twins of a call that has been kept. */
  pair(known: KnownSpan): void {
    const kept = this.#kept.get(known);
    if (!kept) return;
    this.#moved.add(known.trace);
    const candidates = this.#candidates(kept);
    const sides = new Set(candidates.flatMap((each) => [...each.keys()]));
    for (const side of sides) if (side === OTHERS || side !== kept.side) this.#pairWith(side, kept, candidates);
  }

  of(known: KnownSpan): readonly KnownSpan[] {
    return [...(this.#kept.get(known)?.twins.values() ?? [])].map((twin) => twin.known);
  }

  /** The traces of which a span has another twin than when this was asked last. */
  takeMoved(): ReadonlySet<Trace> {
    const moved = this.#moved;
    this.#moved = new Set();
    return moved;
  }

  #pairWith(side: string, kept: Kept, candidates: readonly Sides[]): void {
    const loose = [{ one: kept, side }];
    for (const { one, side: to } of loose) {
      const twin = this.#nearest(one, to, one === kept ? candidates : this.#candidates(one));
      if (!twin || twin === one.twins.get(to)) continue;
      for (const [left, from] of [[one.twins.get(to), one] as const, [twin.twins.get(one.side), twin] as const]) {
        if (!left) continue;
        left.twins.delete(from.side);
        loose.push({ one: left, side: from.side });
        this.#moved.add(left.known.trace);
      }
      one.twins.set(to, twin);
      twin.twins.set(one.side, one);
      this.#moved.add(one.known.trace).add(twin.known.trace);
    }
  }

  /** The nearest that is nearer to it than to its own twin. */
  #nearest(kept: Kept, side: string, candidates: readonly Sides[]): Kept | undefined {
    const { observation } = kept;
    let nearest = kept.twins.get(side);
    for (const sides of candidates) {
      for (const other of sides.get(side)?.around(kept, REACH) ?? []) {
        if (nearest && Math.abs(other.observation.timeMs - observation.timeMs) > distanceMs(kept, nearest)) break;
        if (nearest && !isNearer(kept, other, nearest)) continue;
        const theirs = other.twins.get(kept.side);
        if (theirs && !isNearer(other, kept, theirs)) continue;
        if (couldBeTwins(observation, other.observation)) nearest = other;
      }
    }
    return nearest;
  }

  /** Most have none in any place: then no keys are made. */
  #candidates({ observation }: Kept): readonly Sides[] {
    const places = twinPlaces(observation, 'look').flatMap((place) => this.#places.get(place) ?? []);
    if (places.length === 0) return [];
    const keys = twinKeys(observation, 'look');
    return places.flatMap((calls) => keys.flatMap((key) => calls.get(key) ?? []));
  }

  #sideOf(observation: Observation): string {
    const scope = scopeOf(observation);
    if (this.#sides.size < MOST_SCOPES) this.#sides.add(scope);
    return this.#sides.has(scope) ? scope : OTHERS;
  }
}

function getOrAdd<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

function distanceMs({ observation: left }: Kept, { observation: right }: Kept): number {
  return Math.abs(left.timeMs - right.timeMs) + Math.abs(left.timeMs + left.durationMs - right.timeMs - right.durationMs);
}

/** Which of two is nearer to it, in a strict order of all pairs. Where nothing else tells two pairs apart lots decide, the same each time. */
function isNearer(kept: Kept, one: Kept, other: Kept): boolean {
  if (one === other) return false;
  const order =
    distanceMs(kept, one) - distanceMs(kept, other) ||
    Number(other.known.trace === kept.known.trace) - Number(one.known.trace === kept.known.trace) ||
    (kept.lot ^ one.lot) - (kept.lot ^ other.lot) ||
    byTimeThenId(one.observation, other.observation);
  return order < 0;
}

function lotOf({ traceId, spanId }: Observation): number {
  const id = traceId + spanId;
  let state = id.length;
  for (let index = 0; index < id.length; index++) state = Math.imul(state ^ id.charCodeAt(index), 0x01000193) ^ (state >>> 15);
  state = Math.imul(state ^ (state >>> 16), 0x7feb352d);
  return (state ^ (state >>> 15)) >>> 1;
}
