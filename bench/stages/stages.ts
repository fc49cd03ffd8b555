import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as collector from '@tokenledger/collector';
import type { Received } from '@tokenledger/collector';
import type * as ledgers from '@tokenledger/ledger';
import type * as pricing from '@tokenledger/pricing';

export interface Cost {
  /** A span. */
  readonly threadUs: number;
  /** Of the garbage collector; not of a part of a stage, whose garbage is collected later. */
  readonly helpersUs: number | undefined;
}

/** A request as it lies in the journal. */
export interface Request {
  readonly tenant: string;
  readonly body: Buffer;
}

export interface Stages {
  run(requests: readonly Request[]): Promise<ReadonlyMap<string, Cost>>;
}

const SLICE = 256;
/** Together about a segment. */
const RUNS_OF_A_BATCH = 8;

/** The stages as the code of a checkout has them. */
export async function loadStages(checkout: string): Promise<Stages> {
  const load = (path: string): Promise<unknown> => import(pathToFileURL(join(checkout, path)).href);
  const { createAccountant, decodeTraces, observe } = (await load('collector/src/index.ts')) as typeof collector;
  const { openLedger } = (await load('ledger/src/index.ts')) as typeof ledgers;
  const { createPriceBook } = (await load('pricing/src/index.ts')) as typeof pricing;
  /** Nothing is sent: rows are only encoded. */
  const ledger = openLedger({ url: 'http://127.0.0.1:1' });
  const accountant = createAccountant({ priceBook: createPriceBook(), recall: async () => [], soleWriterSinceMs: 0 });
  let batch = ledger.openBatch('0');
  let runs = 0;

  function* slicesOf(requests: readonly Request[]): Generator<readonly Received[]> {
    let slice: Received[] = [];
    for (const { tenant, body } of requests) {
      const { spans, bounds = [] } = decodeTraces(body, 'protobuf');
      for (const [index, span] of spans.entries()) {
        const wire = { bytes: body, from: bounds[index * 2] ?? 0, to: bounds[index * 2 + 1] ?? 0 };
        slice.push({ tenant, receivedMs: Date.now(), span, wire });
        if (slice.length < SLICE) continue;
        yield slice;
        slice = [];
      }
    }
    if (slice.length > 0) yield slice;
  }

  /** Returns what of it was encoding. */
  async function store(requests: readonly Request[]): Promise<number> {
    if (++runs % RUNS_OF_A_BATCH === 0) batch = ledger.openBatch(`${runs}`);
    let encodeUs = 0;
    for (const slice of slicesOf(requests)) {
      const posting = await accountant.post(slice);
      const began = process.threadCpuUsage();
      batch.append(posting);
      encodeUs += sum(process.threadCpuUsage(began));
    }
    return encodeUs;
  }

  return {
    async run(requests) {
      const copies = () => requests.map(({ tenant, body }) => ({ tenant, body: Buffer.from(body) }));
      let spans = 0;
      const decode = await measure(() => {
        for (const { body } of requests) spans += decodeTraces(body, 'protobuf').spans.length;
      });
      const observed = await measure(() => {
        for (const { body } of requests) for (const span of decodeTraces(body, 'protobuf').spans) observe(span);
      });
      const stored = copies();
      let encodeUs = 0;
      const whole = await measure(async () => {
        encodeUs = await store(stored);
      });
      const costs = {
        decode,
        'decode + observe': observed,
        'decode + account + encode': whole,
        'of it encode': { threadUs: encodeUs, helpersUs: undefined },
      };
      return new Map(
        Object.entries(costs).map(([stage, { threadUs, helpersUs }]) => [
          stage,
          { threadUs: threadUs / spans, helpersUs: helpersUs && helpersUs / spans },
        ]),
      );
    },
  };
}

async function measure(work: () => unknown): Promise<{ readonly threadUs: number; readonly helpersUs: number }> {
  const thread = process.threadCpuUsage();
  const all = process.cpuUsage();
  await work();
  const threadUs = sum(process.threadCpuUsage(thread));
  return { threadUs, helpersUs: sum(process.cpuUsage(all)) - threadUs };
}

const sum = ({ user, system }: NodeJS.CpuUsage): number => user + system;
