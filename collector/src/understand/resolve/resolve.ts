import { type Evidence, isCallRow, type Observation } from '../observation.ts';
import { groupByResponseId, mergeGroups, pairTwins } from './group.ts';
import { Judging, type NotBillable } from './judging.ts';
import { fill, inherit } from './merge.ts';
import { settleNested } from './nest.ts';
import { isFailedWithoutUsage } from './same-call.ts';
import { byTimeThenId, plantTree, spanKey } from './tree.ts';

export interface Verdict {
  /** The call as it is understood beside its neighbours: the kept span of a request has what the others know better. */
  readonly observation: Observation;
  readonly billable: boolean;
  readonly reason?: NotBillable | undefined;
  /** What the neighbours had to do with it, for a reader. */
  readonly judged: readonly Evidence[];
}

/**
 * Decides which spans are billed, from all that is known of one or more traces. A pure function of the set: the order of the
 * observations does not matter, so neither does the order in which spans arrived. Keys are `spanKey`s of call rows.
 */
export function resolve(observations: readonly Observation[]): ReadonlyMap<string, Verdict> {
  const tree = plantTree(observations);
  const rows = observations.filter(isCallRow).toSorted(byTimeThenId);
  const judging = new Judging();
  const kept = () => rows.filter((row) => row.role === 'inference' && !judging.isDropped(row));

  for (const row of rows) {
    if (row.servedFromCache) judging.drop(row, 'served_from_cache');
    else if (isFailedWithoutUsage(row)) judging.drop(row, 'failed_without_usage');
  }
  settleNested(rows, tree, judging);
  mergeGroups(groupByResponseId(kept()), 'same_response_id', judging);
  mergeGroups(pairTwins(kept(), tree), 'seen_by_another_instrumentation', judging);

  return new Map(
    rows.map((row): [string, Verdict] => {
      const ancestors = tree.ancestors(row);
      const dropped = judging.dropped(row);
      if (dropped) return [spanKey(row), { observation: inherit(row, ancestors), billable: false, ...dropped }];
      const { observation, judged } = fill(row, judging.sources(row));
      return [spanKey(row), { observation: inherit(observation, ancestors), billable: true, judged }];
    }),
  );
}
