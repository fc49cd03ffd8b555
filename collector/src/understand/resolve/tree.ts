import type { Observation } from '../observation.ts';

/** An order that depends on the spans alone: a span id is unique within its trace. */
export function byTimeThenId(left: Observation, right: Observation): number {
  return left.timeMs - right.timeMs || compare(left.traceId, right.traceId) || compare(left.spanId, right.spanId);
}

const compare = (left: string, right: string): number => (left < right ? -1 : Number(left > right));

export interface Tree {
  /** Nearest first. Stops at a missing parent, and at one that was passed already. */
  readonly ancestors: (observation: Observation) => readonly Observation[];
}

const DEEPEST = 256;
const NOBODY: readonly Observation[] = [];

export function plantTree(observations: readonly Observation[]): Tree {
  const traces = new Map<string, Map<string, Observation>>();
  for (const observation of observations) {
    const spans = traces.get(observation.traceId);
    if (spans) spans.set(observation.spanId, observation);
    else traces.set(observation.traceId, new Map([[observation.spanId, observation]]));
  }
  const walked = new Map<Observation, readonly Observation[]>();

  function walkUp(observation: Observation): readonly Observation[] {
    if (observation.parentSpanId === undefined) return NOBODY;
    const spans = traces.get(observation.traceId);
    const found: Observation[] = [];
    let parent = spans?.get(observation.parentSpanId);
    while (parent && parent !== observation && !found.includes(parent) && found.length < DEEPEST) {
      found.push(parent);
      parent = parent.parentSpanId === undefined ? undefined : spans?.get(parent.parentSpanId);
    }
    return found;
  }

  return {
    ancestors(observation) {
      const known = walked.get(observation);
      if (known) return known;
      const found = walkUp(observation);
      walked.set(observation, found);
      return found;
    },
  };
}
