import type { PostedEntry } from '@tokenledger/ledger';
import type { Call, Charge, LedgerEntry, Meter, PicoUsd, TenantId, Usage } from '@tokenledger/model';
import { GROUPED, weight } from '../account/entries.ts';
import { isSame } from '../account/same.ts';

/** What entries of the same place in every sum add up to. */
interface Sum {
  readonly call: Call;
  readonly storedMs: number;
  readonly total: Total;
}

interface Total {
  readonly counts: readonly [calls: number, unpricedCalls: number, requests: number, errors: number];
  readonly usage: Usage;
  readonly costByMeter: Readonly<Partial<Record<Meter, PicoUsd>>>;
}

const NOTHING: Total = { counts: [0, 0, 0, 0], usage: {}, costByMeter: {} };

/**
 * The entries that make all entries of one call add up to what it is, whoever wrote them: what was posted in a place where the call does
 * not belong is taken back there, and what it is short of in its own place is added. None when the sums are right.
 */
export function settleCall(tenant: TenantId, call: Call, posted: readonly PostedEntry[]): readonly LedgerEntry[] {
  const sums = [...Map.groupBy(posted, placeOf).values()].flatMap(sumOf);
  const home = sums.find((sum) => isHomeOf(call, sum));
  const surplus = sums.filter((sum) => sum !== home && !isSame(sum.total, NOTHING));
  const missing = subtract(totalOf(weight(call)), home?.total ?? NOTHING);
  const newest = Math.max(-1, ...posted.map(({ version }) => version));
  const isTold = posted.every((entry) => entry.version < newest || factsOf(entry.call) === factsOf(call));
  if (surplus.length === 0 && isSame(missing, NOTHING) && isTold) return [];
  // The last entry tells what the call is.
  const deltas = [
    ...surplus.map((sum) => ({ call: sum.call, total: subtract(NOTHING, sum.total) })),
    { call: { ...call, receivedMs: home?.call.receivedMs ?? call.receivedMs }, total: missing },
  ];
  return deltas.map((entry, index) => ({
    tenant,
    version: newest + 1 + index,
    reason: 'correction',
    call: entry.call,
    delta: toDelta(entry.total),
  }));
}

/** The ledger rounds durations to microseconds. */
const micros = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : Math.round(ms * 1000));

const factsOf = (call: Call): string =>
  JSON.stringify([...GROUPED.map((name) => call[name] ?? null), micros(call.durationMs), micros(call.ttftMs) ?? null]);

const placeOf = ({ call, storedMs }: PostedEntry): string => `${storedMs} ${factsOf(call)}`;

function isHomeOf(call: Call, { call: there, storedMs }: Sum): boolean {
  return (Math.floor(call.timeMs) === storedMs || there.receivedMs === storedMs) && factsOf(call) === factsOf(there);
}

function sumOf(entries: readonly PostedEntry[]): readonly Sum[] {
  const newest = entries.at(-1);
  if (!newest) return [];
  const total = entries.reduce((sum, { delta }) => {
    const { calls, unpricedCalls, requests, errors, usage, costByMeter } = delta;
    return combine(sum, { counts: [calls, unpricedCalls, requests, errors], usage, costByMeter }, 1);
  }, NOTHING);
  return [{ call: newest.call, storedMs: newest.storedMs, total }];
}

function totalOf({ calls, unpricedCalls, requests, errors, usage, charges }: LedgerEntry['delta']): Total {
  const costByMeter: Partial<Record<Meter, PicoUsd>> = {};
  for (const { meter, amount } of charges) costByMeter[meter] = (costByMeter[meter] ?? 0n) + amount;
  return combine(NOTHING, { counts: [calls, unpricedCalls, requests, errors], usage, costByMeter }, 1);
}

const subtract = (left: Total, right: Total): Total => combine(left, right, -1);

function combine(left: Total, right: Total, sign: 1 | -1): Total {
  const [calls, unpriced, requests, errors] = right.counts;
  const counts = [
    left.counts[0] + sign * calls,
    left.counts[1] + sign * unpriced,
    left.counts[2] + sign * requests,
    left.counts[3] + sign * errors,
  ] as const;
  const usage: Partial<Record<Meter, number>> = {};
  for (const meter of metersOf(left.usage, right.usage)) {
    // The ledger keeps six decimals.
    const quantity = Math.round(((left.usage[meter] ?? 0) + sign * (right.usage[meter] ?? 0)) * 1e6) / 1e6;
    if (quantity !== 0) usage[meter] = quantity;
  }
  const costByMeter: Partial<Record<Meter, PicoUsd>> = {};
  for (const meter of metersOf(left.costByMeter, right.costByMeter)) {
    const amount = (left.costByMeter[meter] ?? 0n) + BigInt(sign) * (right.costByMeter[meter] ?? 0n);
    if (amount !== 0n) costByMeter[meter] = amount;
  }
  return { counts, usage, costByMeter };
}

const metersOf = (left: object, right: object): readonly Meter[] => [
  ...new Set([...(Object.keys(left) as Meter[]), ...(Object.keys(right) as Meter[])]),
];

function toDelta({ counts: [calls, unpricedCalls, requests, errors], usage, costByMeter }: Total): LedgerEntry['delta'] {
  const amounts = Object.entries(costByMeter) as (readonly [Meter, PicoUsd])[];
  const charges = amounts.map(([meter, amount]): Charge => ({ meter, quantity: 0, unitPriceUsd: '', amount, priceId: '', source: '' }));
  const cost = charges.reduce((sum, { amount }) => sum + amount, 0n);
  return { calls, unpricedCalls, requests, errors, usage, charges, cost };
}
