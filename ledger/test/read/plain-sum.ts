import {
  DIMENSIONS,
  meterFacts,
  METERS,
  type Call,
  type Dimension,
  type LedgerEntry,
  type Meter,
  type MeterSide,
  type PicoUsd,
} from '@tokenledger/model';
import type { Filters, MeasureValue } from '../../src/index.ts';

/** What reading must agree with: a plain sum over the entries, written without any of the reader's code. */
interface Sum {
  calls: number;
  requests: number;
  errors: number;
  unpriced: number;
  estimated: number;
  cost: PicoUsd;
  failed: PicoUsd;
  retryable: PicoUsd;
  aborted: PicoUsd;
  readonly usage: Map<Meter, number>;
  readonly costs: Map<Meter, PicoUsd>;
}

const FIELD: Readonly<Partial<Record<Dimension, keyof Call>>> = {
  request_model: 'requestModel',
  service_tier: 'serviceTier',
  price_status: 'priceStatus',
  error_type: 'errorType',
  prompt_name: 'promptName',
  prompt_version: 'promptVersion',
  prompt_template_fingerprint: 'promptTemplateFingerprint',
  prompt_fingerprint: 'promptFingerprint',
};

const valueOf = (call: Call, dimension: Dimension) =>
  `${(call[FIELD[dimension] ?? (dimension as keyof Call)] as string | boolean | undefined) ?? ''}`;

export interface Question {
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number | null;
  readonly groupBy: readonly Dimension[];
  readonly filters: Filters;
}

/** Sums per bucket and group; the key is `[bucket start | null, …values]` as JSON. Groups of nothing are left out. */
export function plainSums(entries: readonly LedgerEntry[], { fromMs, toMs, stepMs, groupBy, filters }: Question): ReadonlyMap<string, Sum> {
  const sums = new Map<string, Sum>();
  for (const { call, delta } of entries) {
    if (call.timeMs < fromMs || call.timeMs >= toMs) continue;
    if (DIMENSIONS.some((name) => filters[name] && !filters[name].includes(valueOf(call, name)))) continue;
    const bucket = stepMs === null ? null : call.timeMs - (call.timeMs % stepMs);
    const key = JSON.stringify([bucket, ...groupBy.map((name) => valueOf(call, name) || null)]);
    const sum = sums.get(key) ?? nothing();
    sums.set(key, sum);
    sum.calls += delta.calls;
    sum.unpriced += delta.unpricedCalls;
    sum.cost += delta.cost;
    sum.requests += delta.requests;
    sum.errors += delta.errors;
    const wasted = wasteOf(call);
    if (wasted) sum[wasted] += delta.cost;
    if (call.estimated) sum.estimated += delta.calls;
    for (const [meter, quantity] of Object.entries(delta.usage) as [Meter, number][]) {
      sum.usage.set(meter, Math.round(((sum.usage.get(meter) ?? 0) + quantity) * 1e6) / 1e6);
    }
    for (const { meter, amount } of delta.charges) sum.costs.set(meter, (sum.costs.get(meter) ?? 0n) + amount);
  }
  return sums;
}

function partOfSum(name: string, { costs, usage, ...waste }: Sum, known: (amount: PicoUsd) => PicoUsd | null): MeasureValue {
  if (name.startsWith('cost_')) return known(costs.get(name.slice(5) as Meter) ?? 0n);
  if (name.startsWith('waste_')) return known(waste[name.slice(6) as 'failed' | 'retryable' | 'aborted']);
  return usage.get(name as Meter) ?? 0;
}

function wasteOf({ status, errorType = '' }: Call): 'failed' | 'retryable' | 'aborted' | undefined {
  if (status === 'error') return ['429', 'timeout'].includes(errorType) ? 'retryable' : 'failed';
  return errorType === 'AbortError' ? 'aborted' : undefined;
}

export const nothing = (): Sum => ({
  calls: 0,
  requests: 0,
  errors: 0,
  unpriced: 0,
  estimated: 0,
  cost: 0n,
  failed: 0n,
  retryable: 0n,
  aborted: 0n,
  usage: new Map(),
  costs: new Map(),
});

export function measureOfSum(name: string, sum: Sum): MeasureValue {
  const known = (amount: PicoUsd) => (sum.calls > 0 && sum.unpriced === sum.calls ? null : amount);
  const side = (wanted: MeterSide) =>
    METERS.filter((meter) => meterFacts(meter).unit === 'token' && meterFacts(meter).side === wanted).reduce(
      (all, meter) => all + (sum.usage.get(meter) ?? 0),
      0,
    );
  const share = (part: number, whole: number) => (whole === 0 ? null : part / whole);
  switch (name) {
    case 'cost':
      return known(sum.cost);
    case 'waste':
      return known(sum.failed + sum.retryable + sum.aborted);
    case 'calls':
      return sum.calls;
    case 'requests':
      return sum.requests;
    case 'errors':
      return sum.errors;
    case 'error_rate':
      return share(sum.errors, sum.requests);
    case 'unpriced_calls':
      return sum.unpriced;
    case 'unpriced_share':
      return share(sum.unpriced, sum.calls);
    case 'estimated_calls':
      return sum.estimated;
    case 'tokens':
      return side('input') + side('output');
    case 'input_tokens':
      return side('input');
    case 'output_tokens':
      return side('output');
    case 'cost_per_call': {
      const priced = sum.calls - sum.unpriced;
      return priced > 0 ? (sum.cost * 2n + BigInt(priced)) / (2n * BigInt(priced)) : null;
    }
    default:
      return partOfSum(name, sum, known);
  }
}
