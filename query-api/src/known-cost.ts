import type { Trace } from '@tokenledger/ledger';
import type { PicoUsd } from '@tokenledger/model';

interface Seen {
  readonly priced: boolean;
  readonly unpriced: boolean;
}
const NOTHING: Seen = { priced: false, unpriced: false };
const together = (a: Seen, b: Seen): Seen => ({ priced: a.priced || b.priced, unpriced: a.unpriced || b.unpriced });

const itself = ({ call }: Trace[number]['span']): Seen =>
  call?.billable ? { priced: call.cost !== null, unpriced: call.cost === null } : NOTHING;

/** What each span and all below it cost, as far as it is known; null where there are calls and none of them has a price. */
export function knownCosts(trace: Trace): readonly (PicoUsd | null)[] {
  /** From the last row up: for each depth, the spans whose parent is still to come. */
  const waiting: Seen[] = [];
  return trace
    .toReversed()
    .map(({ span, depth, subtreeCost }) => {
      const seen = together(itself(span), waiting[depth + 1] ?? NOTHING);
      waiting[depth + 1] = NOTHING;
      waiting[depth] = together(waiting[depth] ?? NOTHING, seen);
      return seen.unpriced && !seen.priced ? null : subtreeCost;
    })
    .toReversed();
}

/** Of all of it; null as above. */
export function knownCost(trace: Trace): PicoUsd | null {
  const seen = trace.map(({ span }) => itself(span)).reduce(together, NOTHING);
  if (seen.unpriced && !seen.priced) return null;
  return trace.filter(({ depth }) => depth === 0).reduce((sum, { subtreeCost }) => sum + subtreeCost, 0n);
}
