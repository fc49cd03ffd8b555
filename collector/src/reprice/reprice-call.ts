import type { StoredCall } from '@tokenledger/ledger';
import { type Call, type Charge, formatUsd, type LedgerEntry, type TenantId } from '@tokenledger/model';
import { entriesFor } from '../account/entries.ts';
import { type Priceable, type Priced, priceOf, type Pricing, toPicoUsd } from '../account/price.ts';
import { isSame } from '../account/same.ts';
import { readCallEvidence } from '../account/stored-evidence.ts';

/**
 * The entries that give a stored call the price the book gives it now. None when it has that price: a second run writes nothing. Usage,
 * model, tier and everything else stay as they were understood; what is not billed costs nothing at any price.
 */
export function repriceCall(tenant: TenantId, { call, version }: StoredCall, priceBook: Pricing): readonly LedgerEntry[] {
  if (!call.billable) return [];
  const { charges, cost, priceStatus, unpricedReason } = priceOf({ observation: priceable(call), billable: true }, undefined, priceBook);
  const repriced: Call = { ...call, charges, cost, priceStatus, unpricedReason };
  if (isPricedAlike(call, repriced)) return [];
  return entriesFor(tenant, { call, version }, repriced).map((entry) => ({ ...entry, reason: 'reprice' }));
}

/** A stored call as it was when it was priced first. Who reported a cost is only in the evidence. */
function priceable(call: Call): Priceable {
  const { provider, operation, timeMs, serviceTier, region, usage, estimated, scope, reportedCost } = call;
  const span = readCallEvidence(call)?.span;
  const facts = { provider, operation, responseModel: call.model, timeMs, serviceTier, region, usage, estimated, scope };
  if (reportedCost === undefined) return facts;
  const asSent = toPicoUsd(span?.reportedCostUsd) === reportedCost ? span?.reportedCostUsd : undefined;
  const reportedCostBy = span?.reportedCostBy ?? (call.priceStatus === 'provider_reported' ? 'provider' : 'emitter');
  return { ...facts, reportedCostUsd: asSent ?? formatUsd(reportedCost), reportedCostBy };
}

/** A new edition of a list that says the same is no new price. */
function isPricedAlike(before: Call, after: Call): boolean {
  return isSame(pricedAs(before), pricedAs(after));
}

function pricedAs({ charges, cost, priceStatus, unpricedReason }: Priced) {
  return { charges: charges.map(withoutSource), cost, priceStatus, unpricedReason };
}

function withoutSource({ source: _source, ...charge }: Charge): Omit<Charge, 'source'> {
  return charge;
}
