/**
 * What each stage of the collector costs on the load of `bench/ingest.ts`, without sockets, disk and ClickHouse: CPU-µs a span, helpers of the garbage
 * collector included, as the median of rounds. Usage: node bench/stages.ts [rounds]
 */
import { createAccountant, decodeTraces, observe, type Received } from '@tokenledger/collector';
import { openLedger } from '@tokenledger/ledger';
import { createPriceBook } from '@tokenledger/pricing';
import { checkTraces } from '../collector/src/decode/decode.ts';
import { createLoad } from './ingest/load.ts';

const ROUNDS = Number(process.argv[2] ?? 20);
const SPANS_PER_REQUEST = 64;
/** Together about a segment. */
const REQUESTS = 300;
const SLICE = 256;
/** Rounds after which the code is compiled as well as it will be. */
const WARM_UP = Math.floor(ROUNDS / 3);

const load = createLoad(SPANS_PER_REQUEST, 'protobuf');
/** Nothing is sent: rows are only encoded. */
const ledger = openLedger({ url: 'http://127.0.0.1:1' });
const accountant = createAccountant({ priceBook: createPriceBook(), recall: async () => [], soleWriterSinceMs: 0 });
const costs = new Map<string, number[]>();

for (let round = 0; round < ROUNDS; round++) {
  const bodies = Array.from({ length: REQUESTS }, () => Buffer.from(load.next()));
  await measure('check', () => bodies.forEach((body) => checkTraces(body)));
  await measure('decode', () => bodies.forEach((body) => decodeTraces(body, 'protobuf')));
  await measure('decode + observe', () => bodies.forEach((body) => decodeTraces(body, 'protobuf').spans.forEach((span) => observe(span))));
  const batch = ledger.openBatch(`${round}`);
  let encodeUs = 0;
  await measure('decode + account + encode', async () => {
    for (const slice of slicesOf(bodies)) {
      const posting = await accountant.post(slice);
      const began = process.cpuUsage();
      batch.append(posting);
      encodeUs += usSince(began);
    }
  });
  note('of it encode', encodeUs);
}
console.table(
  [...costs].map(([stage, list]) => {
    const ascending = list.slice(WARM_UP).toSorted((one, other) => one - other);
    const at = (quantile: number) => Number((ascending[Math.floor(ascending.length * quantile)] ?? 0).toFixed(2));
    return { stage, median: at(0.5), best: at(0) };
  }),
);

async function measure(stage: string, work: () => unknown): Promise<void> {
  const began = process.cpuUsage();
  await work();
  note(stage, usSince(began));
}

function usSince(began: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(began);
  return user + system;
}

function note(stage: string, us: number): void {
  const list = costs.get(stage) ?? [];
  costs.set(stage, list);
  list.push(us / REQUESTS / SPANS_PER_REQUEST);
}

function* slicesOf(bodies: readonly Buffer[]): Generator<readonly Received[]> {
  let slice: Received[] = [];
  for (const bytes of bodies) {
    const { spans, bounds = [] } = decodeTraces(bytes, 'protobuf');
    for (const [index, span] of spans.entries()) {
      const wire = { bytes, from: bounds[index * 2] ?? 0, to: bounds[index * 2 + 1] ?? 0 };
      slice.push({ tenant: 'default', receivedMs: Date.now(), span, wire });
      if (slice.length < SLICE) continue;
      yield slice;
      slice = [];
    }
  }
  if (slice.length > 0) yield slice;
}
