import type { Observation } from '../observation.ts';
import type { Judging, NotBillable } from './judging.ts';
import { CLOCK_STEP_MS, couldBeTwins, isSameResponse, total } from './same-call.ts';
import { byTimeThenId, type Tree } from './tree.ts';

/** An id that so many calls share names no response. */
export const MOST_SHARING_AN_ID = 256;
/** So many calls at one moment are not compared each with each. */
const MOST_NEIGHBOURS = 256;

/** Up to this many calls are compared each with each, which is faster than to sort them out. */
const FEW = 16;

function areOfDifferentResponses(calls: readonly Observation[]): boolean {
  for (let index = 1; index < calls.length; index++) {
    const id = calls[index]?.responseId;
    if (id === undefined) continue;
    for (let before = 0; before < index; before++) if (calls[before]?.responseId === id) return false;
  }
  return true;
}

/** Spans that name one response: one request. */
export function groupByResponseId(calls: readonly Observation[]): Observation[][] {
  const groups: Observation[][] = [];
  if (calls.length <= FEW && areOfDifferentResponses(calls)) return groups;
  for (const [id, sameId] of Map.groupBy(calls, (call) => call.responseId)) {
    if (id === undefined || sameId.length === 1 || sameId.length > MOST_SHARING_AN_ID) continue;
    const groupsOfId: Observation[][] = [];
    for (const call of sameId) {
      const fitting = groupsOfId.filter((group) => group.some((member) => isSameResponse(member, call)));
      for (const group of fitting) groupsOfId.splice(groupsOfId.indexOf(group), 1);
      groupsOfId.push([...fitting.flat(), call]);
    }
    groups.push(...groupsOfId);
  }
  return groups;
}

/**
 * Spans of different instrumentations beside each other that are one request. Nearest pairs first; a group never holds two spans of one
 * instrumentation, so two identical calls stay two. `calls` are in order of time.
 */
export function pairTwins(calls: readonly Observation[], tree: Tree): Observation[][] {
  const [first] = calls;
  if (calls.every(({ scope }) => scope?.name === first?.scope?.name)) return [];
  const groupOf = new Map<Observation, Observation[]>();
  for (const { left, right } of findPairs(calls, tree)) {
    const one = groupOf.get(left) ?? [left];
    const other = groupOf.get(right) ?? [right];
    if (one === other || one.some((member) => other.some((twin) => twin.scope?.name === member.scope?.name))) continue;
    const group = [...one, ...other];
    for (const member of group) groupOf.set(member, group);
  }
  return [...new Set(groupOf.values())];
}

interface Pair {
  readonly left: Observation;
  readonly right: Observation;
  readonly distanceMs: number;
}

function findPairs(calls: readonly Observation[], tree: Tree): Pair[] {
  const pairs: Pair[] = [];
  for (const [index, left] of calls.entries()) {
    for (let next = index + 1; next <= index + MOST_NEIGHBOURS; next++) {
      const right = calls[next];
      if (!right || right.timeMs > left.timeMs + left.durationMs + CLOCK_STEP_MS) break;
      if (!couldBeTwins(left, right) || tree.ancestors(right).includes(left) || tree.ancestors(left).includes(right)) continue;
      pairs.push({ left, right, distanceMs: distanceMs(left, right) });
    }
  }
  return pairs.toSorted((one, other) => one.distanceMs - other.distanceMs);
}

const distanceMs = (left: Observation, right: Observation): number =>
  Math.abs(left.timeMs - right.timeMs) + Math.abs(left.timeMs + left.durationMs - right.timeMs - right.durationMs);

/** Of each group the span that knows most is billed, filled from the others; of equals the one whose output has no opening added. */
export function mergeGroups(groups: readonly Observation[][], reason: NotBillable, judging: Judging): void {
  for (const group of groups) {
    const [kept, ...others] = group.toSorted(
      (left, right) => detailOf(right) - detailOf(left) || outputOf(left) - outputOf(right) || byTimeThenId(left, right),
    );
    if (!kept) continue;
    for (const other of others) {
      judging.drop(other, reason, [kept]);
      judging.addSource(kept, other);
    }
  }
}

const outputOf = ({ usage }: Observation): number => total(usage, 'output') ?? 0;

/** How much a span knows of its request. */
export function detailOf({ estimated, usage, responseId, provider }: Observation): number {
  const buckets = Object.values(usage).filter((quantity) => quantity > 0).length;
  return (estimated ? 0 : 100) + buckets * 10 + (responseId === undefined ? 0 : 5) + (provider === '' ? 0 : 1);
}
