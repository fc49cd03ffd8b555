/* Tokenledger as a command that `run.ts` can ask; it is also what a command of another project would have to do. */
import { text } from 'node:stream/consumers';
import { createAccountant, decodeLogs, decodeTraces, spansOfLogs } from '@tokenledger/collector';
import type { Call } from '@tokenledger/model';
import { createPriceBook } from '@tokenledger/pricing';

const { traces, logs } = JSON.parse(await text(process.stdin)) as Readonly<Record<'traces' | 'logs', readonly unknown[]>>;
const body = (request: unknown) => Buffer.from(JSON.stringify(request));
const requests = [
  ...traces.map((request) => decodeTraces(body(request), 'json').spans),
  ...logs.map((request) => spansOfLogs(decodeLogs(body(request), 'json').records)),
];

const accountant = createAccountant({ priceBook: createPriceBook(), recall: async () => [], soleWriterSinceMs: 0 });
const calls = new Map<string, Call>();
for (const spans of requests) {
  const { entries } = await accountant.post(spans.map((span) => ({ tenant: 'default', span })));
  for (const { call } of entries) calls.set(`${call.traceId}/${call.spanId}`, call);
}
const told = [...calls.values()].map(({ spanId, billable, usage, provider, model }) => ({
  span_id: spanId,
  billable,
  usage,
  provider,
  model,
}));
console.log(JSON.stringify({ calls: told }));
