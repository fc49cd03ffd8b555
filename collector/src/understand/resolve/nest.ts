import { hasUsage, isCallRow, type Observation } from '../observation.ts';
import type { Judging } from './judging.ts';
import { areDistinctNested, tellOtherRequests, total } from './same-call.ts';
import type { Tree } from './tree.ts';

/**
 * Spans around spans of the same requests: innermost ones are billed, and a single one gets what the outer knows better; unless only the
 * outer knows anything. From the deepest upwards, so that each span is judged against what is billed below it.
 */
export function settleNested(rows: readonly Observation[], tree: Tree, judging: Judging): readonly Around[] {
  const below = findBelow(rows, tree);
  if (below.size === 0) return NOTHING_AROUND;
  const outers = [...below.keys()].toSorted((left, right) => tree.ancestors(right).length - tree.ancestors(left).length);
  const around: Around[] = [];
  for (const outer of outers) {
    if (judging.isDropped(outer)) continue;
    const inners = settleOuter(outer, below.get(outer) ?? [], judging);
    if (inners.length > 1) around.push({ outer, inners });
  }
  return around;
}

/** A span that is not billed, and those below it that are. */
export interface Around {
  readonly outer: Observation;
  readonly inners: readonly Observation[];
}

const NOTHING_AROUND: readonly Around[] = [];

/** Where several that seemed to be requests turned out to be one, that one gets what was around them. */
export function fillFromAround(around: readonly Around[], judging: Judging): void {
  for (const { outer, inners } of around) {
    const [only, ...others] = judging.kept(inners);
    if (only && others.length === 0) addOuter(only, outer, judging);
  }
}

/**
 * For each call row those below it. The walk up ends at a tool: what runs inside a tool is a request of its own, even when the tool
 * span hangs below the model call that asked for it.
 */
export function findBelow(rows: readonly Observation[], tree: Tree): ReadonlyMap<Observation, readonly Observation[]> {
  let below: Map<Observation, Observation[]> | undefined;
  for (const row of rows) {
    for (const ancestor of tree.ancestors(row)) {
      if (ancestor.role === 'tool') break;
      if (!isCallRow(ancestor)) continue;
      below ??= new Map();
      const rowsBelow = below.get(ancestor);
      if (rowsBelow) rowsBelow.push(row);
      else below.set(ancestor, [row]);
    }
  }
  return below ?? NOTHING_BELOW;
}

const NOTHING_BELOW: ReadonlyMap<Observation, readonly Observation[]> = new Map();

/** Returns those that are billed instead. */
function settleOuter(outer: Observation, below: readonly Observation[], judging: Judging): readonly Observation[] {
  const billed = below.filter((inner) => !judging.isDropped(inner));
  const same = outer.role === 'inference' ? requestsOf(outer, billed) : billed;
  const [only] = same;
  if (!only) return same;
  if (same.length > 1 && hasUsage(outer) && !same.some((inner) => knowsUsage(inner, judging))) {
    for (const inner of same) judging.drop(inner, 'usage_on_the_outer_span', [outer]);
    return [];
  }
  judging.drop(outer, outer.role === 'inference' ? 'outer_span_of_the_call' : 'repeats_its_children', same);
  if (same.length === 1) addOuter(only, outer, judging);
  return same;
}

const knowsUsage = (inner: Observation, judging: Judging): boolean => hasUsage(inner) || judging.sources(inner).some(hasUsage);

function addOuter(only: Observation, outer: Observation, judging: Judging): void {
  if (outer.role !== 'agent' || !knowsUsage(only, judging)) judging.addSource(only, outer);
}

/** Those that the outer request repeats, or sums up; a guardrail asks another model something else, and is a request beside it. */
function requestsOf(outer: Observation, billed: readonly Observation[]): readonly Observation[] {
  const nested = billed.filter((inner) => !areDistinctNested(outer, inner));
  return sumsUp(outer, nested) ? nested : nested.filter((inner) => !tellOtherRequests(outer, inner));
}

const sumsUp = (outer: Observation, inners: readonly Observation[]): boolean =>
  inners.length > 1 && total(outer.usage, 'input') === inners.reduce((sum, { usage }) => sum + (total(usage, 'input') ?? 0), 0);
