import type { Call } from '@tokenledger/model';
import { createPriceBook } from '@tokenledger/pricing';
import { createAccountant } from '../../src/account/accountant.ts';
import { Attributes, type AttributeValue, type OtlpSpan } from '../../src/decode/otlp.ts';
import { MemoryLedger } from '../account/memory-ledger.ts';

export interface SpanFacts {
  readonly scope?: string;
  readonly version?: string;
  readonly name?: string;
  readonly kind?: OtlpSpan['kind'];
  readonly status?: OtlpSpan['status'];
  readonly trace?: number;
  readonly id?: number;
  readonly parent?: number;
  readonly at?: string;
  readonly durationMs?: number;
  readonly resource?: Readonly<Record<string, AttributeValue>>;
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
}

let unique = 0;

/** A span of 2 s on 2026-11-23, unless told otherwise. */
export function spanOf({ scope = 'test', version = '', name = 'chat', kind = 'client', status = 'unset', ...facts }: SpanFacts): OtlpSpan {
  unique += 1;
  const startMs = Date.parse(facts.at ?? '2026-11-23T12:00:00Z');
  const id = (number: number, digits: number) => number.toString(16).padStart(digits, '0');
  return {
    traceId: id(facts.trace ?? 1, 32),
    spanId: id(facts.id ?? 1_000_000 + unique, 16),
    parentSpanId: facts.parent === undefined ? undefined : id(facts.parent, 16),
    name,
    kind,
    startMs,
    endMs: startMs + (facts.durationMs ?? 2000),
    status,
    attributes: Attributes.of(Object.entries(facts.attributes ?? {})),
    events: [],
    resource: Attributes.of(Object.entries(facts.resource ?? { 'service.name': 'checkout' })),
    scope: { name: scope, version },
  };
}

const priceBook = createPriceBook();

/** The bill of these spans at the shipped prices. */
export async function billOf(
  ...spans: readonly OtlpSpan[]
): Promise<{ calls: Call[]; billed: Call[]; cost: bigint; sums: Record<string, number | bigint> }> {
  const ledger = new MemoryLedger();
  const accountant = createAccountant({ priceBook, recall: ledger.recall });
  ledger.write(await accountant.post(spans.map((span) => ({ tenant: 'default', span }))));
  const calls = ledger.calls();
  const sums = ledger.sums()[''] ?? {};
  return { calls, billed: calls.filter(({ billable }) => billable), cost: (sums['cost'] as bigint | undefined) ?? 0n, sums };
}
