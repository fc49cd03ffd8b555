import type { Observation } from '../observation.ts';
import { detailOf, groupByResponseId, pairTwins } from './group.ts';
import type { Judging, NotBillable } from './judging.ts';
import { findBelow } from './nest.ts';
import { areDistinctNested } from './same-call.ts';
import { byTimeThenId, type Tree } from './tree.ts';

/**
 * A request that failed without usage costs nothing, but it was a request and counts as one, once: of the spans that saw it a single one
 * stays `failed_without_usage`, and none if one of them is billed. Comes last and changes nothing of what is billed.
 */
export function settleFailed(rows: readonly Observation[], tree: Tree, judging: Judging): void {
  if (!rows.some((row) => isFailed(row, judging))) return;
  const failed = () => rows.filter((row) => isFailed(row, judging));
  for (const [outer, below] of findBelow(rows, tree)) settleFailedNested(outer, below, judging);
  const billed = judging.kept(rows).filter((row) => row.role === 'inference');
  const inOrder = (...spans: readonly Observation[]) => spans.toSorted(byTimeThenId);
  countOnce(groupByResponseId(inOrder(...failed(), ...billed)), 'same_response_id', judging);
  const billedErrors = billed.filter(({ status }) => status === 'error');
  countOnce(pairTwins(inOrder(...failed(), ...billedErrors), tree), 'seen_by_another_instrumentation', judging);
}

const isFailed = (row: Observation, judging: Judging): boolean => judging.dropped(row)?.reason === 'failed_without_usage';

/** The innermost spans are the requests; unless the outer one failed too, is billed, and has no other below. */
function settleFailedNested(outer: Observation, below: readonly Observation[], judging: Judging): void {
  const same = below.filter((inner) => judging.dropped(inner)?.reason !== 'served_from_cache' && !areDistinctNested(outer, inner));
  const [only] = same;
  if (!only) return;
  if (isFailed(outer, judging)) return judging.drop(outer, 'outer_span_of_the_call', same);
  const isOuterBilled = !judging.isDropped(outer) && outer.role === 'inference' && outer.status === 'error';
  if (isOuterBilled && same.length === 1 && isFailed(only, judging)) judging.drop(only, 'usage_on_the_outer_span', [outer]);
}

function countOnce(groups: readonly Observation[][], reason: NotBillable, judging: Judging): void {
  for (const group of groups) {
    const rank = (span: Observation) => Number(judging.isDropped(span));
    const [counted, ...others] = group.toSorted(
      (left, right) => rank(left) - rank(right) || detailOf(right) - detailOf(left) || byTimeThenId(left, right),
    );
    if (!counted) continue;
    for (const other of others) if (judging.isDropped(other)) judging.drop(other, reason, [counted]);
  }
}
