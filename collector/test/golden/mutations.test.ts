import { expect, test } from 'vitest';
import { createAccountant } from '../../src/account/accountant.ts';
import { decodeTraces } from '../../src/decode/decode.ts';
import { Attributes, type AttributeValue, type OtlpSpan } from '../../src/decode/otlp.ts';
import { flatPrices, MemoryLedger } from '../account/memory-ledger.ts';
import { readFixtures } from './fixtures.ts';

/* The captures, changed as other collectors, exporters and versions change them. What a rule does not rest on must change nothing. */

const captures = readFixtures().map(({ name, json }) => ({ name, spans: json.flatMap((body) => decodeTraces(body, 'json').spans) }));

async function bill(spans: readonly OtlpSpan[]) {
  const ledger = new MemoryLedger();
  const accountant = createAccountant({ priceBook: flatPrices, recall: ledger.recall });
  ledger.write(await accountant.post(spans.map((span) => ({ tenant: 'default', span }))));
  const billed = ledger.calls().filter((call) => call.billable);
  return { sums: ledger.sums()[''] ?? {}, billed };
}

type Change = (span: OtlpSpan, index: number) => OtlpSpan;

type Entry = readonly [string, AttributeValue];

const withAttributes =
  (change: (entries: Entry[]) => Entry[]): Change =>
  (span) => ({ ...span, attributes: Attributes.of(change([...span.attributes])) });

const FINISH = /finish_?reason|stop_reason/i;

/** Later versions of these are known to count otherwise. */
const CHANGES_ITS_MIND = /^@traceloop\/instrumentation-(?:anthropic|bedrock|langchain)$/;

/** Nothing of this is evidence of what numbers mean. */
const HARMLESS: Readonly<Record<string, Change>> = {
  'attributes in another order': withAttributes((entries) => entries.toReversed()),
  'counts as text': withAttributes((entries) =>
    entries.map(([key, value]) => [key, typeof value === 'number' && Number.isInteger(value) ? String(value) : value]),
  ),
  'attributes nobody knows': withAttributes((entries) => [['acme.tokens', 5], ...entries, ['total_tokens', 99]]),
  'no finish reasons': withAttributes((entries) => entries.filter(([key]) => !FINISH.test(key))),
  'no version of the emitter': (span) => ({ ...span, scope: { ...span.scope, version: '' } }),
  'another version of the emitter': (span) =>
    CHANGES_ITS_MIND.test(span.scope.name) ? span : { ...span, scope: { ...span.scope, version: '99.0.0' } },
  'another build of the emitter': (span) => ({ ...span, scope: { ...span.scope, version: `${span.scope.version}-next.1` } }),
  'another service': (span) => ({ ...span, resource: Attributes.of([['service.name', 'another']]) }),
  'no resource': (span) => ({ ...span, resource: Attributes.of([]) }),
  'a year later': (span) => ({ ...span, startMs: span.startMs + 31_536_000_000, endMs: span.endMs + 31_536_000_000 }),
  'no events': (span) => ({ ...span, events: [] }),
};

test.each(Object.entries(HARMLESS))('%s: the bill of every capture stays the same', async (_, change) => {
  for (const { name, spans } of captures) {
    const changed = spans.map(change);
    expect((await bill(changed)).sums, name).toEqual((await bill(spans)).sums);
  }
});

test('beside its own copy of an hour later every capture costs twice', async () => {
  const flip = (id: string) => `${id.startsWith('f') ? 'e' : 'f'}${id.slice(1)}`;
  for (const { name, spans } of captures) {
    const later = spans.map((span) => ({
      ...span,
      traceId: flip(span.traceId),
      startMs: span.startMs + 3_600_000,
      endMs: span.endMs + 3_600_000,
      attributes: Attributes.of(
        [...span.attributes].map(([key, value]) => [
          key,
          /response\.id$|request\.id$/.test(key) ? (typeof value === 'string' ? `${value}-later` : value) : value,
        ]),
      ),
    }));
    const once = (await bill(spans)).sums;
    const twice = Object.fromEntries(Object.entries(once).map(([key, value]) => [key, typeof value === 'bigint' ? value * 2n : value * 2]));
    expect((await bill([...later, ...spans])).sums, name).toEqual(twice);
  }
});

/** Evidence that is lost may lose buckets; it never makes any, unless a flag says that somebody guessed. */
const LOSSY: Readonly<Record<string, Change>> = {
  'no totals': withAttributes((entries) => entries.filter(([key]) => !/total/i.test(key))),
  'an emitter nobody knows': (span) => ({ ...span, scope: { name: `acme/${span.scope.name}`, version: '' } }),
  'no provider': withAttributes((entries) => entries.filter(([key]) => !/provider|gen_ai\.system|llm\.system/.test(key))),
  'impossible counts': withAttributes((entries) =>
    entries.map(([key, value]) => [key, typeof value === 'number' && value > 4 ? 1e15 : value]),
  ),
};

const INPUT = ['input_uncached', 'cache_read', 'cache_write', 'cache_write_5m', 'cache_write_1h'];
const OUTPUT = ['output_text', 'reasoning'];

test.each(Object.entries(LOSSY))('%s: no token is made up in silence', async (_, change) => {
  for (const { name, spans } of captures) {
    const before = await bill(spans);
    const after = await bill(spans.map(change));
    const flagged = after.billed.some((call) => call.semantics.flags.length > 0 || call.semantics.confidence === 'guess');
    const tokens = (sums: typeof after.sums, meters: readonly string[]) => meters.reduce((sum, meter) => sum + Number(sums[meter] ?? 0), 0);
    for (const meters of [INPUT, OUTPUT]) {
      if (!flagged) expect(tokens(after.sums, meters), `${name} ${meters[0]}`).toBeLessThanOrEqual(tokens(before.sums, meters));
    }
    expect(Number(after.sums['calls'] ?? 0), `${name} calls`).toBeLessThanOrEqual(Number(before.sums['calls'] ?? 0));
  }
});

test('parts of totals that an emitter nobody knows tells are read as before, or its call is marked', async () => {
  const rename = LOSSY['an emitter nobody knows'] ?? ((span: OtlpSpan) => span);
  for (const { name, spans } of captures) {
    const before = new Map((await bill(spans)).billed.map((call) => [call.spanId, call.usage]));
    for (const { spanId, usage, semantics } of (await bill(spans.map(rename))).billed) {
      const hasParts = (usage.cache_read ?? 0) + (usage.cache_write ?? 0) + (usage.reasoning ?? 0) > 0;
      if (!hasParts || semantics.flags.includes('unknown_emitter')) continue;
      expect(usage, name).toEqual(before.get(spanId));
    }
  }
});
