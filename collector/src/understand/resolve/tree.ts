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

export interface Tree {
  /** Nearest first. Stops at a missing parent, and at one that was passed already. */
  readonly ancestors: (observation: Observation) => readonly Observation[];
}

const DEEPEST = 256;
const NOBODY: readonly Observation[] = [];
/** Up to this many spans are looked through, which is faster than to index them. */
const FEW = 16;

type FindParent = (observation: Observation) => Observation | undefined;

export function plantTree(observations: readonly Observation[]): Tree {
  const isSmall = observations.length <= FEW;
  const parentOf = isSmall ? lookThrough(observations) : index(observations);
  const walked = isSmall ? undefined : new Map<Observation, readonly Observation[]>();

  function walkUp(observation: Observation): readonly Observation[] {
    const first = parentOf(observation);
    if (!first || first === observation) return NOBODY;
    let parent = parentOf(first);
    // Most spans hang below a root.
    if (!parent || parent === first) return [first];
    const found: Observation[] = [first];
    while (parent && parent !== observation && !found.includes(parent) && found.length < DEEPEST) {
      found.push(parent);
      parent = parentOf(parent);
    }
    return found;
  }

  return {
    ancestors(observation) {
      if (observation.parentSpanId === undefined) return NOBODY;
      const known = walked?.get(observation);
      if (known) return known;
      const found = walkUp(observation);
      walked?.set(observation, found);
      return found;
    },
  };
}

/** Of several spans of one id the last is the parent. */
function lookThrough(observations: readonly Observation[]): FindParent {
  return ({ parentSpanId, traceId }) => {
    if (parentSpanId === undefined) return undefined;
    for (let index = observations.length - 1; index >= 0; index--) {
      const observation = observations[index];
      if (observation?.spanId === parentSpanId && observation.traceId === traceId) return observation;
    }
    return undefined;
  };
}

function index(observations: readonly Observation[]): FindParent {
  const traces = new Map<string, Map<string, Observation>>();
  for (const observation of observations) {
    const spans = traces.get(observation.traceId);
    if (spans) spans.set(observation.spanId, observation);
    else traces.set(observation.traceId, new Map([[observation.spanId, observation]]));
  }
  return ({ parentSpanId, traceId }) => (parentSpanId === undefined ? undefined : traces.get(traceId)?.get(parentSpanId));
}
