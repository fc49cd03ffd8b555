import type { Call, Charge, LedgerEntry, PicoUsd, PriceRequest, PriceResult } from '@tokenledger/model';

/** What to ask the price book about a stored call. */
export function priceRequestOf(call: Call): PriceRequest {
  const { provider, model, timeMs, serviceTier, region, usage } = call;
  return { provider, model, at: timeMs, serviceTier, region, usage };
}

/** A stored call with another price; nothing else changes. */
export function repricedCall(call: Call, result: PriceResult): Call {
  return { ...call, charges: result.charges, cost: result.cost, priceStatus: result.status, unpricedReason: result.reason };
}

export interface RepriceDifference {
  readonly before: PicoUsd | null;
  readonly after: PicoUsd | null;
  /** What a ledger entry of reason `reprice` adds: signed, so that sums over entries are the new price. */
  readonly delta: LedgerEntry['delta'];
}

/**
 * The difference between what a call was priced at and a new result, or `undefined` when nothing changed. Added to the entries
 * before, lines and cost are the new call's. A call that is not billable keeps its price as information and adds nothing.
 */
export function repriceDifference(call: Call, result: PriceResult): RepriceDifference | undefined {
  const charges = chargeDifference(call.charges, result.charges);
  const same = call.cost === result.cost && call.priceStatus === result.status && call.unpricedReason === result.reason;
  if (same && charges.length === 0) return undefined;
  const requests = { requests: 0, errors: 0 };
  const unpriced = Number(result.cost === null) - Number(call.cost === null);
  return {
    before: call.cost,
    after: result.cost,
    delta: call.billable
      ? { calls: 0, unpricedCalls: unpriced, ...requests, usage: {}, charges, cost: (result.cost ?? 0n) - (call.cost ?? 0n) }
      : { calls: 0, unpricedCalls: 0, ...requests, usage: {}, charges: [], cost: 0n },
  };
}

/** The new lines, less the old: lines that say the same cancel out. */
function chargeDifference(before: readonly Charge[], after: readonly Charge[]): readonly Charge[] {
  const rest = [...after];
  const reversed: Charge[] = [];
  for (const charge of before) {
    const kept = rest.findIndex((line) => sameLine(line, charge));
    if (kept >= 0) rest.splice(kept, 1);
    else reversed.push({ ...charge, quantity: -charge.quantity, amount: -charge.amount });
  }
  return [...reversed, ...rest];
}

function sameLine(a: Charge, b: Charge): boolean {
  return (
    a.meter === b.meter &&
    a.quantity === b.quantity &&
    a.amount === b.amount &&
    a.unitPriceUsd === b.unitPriceUsd &&
    a.priceId === b.priceId &&
    a.source === b.source
  );
}
