import type { Call } from '@tokenledger/model';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { type AccountantOptions, createAccountant } from '../../src/account/accountant.ts';
import { decodeTraces } from '../../src/decode/decode.ts';
import type { OtlpSpan } from '../../src/decode/otlp.ts';
import { readFixtures } from '../golden/fixtures.ts';
import { arbitraryCrowd, arbitrarySpans } from './arbitrary-trace.ts';
import { asReceived, startFile } from './as-received.ts';
import type { Received } from '../../src/account/received.ts';
import { flatPrices, MemoryLedger } from './memory-ledger.ts';

const DIMENSIONS = [
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
  'priceStatus',
  'status',
  'errorType',
  'estimated',
  'billable',
] as const;
const groupOf = (call: Call) => JSON.stringify(DIMENSIONS.map((dimension) => call[dimension] ?? null));

/** What a reader of the ledger sees: sums per group of all dimensions, and each call's present facts. */
function read(ledger: MemoryLedger) {
  const facts = ledger.calls().map((call) => ({ ...call, evidence: '' }));
  return {
    sums: ledger.sums(groupOf),
    calls: facts.toSorted((left, right) => (left.traceId + left.spanId < right.traceId + right.spanId ? -1 : 1)),
  };
}

/** An export request, a restart of the collector that gets the next one, or another collector that gets it. */
type Event = readonly OtlpSpan[] | 'restart' | 'other collector';

type Receive = (span: OtlpSpan) => Received;

async function play(
  events: readonly Event[],
  options: Partial<AccountantOptions> = {},
  receive: Receive = asReceived,
): Promise<MemoryLedger> {
  const ledger = new MemoryLedger();
  const start = () => createAccountant({ priceBook: flatPrices, recall: ledger.recall, ...options });
  let accountant = start();
  let other = start();
  for (const event of events) {
    if (event === 'restart') accountant = start();
    else if (event === 'other collector') [accountant, other] = [other, accountant];
    else ledger.write(await accountant.post(event.map(receive)));
  }
  return ledger;
}

/** Any permutation of the spans, some sent again, cut into requests anywhere, to collectors that restart. */
function arrivals(spans: readonly OtlpSpan[]): fc.Arbitrary<Event[]> {
  const sent = fc
    .tuple(fc.shuffledSubarray([...spans], { minLength: spans.length }), fc.shuffledSubarray([...spans]))
    .map(([once, again]) => [...once, ...again]);
  return sent
    .chain((sequence) => fc.shuffledSubarray(sequence, { minLength: sequence.length }))
    .chain((sequence) =>
      fc.tuple(
        fc.constant(sequence),
        fc.array(fc.constantFrom('stay', 'cut', 'restart', 'other collector'), { minLength: sequence.length, maxLength: sequence.length }),
      ),
    )
    .map(([sequence, marks]) => {
      const events: Event[] = [];
      let request: OtlpSpan[] = [];
      sequence.forEach((span, index) => {
        request.push(span);
        if (marks[index] === 'stay') return;
        events.push(request);
        if (marks[index] === 'restart' || marks[index] === 'other collector') events.push(marks[index]);
        request = [];
      });
      return [...events, request];
    });
}

const captures = readFixtures()
  .map(({ json }) => json.flatMap((body) => decodeTraces(body, 'json').spans))
  .filter((spans) => spans.length > 1);

const sole = { soleWriterSinceMs: 0, now: () => Date.UTC(2027, 0) };

const file = await startFile(afterAll);
const asFiled: Receive = (span) => file.put(asReceived(span));

const MODES: readonly (readonly [string, Partial<AccountantOptions>, Receive])[] = [
  ['with memory', {}, asReceived],
  ['with memory for three spans', { capacity: 3 }, asReceived],
  ['as the only writer', sole, asReceived],
  ['as the only writer with memory for three spans', { capacity: 3, ...sole }, asReceived],
  ['as the only writer with every trace put away at once', { awake: 0, ...sole }, asReceived],
  ['as the only writer with every trace put away at once, in the journal', { awake: 0, ...sole }, asFiled],
];

describe.each(MODES)('the ledger is the same whatever the order, split, repetition, restarts and collectors, %s', (_, options, receive) => {
  /** The only writer is one process: its successor is told when its own time began. */
  const events = (spans: OtlpSpan[]) =>
    options.soleWriterSinceMs === undefined
      ? arrivals(spans)
      : arrivals(spans).map((all) => all.filter((event) => typeof event !== 'string'));

  test('of random traces', async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitrarySpans.chain((spans) => fc.tuple(fc.constant(spans), events(spans))),
        async ([spans, arrived]) => {
          expect(read(await play(arrived, options, receive))).toEqual(read(await play([spans])));
        },
      ),
      { numRuns: 200 },
    );
  });

  test('of crowds', async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryCrowd.chain((spans) => fc.tuple(fc.constant(spans), events(spans))),
        async ([spans, arrived]) => {
          expect(read(await play(arrived, options, receive))).toEqual(read(await play([spans])));
        },
      ),
      { numRuns: 200 },
    );
  });

  test('of captured traces', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...captures).chain((spans) => fc.tuple(fc.constant(spans), events(spans))),
        async ([spans, arrived]) => {
          expect(read(await play(arrived, options, receive))).toEqual(read(await play([spans])));
        },
      ),
      { numRuns: 100 },
    );
  });
});

test('two captures that arrive mixed give what each gives alone', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.nat(captures.length - 1), { minLength: 2, maxLength: 2 }).chain((picked) => {
        const spans = picked.flatMap((index) => captures[index] ?? []);
        return fc.tuple(fc.constant(picked), arrivals(spans));
      }),
      async ([picked, arrived]) => {
        const alone = await play(picked.map((index) => captures[index] ?? []));
        expect(read(await play(arrived))).toEqual(read(alone));
      },
    ),
    { numRuns: 50 },
  );
});

test('the entries of each call add up to what its newest entry says', async () => {
  await fc.assert(
    fc.asyncProperty(arbitrarySpans.chain(arrivals), async (arrived) => {
      const ledger = await play(arrived);
      for (const { call } of ledger.newest().values()) {
        const own = ledger.entries.filter((entry) => entry.call.spanId === call.spanId && entry.call.traceId === call.traceId);
        expect(own.reduce((sum, { delta }) => sum + delta.cost, 0n)).toBe(call.billable ? (call.cost ?? 0n) : 0n);
        expect(own.reduce((sum, { delta }) => sum + delta.calls, 0)).toBe(call.billable ? 1 : 0);
        expect(own.map(({ version }) => version)).toEqual([...new Set(own.map(({ version }) => version))].toSorted((a, b) => a - b));
      }
    }),
    { numRuns: 200 },
  );
});
