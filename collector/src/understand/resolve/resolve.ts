import { type Evidence, isCallRow, type Observation } from '../observation.ts';
import { ownUsages, type OwnUsage } from './accumulated.ts';
import { settleFailed } from './failed.ts';
import { groupByResponseId, mergeGroups, pairTwins } from './group.ts';
import { Judging, type NotBillable } from './judging.ts';
import { fill, inherit } from './merge.ts';
import { fillFromAround, settleNested } from './nest.ts';
import { isFailedWithoutUsage } from './same-call.ts';
import { sortByTime, Tree } from './tree.ts';

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
 * observations does not matter, so neither does the order in which spans arrived. Returns what tells the verdict on each of them that is a call row.
 */
export function resolve(observations: readonly Observation[]): (observation: Observation) => Verdict | undefined {
  const rows = observations.filter(isCallRow);
  if (rows.length === 0) return NO_VERDICT;
  sortByTime(rows);
  const tree = new Tree(observations);
  const judging = new Judging();

  for (const row of rows) {
    if (row.servedFromCache) judging.drop(row, 'served_from_cache');
    else if (isFailedWithoutUsage(row)) judging.drop(row, 'failed_without_usage');
  }
  const around = settleNested(rows, tree, judging);
  const requests = rows.every(isRequest) ? rows : rows.filter(isRequest);
  mergeGroups(groupByResponseId(judging.kept(requests)), 'same_response_id', judging);
  mergeGroups(pairTwins(judging.kept(requests), tree), 'seen_by_another_instrumentation', judging);
  fillFromAround(around, judging);
  settleFailed(rows, tree, judging);

  const own = ownUsages(rows);
  return (row) => (isCallRow(row) ? judge(row, { tree, judging, own: own.get(row) }) : undefined);
}

const isRequest = ({ role }: Observation): boolean => role === 'inference';
const NO_VERDICT = () => undefined;

interface Judged {
  readonly tree: Tree;
  readonly judging: Judging;
  readonly own: OwnUsage | undefined;
}

function judge(row: Observation, { tree, judging, own }: Judged): Verdict {
  const ancestors = tree.ancestors(row);
  const dropped = judging.dropped(row);
  if (dropped) return { observation: inherit(row, ancestors), billable: false, reason: dropped.reason, judged: dropped.judged };
  const { observation, judged } = fill(own ? { ...row, usage: own.usage } : row, judging.sources(row));
  return {
    observation: inherit(observation, ancestors),
    billable: true,
    reason: undefined,
    judged: own ? [own.judged, ...judged] : judged,
  };
}
