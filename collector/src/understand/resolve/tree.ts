import type { Observation } from '../observation.ts';

/** An order that depends on the spans alone: a span id is unique within its trace. */
export function byTimeThenId(left: Observation, right: Observation): number {
  return left.timeMs - right.timeMs || compare(left.traceId, right.traceId) || compare(left.spanId, right.spanId);
}

const compare = (left: string, right: string): number => (left < right ? -1 : Number(left > right));

/** In place. Most traces have few calls, for which an array's own sort makes lists as long as they are. */
export function sortByTime(spans: Observation[]): void {
  if (spans.length > FEW) {
    spans.sort(byTimeThenId);
    return;
  }
  for (let from = 1; from < spans.length; from++) {
    const span = spans[from] as Observation;
    let at = from;
    for (; at > 0 && byTimeThenId(spans[at - 1] as Observation, span) > 0; at--) spans[at] = spans[at - 1] as Observation;
    spans[at] = span;
  }
}

const DEEPEST = 256;
const NOBODY: readonly Observation[] = [];
/** Up to this many spans are looked through, which is faster than to index them. */
const FEW = 16;

/** Who is above whom. */
export class Tree {
  readonly #observations: readonly Observation[];
  /** By trace and id; of several spans of one id the last is the parent. */
  readonly #index: ReadonlyMap<string, ReadonlyMap<string, Observation>> | undefined;
  readonly #walked: Map<Observation, readonly Observation[]> | undefined;

  constructor(observations: readonly Observation[]) {
    const isSmall = observations.length <= FEW;
    this.#observations = observations;
    this.#index = isSmall ? undefined : index(observations);
    this.#walked = isSmall ? undefined : new Map();
  }

  /** Nearest first. Stops at a missing parent, and at one that was passed already. */
  ancestors(observation: Observation): readonly Observation[] {
    if (observation.parentSpanId === undefined) return NOBODY;
    const known = this.#walked?.get(observation);
    if (known) return known;
    const found = this.#walkUp(observation);
    this.#walked?.set(observation, found);
    return found;
  }

  #walkUp(observation: Observation): readonly Observation[] {
    const first = this.#parentOf(observation);
    if (!first || first === observation) return NOBODY;
    let parent = this.#parentOf(first);
    // Most spans hang below a root.
    if (!parent || parent === first) return [first];
    const found: Observation[] = [first];
    while (parent && parent !== observation && !found.includes(parent) && found.length < DEEPEST) {
      found.push(parent);
      parent = this.#parentOf(parent);
    }
    return found;
  }

  #parentOf({ parentSpanId, traceId }: Observation): Observation | undefined {
    if (parentSpanId === undefined) return undefined;
    if (this.#index) return this.#index.get(traceId)?.get(parentSpanId);
    for (let at = this.#observations.length - 1; at >= 0; at--) {
      const observation = this.#observations[at];
      if (observation?.spanId === parentSpanId && observation.traceId === traceId) return observation;
    }
    return undefined;
  }
}

function index(observations: readonly Observation[]): Map<string, Map<string, Observation>> {
  const traces = new Map<string, Map<string, Observation>>();
  for (const observation of observations) {
    const spans = traces.get(observation.traceId);
    if (spans) spans.set(observation.spanId, observation);
    else traces.set(observation.traceId, new Map([[observation.spanId, observation]]));
  }
  return traces;
}
