/**
 * What each stage of the collector costs on the load of `bench/ingest.ts`, without sockets, disk and ClickHouse: CPU-µs per span of one thread, stage
 * after stage over a segment at a time, as the median of rounds. Usage: node bench/stages.ts [rounds]
 */
import { setImmediate } from 'node:timers/promises';
import { createAccountant, decodeTraces, observe, type Received } from '@tokenledger/collector';
import { checkTraces } from '../collector/src/decode/decode.ts';
import { openLedger } from '@tokenledger/ledger';
import { createPriceBook } from '@tokenledger/pricing';
import type { TenantId } from '@tokenledger/model';
import { createLoad } from './ingest/load.ts';

const ROUNDS = Number(process.argv[2] ?? 20);
const REQUESTS = 300;
const SPANS = 64;
const SLICE = 256;
const load = createLoad(SPANS, 'protobuf');
const ledger = openLedger({ url: 'http://127.0.0.1:1' });
const accountant = createAccountant({ priceBook: createPriceBook(), recall: async () => [], soleWriterSinceMs: 0 });
const costs = new Map<string, number[]>();
const tenant = 'default' as TenantId;

function measured<T>(stage: string, work: () => T): T {
  const began = process.cpuUsage();
  const result = work();
  note(stage, began);
  return result;
}
function note(stage: string, began: NodeJS.CpuUsage): void {
  const { user, system } = process.cpuUsage(began);
  const list = costs.get(stage) ?? [];
  costs.set(stage, list);
  list.push((user + system) / REQUESTS / SPANS);
}

for (let round = 0; round < ROUNDS; round++) {
  const bodies = Array.from({ length: REQUESTS }, () => Buffer.from(load.next()));
  await setImmediate();
  measured('check', () => bodies.map((body) => checkTraces(body)));
  measured('decode', () => bodies.forEach((body) => decodeTraces(body, 'protobuf')));
  measured('decode + observe', () =>
    bodies.forEach((body) => decodeTraces(body, 'protobuf').spans.forEach((span) => observe(span))),
  );
  const batch = ledger.openBatch(`round-${round}`);
  const other = ledger.openBatch(`round-${round}`);
  const beganAll = process.cpuUsage();
  let encodeUs = 0;
  let slice: Received[] = [];
  for (const body of bodies) {
    const { spans, bounds = [] } = decodeTraces(body, 'protobuf');
    for (const [index, span] of spans.entries()) {
      slice.push({ tenant, receivedMs: Date.now(), span, wire: { bytes: body, from: bounds[index * 2] ?? 0, to: bounds[index * 2 + 1] ?? 0 } });
      if (slice.length < SLICE) continue;
      const posting = await accountant.post(slice);
      const began = process.cpuUsage();
      batch.append(posting);
      const { user, system } = process.cpuUsage(began);
      encodeUs += user + system;
      slice = [];
    }
  }
  note('decode + account + encode', beganAll);
  const list = costs.get('of it encode') ?? [];
  costs.set('of it encode', list);
  list.push(encodeUs / REQUESTS / SPANS);
  void other;
}
console.table(
  [...costs].map(([stage, list]) => {
    const sorted = list.slice(Math.floor(list.length / 3)).toSorted((a, b) => a - b);
    return { stage, median: Number((sorted[sorted.length >> 1] ?? 0).toFixed(2)), best: Number((sorted[0] ?? 0).toFixed(2)) };
  }),
);
