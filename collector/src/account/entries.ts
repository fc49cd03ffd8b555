import type { NotBillable } from '../understand/resolve/judging.ts';
import { isSame } from './same.ts';
import { type Call, type Charge, type LedgerEntry, type Meter, type TenantId, type Usage } from '@tokenledger/model';

/** What the ledger adds up and groups by. A change of one of these moves the money from one group to another. */
export const GROUPED = [
  'service',
  'environment',
  'team',
  'feature',
  'customer',
  'user',
  'session',
  'run',
  'agent',
  'provider',
  'gateway',
  'operation',
  'requestModel',
  'model',
  'serviceTier',
  'region',
  'promptName',
  'promptVersion',
  'promptTemplateFingerprint',
  'promptFingerprint',
  'priceStatus',
  'status',
  'errorType',
  'estimated',
  'billable',
] as const satisfies readonly (keyof Call)[];

/**
 * What neighbours of a span can change beside that, and what a span that is told again does, by which its twins are found. Everything else of a call
 * comes from the span alone and stays.
 */
const TOLD = [
  'durationMs',
  'responseId',
  'ttftMs',
  'finishReasons',
  'usage',
  'unpricedReason',
  'reportedCost',
  'notBillableReason',
  'tags',
] as const satisfies readonly (keyof Call)[];

export type Delta = LedgerEntry['delta'];

const NOTHING: Delta = { calls: 0, unpricedCalls: 0, requests: 0, errors: 0, usage: {}, charges: [], cost: 0n };

/** True when the ledger would tell a reader something else. */
export const isChanged = (posted: Call, call: Call): boolean =>
  isMoved(posted, call) ||
  TOLD.some((field) => !isSame(posted[field], call[field])) ||
  posted.cost !== call.cost ||
  !isSame(posted.charges, call.charges);

/** Times that the ledger gave back are rounded to milliseconds. */
const isMoved = (posted: Call, call: Call): boolean =>
  GROUPED.some((field) => posted[field] !== call[field]) || Math.abs(posted.timeMs - call.timeMs) >= 1;

/** The entries that turn what the ledger says of a call (`posted`, at `version`) into what is known now. */
export function entriesFor(
  tenant: TenantId,
  posted: { readonly call: Call; readonly version: number } | undefined,
  call: Call,
): LedgerEntry[] {
  if (!posted) return [{ tenant, version: 0, reason: 'call', call, delta: weight(call) }];
  const before = weight(posted.call);
  const after = weight(call);
  const reason = 'correction';
  if (isMoved(posted.call, call) && !isNothing(before)) {
    return [
      { tenant, version: posted.version + 1, reason, call: posted.call, delta: subtract(NOTHING, before) },
      { tenant, version: posted.version + 2, reason, call, delta: after },
    ];
  }
  return [{ tenant, version: posted.version + 1, reason, call, delta: subtract(after, before) }];
}

const FAILED: NotBillable = 'failed_without_usage';

/** What a call adds to every sum. Of a call whose cost is unknown no part of the cost is added; a failed request only counts as one. */
export function weight({ billable, notBillableReason, status, usage, charges, cost }: Call): Delta {
  if (!billable && notBillableReason !== FAILED) return NOTHING;
  const errors = status === 'error' ? 1 : 0;
  if (!billable) return { ...NOTHING, requests: 1, errors };
  if (cost === null) return { calls: 1, unpricedCalls: 1, requests: 1, errors, usage, charges: [], cost: 0n };
  return { calls: 1, unpricedCalls: 0, requests: 1, errors, usage, charges, cost };
}

function subtract(after: Delta, before: Delta): Delta {
  return {
    calls: after.calls - before.calls,
    unpricedCalls: after.unpricedCalls - before.unpricedCalls,
    requests: after.requests - before.requests,
    errors: after.errors - before.errors,
    usage: subtractUsage(after.usage, before.usage),
    charges: subtractCharges(after.charges, before.charges),
    cost: after.cost - before.cost,
  };
}

function subtractUsage(after: Usage, before: Usage): Usage {
  const difference: Partial<Record<Meter, number>> = {};
  for (const meter of new Set([...Object.keys(after), ...Object.keys(before)]) as Set<Meter>) {
    const quantity = (after[meter] ?? 0) - (before[meter] ?? 0);
    if (quantity !== 0) difference[meter] = quantity;
  }
  return difference;
}

/** A line that changed is taken back and written anew, so that each line stays quantity × unit price = amount. */
function subtractCharges(after: readonly Charge[], before: readonly Charge[]): Charge[] {
  const gone = before.filter((charge) => !after.some((other) => isSame(charge, other)));
  const come = after.filter((charge) => !before.some((other) => isSame(charge, other)));
  return [...gone.map((charge) => ({ ...charge, quantity: -charge.quantity, amount: -charge.amount })), ...come];
}

const isNothing = ({ calls, unpricedCalls, requests, errors, usage, charges, cost }: Delta): boolean =>
  [calls, unpricedCalls, requests, errors].every((count) => count === 0) &&
  cost === 0n &&
  charges.length === 0 &&
  Object.keys(usage).length === 0;
