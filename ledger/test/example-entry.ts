import { randomBytes } from 'node:crypto';
import type { Call, LedgerEntry, Step } from '@tokenledger/model';

const newTraceId = () => randomBytes(16).toString('hex');
const newSpanId = () => randomBytes(8).toString('hex');

/** A chat call of 0.0035 USD; every call has ids of its own. */
export function callOf(facts: Partial<Call> = {}): Call {
  return {
    traceId: newTraceId(),
    spanId: newSpanId(),
    name: 'chat gpt-4o',
    timeMs: Date.now() - 3_600_000,
    durationMs: 812.5,
    ttftMs: 120,
    status: 'ok',
    team: 'search',
    user: 'ada',
    provider: 'openai',
    operation: 'chat',
    model: 'gpt-4o',
    usage: { input_uncached: 1000, output_text: 100 },
    charges: [
      { meter: 'input_uncached', quantity: 1000, unitPriceUsd: '0.0000025', amount: 2_500_000_000n, priceId: 'gpt-4o', source: 'test' },
      { meter: 'output_text', quantity: 100, unitPriceUsd: '0.00001', amount: 1_000_000_000n, priceId: 'gpt-4o', source: 'test' },
    ],
    cost: 3_500_000_000n,
    priceStatus: 'exact',
    billable: true,
    estimated: false,
    semantics: { profile: 'test', confidence: 'certain', flags: [] },
    rawUsage: { 'gen_ai.usage.input_tokens': 1000 },
    evidence: '{}',
    ...facts,
  };
}

/** The first entry of a call, which counts all of it. */
export function entryOf(facts: Partial<Call> = {}, entry: Partial<LedgerEntry> = {}): LedgerEntry {
  const call = callOf(facts);
  return { tenant: 'acme', version: 0, reason: 'call', call, delta: countAll(call), ...entry };
}

export function countAll({ status, cost, usage, charges }: Call): LedgerEntry['delta'] {
  const requests = { requests: 1, errors: status === 'error' ? 1 : 0 };
  return { calls: 1, unpricedCalls: cost === null ? 1 : 0, ...requests, usage, charges, cost: cost ?? 0n };
}

/** What an entry adds that counts nothing, as of a call that is not billable. */
export const NOTHING: LedgerEntry['delta'] = { calls: 0, unpricedCalls: 0, requests: 0, errors: 0, usage: {}, charges: [], cost: 0n };

export function takeBack({ calls, unpricedCalls, requests, errors, usage, charges, cost }: LedgerEntry['delta']): LedgerEntry['delta'] {
  return {
    calls: -calls,
    unpricedCalls: -unpricedCalls,
    requests: -requests,
    errors: -errors,
    usage: Object.fromEntries(Object.entries(usage).map(([meter, quantity]) => [meter, -quantity])),
    charges: charges.map((charge) => ({ ...charge, quantity: -charge.quantity, amount: -charge.amount })),
    cost: -cost,
  };
}

/** The two entries that move a counted call under new facts. */
export function moveOf({ tenant, version, call, delta }: LedgerEntry, facts: Partial<Call>): readonly LedgerEntry[] {
  const moved = { ...call, ...facts };
  return [
    { tenant, version: version + 1, reason: 'correction', call, delta: takeBack(delta) },
    { tenant, version: version + 2, reason: 'correction', call: moved, delta: countAll(moved) },
  ];
}

export function stepOf(facts: Partial<Step> = {}): Step {
  return {
    traceId: newTraceId(),
    spanId: newSpanId(),
    name: 'agent',
    timeMs: Date.now() - 3_600_000,
    durationMs: 900,
    status: 'ok',
    kind: 'agent',
    attributes: {},
    evidence: '{}',
    ...facts,
  };
}
