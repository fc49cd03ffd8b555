import { isCallRow, type Observation } from '../understand/observation.ts';

/**
 * Whether the left one of two accounts of one span is to be kept. A total order, so that the same one wins in whatever order they come: the
 * one that says most, then any.
 */
export function isPreferred(left: Observation, right: Observation): boolean {
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
