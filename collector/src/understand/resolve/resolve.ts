import { hasUsage, isCallRow, type Observation } from '../observation.ts';
import { fill, inherit } from './merge.ts';
import { areDistinctNested, couldBeTwins, isFailedWithoutUsage, isSameResponse } from './same-call.ts';
import { plantTree, spanKey, type Tree } from './tree.ts';

/** Why a call's usage does not count. */
export const NOT_BILLABLE = [
  /** A wrapper or agent whose requests have spans of their own. */
  'repeats_its_children',
  /** An inference span around the span of the same request. */
  'outer_span_of_the_call',
  /** One of several requests whose usage only a span around them tells, as a sum. */
  'usage_on_the_outer_span',
  'same_response_id',
  'seen_by_another_instrumentation',
  'failed_without_usage',
  'served_from_cache',
] as const;
export type NotBillable = (typeof NOT_BILLABLE)[number];

export interface Verdict {
  /** The call as it is understood beside its neighbours: the kept span of a request has what the others know better. */
  readonly observation: Observation;
  readonly billable: boolean;
  readonly reason?: NotBillable | undefined;
}

/**
 * Decides which spans are billed, from all that is known of one or more traces. A pure function of the set: the order of the
 * observations does not matter, so neither does the order in which spans arrived. Keys are `spanKey`s of call rows.
 */
export function resolve(observations: readonly Observation[]): ReadonlyMap<string, Verdict> {
  const sorted = observations.toSorted(byTimeThenId);
  const tree = plantTree(sorted);
  const rows = sorted.filter(isCallRow);
  const dropped = new Map<string, NotBillable>();
  const sources = new Map<string, Observation[]>();

  for (const row of rows) {
    if (row.servedFromCache) dropped.set(spanKey(row), 'served_from_cache');
    else if (isFailedWithoutUsage(row)) dropped.set(spanKey(row), 'failed_without_usage');
  }
  const below = findBelow(rows, tree);
  for (const outer of deepestFirst(rows, tree)) settleNested(outer, below.get(outer) ?? [], dropped, sources);

  const kept = () => rows.filter((row) => row.role === 'inference' && !dropped.has(spanKey(row)));
  mergeGroups(groupByResponseId(kept()), 'same_response_id', dropped, sources);
  mergeGroups(pairTwins(kept()), 'seen_by_another_instrumentation', dropped, sources);

  return new Map(
    rows.map((row) => {
      const key = spanKey(row);
      const reason = dropped.get(key);
      const filled = inherit(fill(row, reason === undefined ? (sources.get(key) ?? []) : []), tree.ancestors(row));
      return [key, { observation: filled, billable: reason === undefined, reason }];
    }),
  );
}

const byTimeThenId = (left: Observation, right: Observation): number =>
  left.timeMs - right.timeMs || (spanKey(left) < spanKey(right) ? -1 : 1);

const deepestFirst = (rows: readonly Observation[], tree: Tree): Observation[] =>
  rows.toSorted((left, right) => tree.ancestors(right).length - tree.ancestors(left).length);

/**
 * For each call row those below it. The walk up ends at a tool: what runs inside a tool is a request of its own, even when the tool
 * span hangs below the model call that asked for it.
 */
function findBelow(rows: readonly Observation[], tree: Tree): ReadonlyMap<Observation, readonly Observation[]> {
  const below = new Map<Observation, Observation[]>();
  for (const row of rows) {
    for (const ancestor of tree.ancestors(row)) {
      if (ancestor.role === 'tool') break;
      if (!isCallRow(ancestor)) continue;
      const rowsBelow = below.get(ancestor);
      if (rowsBelow) rowsBelow.push(row);
      else below.set(ancestor, [row]);
    }
  }
  return below;
}

/** Innermost spans are billed, and a single one gets what the outer knows better; unless only the outer knows anything. */
function settleNested(
  outer: Observation,
  below: readonly Observation[],
  dropped: Map<string, NotBillable>,
  sources: Map<string, Observation[]>,
): void {
  if (dropped.has(spanKey(outer))) return;
  const billed = below.filter((inner) => !dropped.has(spanKey(inner)));
  const same = outer.role === 'inference' ? billed.filter((inner) => !areDistinctNested(outer, inner)) : billed;
  const [only] = same;
  if (!only) return;
  const knowsUsage = (inner: Observation) => hasUsage(inner) || (sources.get(spanKey(inner)) ?? []).some(hasUsage);
  if (same.length > 1 && hasUsage(outer) && !same.some(knowsUsage)) {
    for (const inner of same) dropped.set(spanKey(inner), 'usage_on_the_outer_span');
    return;
  }
  dropped.set(spanKey(outer), outer.role === 'inference' ? 'outer_span_of_the_call' : 'repeats_its_children');
  if (same.length === 1 && outer.role !== 'agent') add(sources, spanKey(only), outer);
}

function groupByResponseId(calls: readonly Observation[]): Observation[][] {
  const groups: Observation[][] = [];
  const byId = Map.groupBy(calls, (call) => call.responseId);
  for (const [id, sameId] of byId) {
    if (id === undefined) continue;
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

/** Nearest pairs first; a group never holds two spans of one instrumentation, so two identical calls stay two. */
function pairTwins(calls: readonly Observation[]): Observation[][] {
  const pairs: { readonly left: Observation; readonly right: Observation; readonly distance: number }[] = [];
  calls.forEach((left, index) => {
    for (const right of calls.slice(index + 1)) {
      if (right.timeMs > left.timeMs + left.durationMs + 2) break;
      if (couldBeTwins(left, right)) pairs.push({ left, right, distance: distance(left, right) });
    }
  });
  pairs.sort((one, other) => one.distance - other.distance);
  const groupOf = new Map<Observation, Observation[]>();
  for (const { left, right } of pairs) {
    const one = groupOf.get(left) ?? [left];
    const other = groupOf.get(right) ?? [right];
    if (one === other || one.some((member) => other.some((twin) => twin.scope?.name === member.scope?.name))) continue;
    const group = [...one, ...other];
    for (const member of group) groupOf.set(member, group);
  }
  return [...new Set(groupOf.values())];
}

const distance = (left: Observation, right: Observation): number =>
  Math.abs(left.timeMs - right.timeMs) + Math.abs(left.timeMs + left.durationMs - right.timeMs - right.durationMs);

function mergeGroups(
  groups: readonly Observation[][],
  reason: NotBillable,
  dropped: Map<string, NotBillable>,
  sources: Map<string, Observation[]>,
): void {
  for (const group of groups) {
    const [kept, ...others] = group.toSorted((left, right) => detail(right) - detail(left) || byTimeThenId(left, right));
    if (!kept) continue;
    for (const other of others) {
      dropped.set(spanKey(other), reason);
      for (const source of [other, ...(sources.get(spanKey(other)) ?? [])]) add(sources, spanKey(kept), source);
    }
  }
}

/** How much a span knows of its request. */
function detail(observation: Observation): number {
  const buckets = Object.values(observation.usage).filter((quantity) => quantity > 0).length;
  return (
    (observation.estimated ? 0 : 100) +
    buckets * 10 +
    (observation.responseId === undefined ? 0 : 5) +
    (observation.provider === '' ? 0 : 1)
  );
}

function add(sources: Map<string, Observation[]>, key: string, source: Observation): void {
  const list = sources.get(key);
  if (list) list.push(source);
  else sources.set(key, [source]);
}
