import { METERS, type Call, type Charge, type LedgerEntry, type Meter, type Usage } from '@tokenledger/model';
import fc from 'fast-check';
import { callOf, countAll, moveOf, NOTHING } from '../example-entry.ts';

const HOUR_MS = 3_600_000;

/** Few values per dimension, so that groups are shared; `undefined` is "nobody said". */
const oneOf = (...values: readonly (string | undefined)[]) => fc.constantFrom(...values);

const quantityOf = (meter: Meter) =>
  meter.endsWith('_seconds') ? fc.nat(10_000_000).map((micro) => micro / 1_000_000) : fc.nat(2_000_000);

const usage: fc.Arbitrary<Usage> = fc
  .uniqueArray(fc.constantFrom(...METERS), { maxLength: 5 })
  .chain((meters) => fc.record(Object.fromEntries(meters.map((meter) => [meter, quantityOf(meter)]))) as fc.Arbitrary<Usage>);

const charges = (used: Usage): fc.Arbitrary<readonly Charge[]> =>
  fc.tuple(
    ...(Object.entries(used) as [Meter, number][]).map(([meter, quantity]) =>
      fc
        .bigInt({ min: 0n, max: 10n ** 15n })
        .map((amount): Charge => ({ meter, quantity, unitPriceUsd: '0.000001', amount, priceId: 'test', source: 'test' })),
    ),
  );

/** Calls at any time between `fromMs` and `toMs`, half of them in the last six hours. */
export function callWithin(fromMs: number, toMs: number): fc.Arbitrary<Call> {
  const facts = fc.record({
    timeMs: fc.oneof(fc.integer({ min: fromMs, max: toMs - 1 }), fc.integer({ min: toMs - 6 * HOUR_MS, max: toMs - 1 })),
    durationMs: fc.oneof(fc.nat(90_000), fc.nat(100)),
    ttftMs: fc.option(fc.nat(5000), { nil: undefined }),
    status: fc.constantFrom('ok' as const, 'ok' as const, 'unset' as const, 'error' as const),
    errorType: oneOf(undefined, undefined, '429', 'timeout', 'content_filter', 'AbortError'),
    service: oneOf('web', 'batch', undefined),
    environment: oneOf('prod', 'dev', undefined),
    team: oneOf('search', 'ads', 'it’s “quoted”', undefined),
    feature: oneOf('chat', undefined),
    customer: oneOf('acme', 'globex', undefined),
    user: oneOf('ada', 'bob', 'eve', undefined),
    agent: oneOf('planner', undefined),
    provider: fc.constantFrom('openai', 'anthropic'),
    gateway: oneOf('litellm', undefined),
    model: fc.constantFrom('gpt-5', 'gpt-5-mini', 'claude-opus-5'),
    region: oneOf('eu', undefined),
    run: oneOf('run-1', 'run-2', 'run-3', undefined),
    promptName: oneOf('greeting', undefined),
    promptFingerprint: oneOf('f1', 'f2', 'f3', undefined),
    estimated: fc.boolean(),
  });
  return fc
    .tuple(facts, usage, fc.constantFrom('priced', 'priced', 'priced', 'unpriced', 'failed', 'not billable'))
    .chain(([fact, used, kind]) =>
      charges(used).map((lines): Call => {
        const call = callOf({ ...fact, usage: used, charges: lines, cost: lines.reduce((sum, { amount }) => sum + amount, 0n) });
        if (kind === 'priced') return call;
        if (kind === 'unpriced') return { ...call, charges: [], cost: null, priceStatus: 'unpriced', unpricedReason: 'no_price' };
        const failed = { billable: false, notBillableReason: 'failed_without_usage', charges: [], cost: 0n } as const;
        if (kind === 'failed') return { ...call, ...failed, status: 'error', usage: {} };
        return { ...call, billable: false, notBillableReason: 'wrapper', charges: [], cost: 0n };
      }),
    );
}

function weigh(call: Call): LedgerEntry['delta'] {
  if (call.billable) return countAll(call);
  return call.notBillableReason === 'failed_without_usage' ? { ...NOTHING, requests: 1, errors: 1 } : NOTHING;
}

/** A call's entries: the first, and sometimes the two that move it under other facts. */
export function entriesOf(tenant: string, call: Call, moved: Partial<Call> | undefined): readonly LedgerEntry[] {
  const first: LedgerEntry = { tenant, version: 0, reason: 'call', call, delta: weigh(call) };
  return moved && call.billable ? [first, ...moveOf(first, moved)] : [first];
}

/** The same entries for the same seed. */
export function sampleEntries(options: {
  readonly tenant: string;
  readonly count: number;
  readonly seed: number;
  readonly fromMs: number;
  readonly toMs: number;
}) {
  const moved = fc.option(fc.record({ team: oneOf('late', 'search'), model: fc.constantFrom('gpt-5', 'gpt-5.1') }), {
    nil: undefined,
    freq: 3,
  });
  const calls = fc.sample(fc.tuple(callWithin(options.fromMs, options.toMs), moved), { numRuns: options.count, seed: options.seed });
  return calls.flatMap(([call, change]) => entriesOf(options.tenant, call, change));
}
