import { expect, test } from 'vitest';
import { createAccountant } from '../../src/account/accountant.ts';
import { decodeTraces } from '../../src/decode/decode.ts';
import { Attributes, type OtlpSpan } from '../../src/decode/otlp.ts';
import type { Observation } from '../../src/understand/observation.ts';
import { observe } from '../../src/understand/observe.ts';
import { flatPrices, MemoryLedger } from '../account/memory-ledger.ts';
import { readFixtures, TRUTH_NAMES } from './fixtures.ts';

/* Every two instrumentations that told of a call alike, brought together as if both had told of one. */

const INPUT = ['input_uncached', 'cache_read', 'cache_write', 'cache_write_5m', 'cache_write_1h'] as const;
const OUTPUT = ['output_text', 'reasoning'] as const;

async function bill(batches: readonly (readonly OtlpSpan[])[]) {
  const ledger = new MemoryLedger();
  const accountant = createAccountant({ priceBook: flatPrices, recall: ledger.recall });
  for (const spans of batches) ledger.write(await accountant.post(spans.map((span) => ({ tenant: 'default', span }))));
  const sums = ledger.sums()[''] ?? {};
  const total = (meters: readonly string[]) => meters.reduce((sum, meter) => sum + Number(sums[meter] ?? 0), 0);
  const isEstimated = ledger.calls().some(({ billable, estimated }) => billable && estimated);
  return { sums, calls: Number(sums['calls'] ?? 0), input: total(INPUT), output: total(OUTPUT), isEstimated };
}

interface Told {
  readonly name: string;
  readonly spans: readonly OtlpSpan[];
  readonly requests: readonly Observation[];
  readonly usage: Readonly<Record<string, number>>;
  readonly bill: Awaited<ReturnType<typeof bill>>;
}

const told = new Map<string, Told[]>();
for (const { name, json, truth } of readFixtures()) {
  const call = truth.calls.at(-1);
  if (truth.billable_calls !== 1 || truth.visible_billable_calls !== 1 || !call?.usage) continue;
  const spans = json.flatMap((body) => decodeTraces(body, 'json').spans);
  const requests = spans.map(observe).filter(({ role, status }) => role === 'inference' && status !== 'error');
  const key = JSON.stringify([call.provider, call.model, call.operation, call.usage, call.streamed]);
  told.set(key, [...(told.get(key) ?? []), { name, spans, requests, usage: call.usage, bill: await bill([spans]) }]);
}

const pairs = [...told.values()].flatMap((group) =>
  group.flatMap((one) => group.filter((other) => areTwoEmitters(one, other)).map((other) => ({ one, other }))),
);

function areTwoEmitters(one: Told, other: Told): boolean {
  const scopes = new Set(one.requests.map(({ scope }) => scope?.name));
  return one.requests.length > 0 && !other.requests.some(({ scope }) => scopes.has(scope?.name));
}

/** The spans of `other` within the innermost request of `one`, under another parent, with the same response. */
function within({ one, other }: { readonly one: Told; readonly other: Told }, place: (inner: OtlpSpan) => Partial<OtlpSpan>): OtlpSpan[] {
  const byId = new Map(one.spans.map((span) => [span.spanId, span]));
  const depth = ({ parentSpanId }: { parentSpanId?: string | undefined }): number => {
    const parent = parentSpanId === undefined ? undefined : byId.get(parentSpanId);
    return parent ? 1 + depth(parent) : 0;
  };
  const inner = byId.get(one.requests.toSorted((left, right) => depth(right) - depth(left))[0]?.spanId ?? '') as OtlpSpan;
  const idOf = ({ requests }: Told) => requests.find(({ responseId }) => responseId !== undefined)?.responseId;
  const [id, otherId] = [idOf(one), idOf(other)];
  const from = Math.min(...other.spans.map(({ startMs }) => startMs));
  const to = Math.max(...other.spans.map(({ endMs }) => endMs));
  const scale = (0.8 * (inner.endMs - inner.startMs)) / Math.max(to - from, 0.001);
  const at = (ms: number) => inner.startMs + 0.1 * (inner.endMs - inner.startMs) + scale * (ms - from);
  const ids = new Set(other.spans.map(({ spanId }) => spanId));
  const rename = (spanId: string) => `d${spanId.slice(1)}`;
  return other.spans.map((span) => {
    const isInside = span.parentSpanId !== undefined && ids.has(span.parentSpanId);
    const { parentSpanId, traceId = `c${span.traceId.slice(1)}` } = place(inner);
    return {
      ...span,
      traceId,
      spanId: rename(span.spanId),
      parentSpanId: isInside ? rename(span.parentSpanId ?? '') : parentSpanId,
      startMs: at(span.startMs),
      endMs: at(span.endMs),
      resource: inner.resource,
      attributes: Attributes.of([...span.attributes].map(([key, value]) => [key, id !== undefined && value === otherId ? id : value])),
    };
  });
}

const PLACES: Readonly<Record<string, (inner: OtlpSpan) => Partial<OtlpSpan>>> = {
  'one around the other': ({ traceId, spanId }) => ({ traceId, parentSpanId: spanId }),
  'beside each other': ({ traceId, parentSpanId }) => ({ traceId, parentSpanId }),
  'in two traces': () => ({}),
};

test.each(Object.entries(PLACES))('two that tell of one call, %s: it is billed once, with what either knows', async (_, place) => {
  for (const { one, other } of pairs) {
    const name = `${one.name} and ${other.name}`;
    const spans = [...one.spans, ...within({ one, other }, place)];
    const together = await bill([spans]);
    expect(together.calls, name).toBe(1);
    const truth = (meters: readonly (keyof typeof TRUTH_NAMES)[]) =>
      meters.reduce((sum, meter) => sum + (one.usage[TRUTH_NAMES[meter]] ?? 0), 0);
    for (const [side, meters] of [['input', INPUT] as const, ['output', OUTPUT] as const]) {
      const total = truth(meters);
      if (one.bill[side] === total || other.bill[side] === total) expect(together[side], `${name}: ${side}`).toBe(total);
      else expect(together[side], `${name}: ${side}`).toBeLessThanOrEqual(total);
    }
    if (one.bill.isEstimated || other.bill.isEstimated) continue;
    for (const meter of ['cache_read', 'cache_write_5m', 'cache_write_1h', 'reasoning'] as const) {
      const isKnown = [one, other].some((each) => each.bill.sums[meter] === one.usage[TRUTH_NAMES[meter]]);
      if (isKnown) expect(together.sums[meter], `${name}: ${meter}`).toBe(one.usage[TRUTH_NAMES[meter]]);
    }
  }
});

test.each(Object.entries(PLACES))(
  'two that tell of one call, %s: the same span by span, last one first, each sent twice',
  async (_, place) => {
    for (const { one, other } of pairs.filter((_, index) => index % 5 === 0)) {
      const spans = [...one.spans, ...within({ one, other }, place)];
      const single = spans.toReversed().map((span) => [span]);
      expect((await bill([...single, ...single])).sums, `${one.name} and ${other.name}`).toEqual((await bill([spans])).sums);
    }
  },
);
