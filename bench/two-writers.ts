/**
 * How fast two collectors store into one ledger, which each must ask what the other wrote: ordinary calls, and senders that make the asking
 * as dear as they can. Two accountants in turns, one engine; a scenario ends when its calls are stored or its time is over.
 * Usage: node bench/two-writers.ts [calls] [seconds for each] [scenario …]
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAccountant, decodeTraces } from '@tokenledger/collector';
import { openLedger, startEngine } from '@tokenledger/ledger';
import { createPriceBook } from '@tokenledger/pricing';

const CALLS = Number(process.argv[2] ?? 20_000);
const LIMIT_MS = Number(process.argv[3] ?? 20) * 1000;
const SLICE = 1000;
const BEGAN_MS = Date.now() - 600_000;

interface Told {
  readonly trace: number;
  /** Instrumentation. */
  readonly scope: string;
  readonly atMs: number;
  readonly responseId?: string;
  readonly tokens?: number;
}

const scopeOf = (call: number) => (Math.floor(call / SLICE) % 4 < 2 ? 'left' : 'right');

const SCENARIOS: Readonly<Record<string, (call: number) => Told>> = {
  'one instrumentation': (call) => ({ trace: call, scope: 'left', atMs: call, responseId: `r${call}`, tokens: call }),
  'two instrumentations': (call) => ({ trace: call, scope: scopeOf(call), atMs: call, responseId: `r${call}`, tokens: call }),
  'two, without ids': (call) => ({ trace: call, scope: scopeOf(call), atMs: call, tokens: call }),
  'two, every call twice': (call) => ({ trace: call, scope: scopeOf(call), atMs: (call % (2 * SLICE)) * 3, tokens: call % (2 * SLICE) }),
  'one instant': (call) => ({ trace: call, scope: scopeOf(call), atMs: 0, responseId: `r${call}`, tokens: call }),
  'one instant, same usage': (call) => ({ trace: call, scope: scopeOf(call), atMs: 0, tokens: 1000 }),
  'one instant, no usage': (call) => ({ trace: call, scope: scopeOf(call), atMs: 0 }),
  'one trace': (call) => ({ trace: 1, scope: 'left', atMs: call, responseId: `r${call}`, tokens: call }),
  'one response id': (call) => ({ trace: call, scope: scopeOf(call), atMs: 0, responseId: 'same', tokens: 1000 }),
};

let spanNumber = 0;
const dir = mkdtempSync(join(tmpdir(), 'two-writers-'));
const engine = await startEngine({ dataDir: join(dir, 'data') });
const ledger = openLedger(engine);
await ledger.migrate();
const wanted = process.argv.slice(4);
try {
  const results: Record<string, object> = {};
  for (const [name, told] of Object.entries(SCENARIOS))
    if (wanted.length === 0 || wanted.includes(name)) results[name] = await run(name, told);
  console.table(results);
} finally {
  await ledger.close();
  await engine.stop();
  rmSync(dir, { recursive: true });
}

async function run(name: string, told: (call: number) => Told) {
  const priceBook = createPriceBook();
  const writers = [0, 1].map(() => createAccountant({ priceBook, recall: ledger.recall }));
  const began = performance.now();
  const cpuBefore = [process.cpuUsage(), engineCpuMs()] as const;
  let stored = 0;
  let slowestMs = 0;
  for (let batch = 0; stored < CALLS && performance.now() - began < LIMIT_MS; batch++) {
    const calls = Array.from({ length: SLICE }, (_, index) => told(stored + index));
    const sliceBegan = performance.now();
    const spans = [...Map.groupBy(calls, ({ scope }) => scope)].flatMap(([scope, ofScope]) => decode(scope, name, ofScope));
    const received = spans.map((span) => ({ tenant: 'bench', receivedMs: Date.now(), span }));
    const posting = await writers[batch % 2]?.post(received);
    if (posting) await ledger.write({ token: `${name}-${batch}`, entries: posting.entries, steps: posting.steps });
    slowestMs = Math.max(slowestMs, performance.now() - sliceBegan);
    stored += SLICE;
  }
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore[0]);
  return {
    stored,
    'calls/s': Math.round(stored / seconds),
    'slowest thousand, ms': Math.round(slowestMs),
    'writers, CPU µs a call': Math.round((user + system) / stored),
    'engine, CPU µs a call': Math.round(((engineCpuMs() - cpuBefore[1]) * 1000) / stored),
  };
}

/** /proc counts in hundredths of a second. */
function engineCpuMs(): number {
  const fields = readFileSync(`/proc/${engine.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function decode(scope: string, service: string, calls: readonly Told[]) {
  const spans = calls.map(({ trace, atMs, responseId, tokens }) => ({
    traceId: hex(`${service}/${trace}`, 32),
    spanId: (++spanNumber).toString(16).padStart(16, '0'),
    name: 'chat',
    startTimeUnixNano: `${BEGAN_MS + atMs}000000`,
    endTimeUnixNano: `${BEGAN_MS + atMs + 1500}000000`,
    attributes: [
      text('gen_ai.operation.name', 'chat'),
      text('gen_ai.provider.name', 'openai'),
      text('gen_ai.response.model', 'gpt-4o'),
      ...(responseId === undefined ? [] : [text('gen_ai.response.id', `${service}/${responseId}`)]),
      ...(tokens === undefined ? [] : [count('gen_ai.usage.input_tokens', tokens), count('gen_ai.usage.output_tokens', 10)]),
    ],
  }));
  const resource = { attributes: [text('service.name', service)] };
  const request = { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: scope }, spans }] }] };
  return decodeTraces(Buffer.from(JSON.stringify(request)), 'json').spans;
}

function text(key: string, value: string) {
  return { key, value: { stringValue: value } };
}

function count(key: string, value: number) {
  return { key, value: { intValue: value } };
}

function hex(seed: string, digits: number): string {
  return Buffer.from(seed).toString('hex').slice(-digits).padStart(digits, 'a');
}
