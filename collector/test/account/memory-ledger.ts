import type { RecallQuery, StoredSpan, TwinQuery } from '@tokenledger/ledger';
import type { Call, LedgerEntry, Meter, PriceRequest, PriceResult } from '@tokenledger/model';
import { meterFacts } from '@tokenledger/model';
import type { Posting } from '../../src/account/accountant.ts';

/** Every bucket of every model costs one pico-USD: the cost of a call is the number of its tokens. */
export const flatPrices = {
  price({ usage }: PriceRequest): PriceResult {
    const charges = (Object.entries(usage) as [Meter, number][])
      .filter(([meter, quantity]) => quantity > 0 && meterFacts(meter).unit === 'token')
      .map(([meter, quantity]) => ({
        meter,
        quantity,
        unitPriceUsd: '0.000000000001',
        amount: BigInt(quantity),
        priceId: 'flat',
        source: 'test',
      }));
    return { status: 'exact', cost: charges.reduce((sum, { amount }) => sum + amount, 0n), charges };
  },
};

/** A ledger in memory: append-only, as the real one, with what can be asked of it. */
export class MemoryLedger {
  readonly entries: LedgerEntry[] = [];
  readonly steps = new Map<string, StoredSpan>();
  recalls: RecallQuery[] = [];

  write({ entries, steps }: Posting): void {
    this.entries.push(...entries);
    for (const { step } of steps) {
      const { traceId, spanId, evidence } = step;
      this.steps.set(`${traceId}/${spanId}`, { traceId, spanId, version: 0, evidence, span: step });
    }
  }

  readonly recall = async (_tenant: string, query: RecallQuery): Promise<StoredSpan[]> => {
    this.recalls.push(query);
    const calls = this.newest();
    const traceIds = new Set(query.traceIds);
    for (const { call } of calls.values()) {
      if (call.responseId !== undefined && query.responseIds?.includes(call.responseId)) traceIds.add(call.traceId);
      const isNear = ({ service, scope, timeMs }: TwinQuery) =>
        service === (call.service ?? '') &&
        scope !== (call.scope?.name ?? '') &&
        Math.abs(call.timeMs - timeMs) <= (query.twins?.toldWithinMs ?? 0);
      if (query.twins?.calls.some(isNear)) traceIds.add(call.traceId);
    }
    return [
      ...[...calls.values()].map(({ call, version }) => ({
        traceId: call.traceId,
        spanId: call.spanId,
        version,
        evidence: call.evidence,
        span: call,
        call,
      })),
      ...this.steps.values(),
    ].filter(({ traceId }) => traceIds.has(traceId));
  };

  /** Each call as its highest version tells it. */
  newest(): Map<string, LedgerEntry> {
    const newest = new Map<string, LedgerEntry>();
    for (const entry of this.entries) {
      const key = `${entry.call.traceId}/${entry.call.spanId}`;
      if (entry.version >= (newest.get(key)?.version ?? 0)) newest.set(key, entry);
    }
    return newest;
  }

  calls(): Call[] {
    return [...this.newest().values()].map(({ call }) => call);
  }

  /** What adding up every entry gives, per group. */
  sums(groupOf: (call: Call) => string = () => ''): Record<string, Record<string, number | bigint>> {
    const sums: Record<string, Record<string, number | bigint>> = {};
    for (const { call, delta } of this.entries) {
      const group = (sums[groupOf(call)] ??= {});
      const add = (name: string, amount: number | bigint) => {
        const sum =
          typeof amount === 'bigint'
            ? ((group[name] as bigint | undefined) ?? 0n) + amount
            : ((group[name] as number | undefined) ?? 0) + amount;
        if (sum === 0 || sum === 0n) delete group[name];
        else group[name] = sum;
      };
      add('calls', delta.calls);
      add('unpriced', delta.unpricedCalls);
      add('requests', delta.requests);
      add('errors', delta.errors);
      add('cost', delta.cost);
      for (const [meter, quantity] of Object.entries(delta.usage)) add(meter, quantity);
      for (const { meter, amount } of delta.charges) add(`cost of ${meter}`, amount);
    }
    for (const [name, group] of Object.entries(sums)) if (Object.keys(group).length === 0) delete sums[name];
    return sums;
  }
}
