import type { Call, LedgerEntry, ModelDifference, TenantId } from '@tokenledger/model';

/** Adds a call to the differences of its tenant and model. */
export function addDifference(
  differences: readonly ModelDifference[],
  tenant: TenantId,
  before: Call,
  entries: readonly LedgerEntry[],
): readonly ModelDifference[] {
  const after = entries.at(-1)?.call;
  if (!after) return differences;
  const { model } = before;
  const isThis = (difference: ModelDifference) => difference.tenant === tenant && difference.model === model;
  const sum = differences.find(isThis) ?? { tenant, model, calls: 0, newlyPriced: 0, newlyUnpriced: 0, before: 0n, after: 0n };
  const added: ModelDifference = {
    ...sum,
    calls: sum.calls + 1,
    newlyPriced: sum.newlyPriced + Number(before.cost === null && after.cost !== null),
    newlyUnpriced: sum.newlyUnpriced + Number(before.cost !== null && after.cost === null),
    before: sum.before + (before.cost ?? 0n),
    after: sum.after + (after.cost ?? 0n),
  };
  return [...differences.filter((difference) => !isThis(difference)), added];
}
