import type { Observation } from '../observation.ts';

/** Names a span among traces: a span id is unique within its trace only. */
export const spanKey = ({ traceId, spanId }: { readonly traceId: string; readonly spanId: string }): string => `${traceId}/${spanId}`;

/** An order that depends on the spans alone. */
export const byTimeThenId = (left: Observation, right: Observation): number =>
  left.timeMs - right.timeMs || (spanKey(left) < spanKey(right) ? -1 : 1);

export interface Tree {
  readonly spans: ReadonlyMap<string, Observation>;
  /** Nearest first. Stops at a missing parent, and at a parent that is its own ancestor. */
  readonly ancestors: (observation: Observation) => readonly Observation[];
}

const DEEPEST = 256;

export function plantTree(observations: readonly Observation[]): Tree {
  const spans = new Map(observations.map((observation) => [spanKey(observation), observation]));
  const known = new Map<Observation, readonly Observation[]>();
  const ancestors = (observation: Observation) => {
    const walked = known.get(observation) ?? walkUp(observation);
    known.set(observation, walked);
    return walked;
  };
  const walkUp = (observation: Observation): Observation[] => {
    const found = new Set([observation]);
    let span = observation;
    while (span.parentSpanId !== undefined && found.size <= DEEPEST) {
      const parent = spans.get(spanKey({ traceId: span.traceId, spanId: span.parentSpanId }));
      if (!parent || found.has(parent)) break;
      found.add(parent);
      span = parent;
    }
    found.delete(observation);
    return [...found];
  };
  return { spans, ancestors };
}
