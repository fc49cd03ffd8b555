import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LedgerUnavailable, type OpenBatch, type WriteBatch } from '@tokenledger/ledger';
import type { LedgerEntry, StepRow } from '@tokenledger/model';
import { createPriceBook } from '@tokenledger/pricing';
import fc from 'fast-check';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { createAccountant } from '../src/account/accountant.ts';
import { FrontEndedError } from '../src/front/front-thread.ts';
import { encodeSegment, type Segment } from '../src/journal/segment.ts';
import { runPipeline } from '../src/pipeline.ts';
import { createPatience } from '../src/store/patience.ts';
import { createTurns } from '../src/turns.ts';
import { chatSpan, type Json, text, toProtobuf, tracesRequest } from './otlp/messages.ts';
import { post, start, until } from './start.ts';
import { createStubLedger } from './stub-ledger.ts';

const TRACES = 12;

/** An agent that repeats the usage of the request below it. */
function spansOfTrace(trace: number): Json[] {
  const child = chatSpan(2 * trace);
  const agent = chatSpan(2 * trace + 1, [text('gen_ai.operation.name', 'invoke_agent')]);
  return [
    { ...agent, traceId: child['traceId'] },
    { ...child, parentSpanId: agent['spanId'] },
  ];
}

/** What happens to a write or a question: it takes its time, fails before, or is done and its answer lost. */
const fate = fc.constantFrom('slow', 'slow', 'slow', 'fails', 'loses its answer');

/** Batches as a real ledger takes them, row by row; `left` counts those of which it still keeps something, `writtenOpen` those that were written before they were closed. */
function countBatches(stub: Pick<ReturnType<typeof createStubLedger>, 'write' | 'poison'>) {
  const kept = new Set<object>();
  let writtenOpen = 0;
  const open = (token: string): OpenBatch => {
    const entries: LedgerEntry[] = [];
    const steps: StepRow[] = [];
    let isClosed = false;
    const batch = {
      append(rows: Pick<WriteBatch, 'entries' | 'steps'>) {
        const refused = rows.entries.map(({ call }) => stub.poison.has(call.spanId));
        entries.push(...rows.entries.filter((_, index) => refused[index] !== true));
        steps.push(...rows.steps);
        return [...refused.keys()]
          .filter((index) => refused[index])
          .map((index) => ({ list: 'entries' as const, index, reason: 'poison' }));
      },
      spool: async () => {},
      async close() {
        isClosed = true;
      },
      async write() {
        if (!isClosed) writtenOpen++;
        await stub.write({ token, entries, steps });
      },
      async discard() {
        kept.delete(batch);
      },
    };
    kept.add(batch);
    return batch;
  };
  return { open, left: () => kept.size, writtenOpen: () => writtenOpen };
}

test('what is understood while a write is under way is right, whatever becomes of that write', async () => {
  let ahead = 0;
  const spans = Array.from({ length: TRACES }, (_, trace) => spansOfTrace(trace + 1)).flat();
  const neverStored = [900, 901, 902].map((number) => chatSpan(number));
  await fc.assert(
    fc.asyncProperty(
      fc.shuffledSubarray(spans, { minLength: spans.length }),
      fc.shuffledSubarray(spans, { maxLength: 6 }),
      fc.array(fate, { minLength: 60, maxLength: 60 }),
      fc.shuffledSubarray(neverStored),
      fc.boolean(),
      async (sent, again, fates, refused, isEncoded) => {
        const stub = createStubLedger();
        for (const { spanId } of refused) stub.poison.add(String(spanId));
        let writing = false;
        const ledger: typeof stub = {
          ...stub,
          async write(batch) {
            const become = fates.pop() ?? 'slow';
            writing = true;
            await sleep(4);
            writing = false;
            if (become === 'fails') throw new LedgerUnavailable('failed');
            await stub.write(batch);
            if (become === 'loses its answer') throw new LedgerUnavailable('the answer was lost');
          },
          async recall(tenant, query) {
            if (writing) ahead++;
            if ((fates.pop() ?? 'slow') === 'fails') throw new LedgerUnavailable('failed');
            return stub.recall(tenant, query);
          },
        };
        const batches = countBatches(ledger);
        const { url, books, stop } = await start({
          ledger: isEncoded ? { ...ledger, openBatch: batches.open } : ledger,
          limits: { segmentSpans: 3, segmentMs: 5 },
        });
        for (const span of [...sent.flatMap((span, index) => [span, ...refused.slice(index, index + 1)]), ...again])
          await post(`${url}/v1/traces`, toProtobuf(tracesRequest([span])));
        await until(async () => (await books()).waiting === 0);
        await stop();
        const calls = stub.entries.reduce((sum, { delta }) => sum + delta.calls, 0);
        expect(calls).toBe(TRACES);
        expect((await books()).balanced).toBe(true);
        expect(batches.left()).toBe(0);
        // Else what is left to do for it waits for the next segment's turn, and the ledger for both.
        expect(batches.writtenOpen()).toBe(0);
      },
    ),
    { numRuns: 6 },
  );
  expect(ahead).toBeGreaterThan(0);
}, 120_000);

/** Closed segments of one call each, and who would store them; so many spans are remembered. */
async function segmentsOf(count: number, { capacity = 100_000, bytes = 0 } = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'pipeline-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const record = { timeMs: 1, tenant: 'acme', signal: 'traces', encoding: 'protobuf', compression: 'identity', spans: 1 } as const;
  const segments: Segment[] = [];
  for (let number = 1; number <= count; number++) {
    const identity = { node: '0123456789abcdef', number };
    const content = encodeSegment(identity, [{ ...record, body: toProtobuf(tracesRequest([chatSpan(number)])) }]);
    const path = join(directory, `${number}.segment`);
    await writeFile(path, content);
    segments.push({
      ...identity,
      token: String(number),
      path,
      bytes: Math.max(bytes, content.length),
      spans: 1,
      sinceMs: 1,
      interrupted: 'no',
      isRecovered: false,
    });
  }
  const stub = createStubLedger();
  const batches = countBatches(stub);
  const turn = createTurns();
  const parts = {
    accountant: createAccountant({ priceBook: createPriceBook(), recall: async () => [], soleWriterSinceMs: 0, capacity, awake: 1 }),
    ledger: { ...stub, openBatch: batches.open },
    patience: createPatience({ stop: new AbortController().signal, log: pino({ enabled: false }), onRetry: () => {} }),
    recalled: { exceptToken: undefined },
    turn,
  };
  return { segments, batches, turn, parts };
}

test('what was understood is given back when the receiving thread ends before it tells what follows', async () => {
  const { segments, batches, parts } = await segmentsOf(1);
  const ended = async () => {
    throw new FrontEndedError('gone');
  };
  const running = runPipeline({
    ...parts,
    journal: { next: async () => segments[0], ready: ended, done: ended, reuse: () => {}, setAside: async () => {} },
  });
  await expect(running).rejects.toBeInstanceOf(FrontEndedError);
  expect(batches.left()).toBe(0);
});

test('segments that wait are stored in one turn, until somebody else asks for his', async () => {
  const { segments, turn, parts } = await segmentsOf(60);
  const stored: number[] = [];
  const turns: number[] = [];
  let other: Promise<number> | undefined;
  const take = async () => segments.shift();
  await runPipeline({
    ...parts,
    journal: {
      next: take,
      ready: take,
      setAside: async () => {},
      reuse: () => {},
      async done(number) {
        stored.push(number);
        if (number === 30) other = turn(async () => stored.length);
      },
    },
    turn(work) {
      turns.push(stored.length);
      return turn(work);
    },
  });
  expect(stored).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
  expect(await other).toBeLessThan(33);
  expect(turns).toEqual([0, await other]);
});

test('the file of a stored segment is free to be used again when no span that lies in it is remembered, and not before', async () => {
  const capacity = 4;
  // Of files of a megabyte and more spans are remembered by where they lie.
  const { segments, parts } = await segmentsOf(12, { capacity, bytes: 2 ** 21 });
  const stored: number[] = [];
  const freed: { readonly number: number; readonly afterStored: number }[] = [];
  const take = async () => segments.shift();
  await runPipeline({
    ...parts,
    journal: {
      next: take,
      ready: async () => undefined,
      setAside: async () => {},
      done: async (number) => void stored.push(number),
      reuse: (number) => void freed.push({ number, afterStored: stored.length }),
    },
  });
  expect(freed.length).toBeGreaterThanOrEqual(6);
  expect(freed.map(({ number }) => number)).toEqual(freed.map((_, index) => index + 1));
  for (const { number, afterStored } of freed) expect(afterStored).toBeGreaterThan(number + 1);
});
