import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createAccountant, decodeLogs, decodeTraces, type OtlpSpan, spansOfLogs } from '@tokenledger/collector';
import { type Call, formatUsd } from '@tokenledger/model';
import { createPriceBook } from '@tokenledger/pricing';
import { expect, test } from 'vitest';

/** See README.md: what a case says, and how another project can run it. */
interface Case {
  readonly why: string;
  readonly traces?: readonly unknown[];
  readonly logs?: readonly unknown[];
  readonly expect: { readonly billable_calls: number; readonly calls: readonly ExpectedCall[] };
}
interface ExpectedCall {
  readonly span_id: string;
  readonly billable: boolean;
  readonly usage: Readonly<Record<string, number>>;
  readonly [fact: string]: unknown;
}

const ROOT = resolve(import.meta.dirname, 'cases');
const cases = globSync('*/*.json', { cwd: ROOT })
  .toSorted()
  .map((file) => ({ file, ...(JSON.parse(readFileSync(join(ROOT, file), 'utf8')) as Case) }));

const priceBook = createPriceBook();
const body = (request: unknown) => Buffer.from(JSON.stringify(request));

async function bill(requests: readonly (readonly OtlpSpan[])[]): Promise<Call[]> {
  const accountant = createAccountant({ priceBook, recall: async () => [], soleWriterSinceMs: Date.UTC(2026, 0) });
  const calls = new Map<string, Call>();
  for (const spans of requests) {
    const { entries } = await accountant.post(spans.map((span) => ({ tenant: 'default', span })));
    for (const { call } of entries) calls.set(call.spanId, call);
  }
  return [...calls.values()];
}

/** The facts of a call under the names that a case uses. */
function told(call: Call, asked: ExpectedCall): Record<string, unknown> {
  const { semantics } = call;
  const facts: Record<string, unknown> = {
    ...call,
    span_id: asked.span_id === 'any' ? 'any' : call.spanId,
    not_billable_reason: call.notBillableReason,
    service_tier: call.serviceTier,
    price_status: call.priceStatus,
    cost_usd: call.cost === null ? null : formatUsd(call.cost),
    flags: semantics.flags,
    confidence: semantics.confidence,
  };
  return Object.fromEntries(Object.keys(asked).map((name) => [name, facts[name]]));
}

function check(calls: readonly Call[], expected: Case['expect']): void {
  expect(calls.filter(({ billable }) => billable)).toHaveLength(expected.billable_calls);
  expect(calls).toHaveLength(expected.calls.length);
  for (const asked of expected.calls) {
    const call = calls.find(({ spanId }) => asked.span_id === 'any' || spanId === asked.span_id);
    expect(call && told(call, asked)).toEqual(asked);
  }
}

test.each(cases)('$file: $why', async ({ traces = [], logs = [], expect: expected }) => {
  const requests = [
    ...traces.map((request) => decodeTraces(body(request), 'json').spans),
    ...logs.map((request) => spansOfLogs(decodeLogs(body(request), 'json').records)),
  ];
  check(await bill(requests), expected);
  check(
    await bill(
      requests
        .flat()
        .map((span) => [span])
        .toReversed(),
    ),
    expected,
  );
});

test('every dialect of the collector has a case', () => {
  const dialects = globSync('*.ts', { cwd: resolve(import.meta.dirname, '../../collector/src/understand/dialects') })
    .map((file) => file.replace('.ts', ''))
    .filter((name) => name !== 'index' && name !== 'otel-genai');
  const covered = cases.map(({ file }) => file);
  expect(dialects.filter((name) => !covered.some((file) => file.includes(`/${name}`)))).toEqual([]);
});
