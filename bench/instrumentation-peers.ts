/**
 * Side by side with other instrumentations of the OpenAI SDK: `node bench/instrumentation-peers.ts [6|7]` (the SDK's major; default 7).
 *
 * Everyone sees the same behaviours of an app against the same simulator, each in a process of its own. For each behaviour: what a
 * collector gets (`full` = every token bucket the provider billed, `part` = input and output only, `none` = a span without tokens,
 * `-` = no span), `BREAKS` if the app sees anything else than without instrumentation. Then what it costs, by turns in one run.
 * Packages are installed on demand into `bench/instrumentation-peers/installed`; `npm run build -w instrumentation` comes first.
 */
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { startSimulator } from '@tokenledger/simulator';
import type { BilledCall } from '@tokenledger/simulator';
import { startFlakyProxy } from '../instrumentation/test/flaky-proxy.ts';
import { startSink } from '../instrumentation/test/otlp-sink.ts';
import type { SinkSpan } from '../instrumentation/test/otlp-sink.ts';

const MAJOR = process.argv[2] ?? '7';
const ROUNDS = 3;
const HERE = join(import.meta.dirname, 'instrumentation-peers');
const APPS = join(import.meta.dirname, '../instrumentation/test/apps');
const OPENAI: Readonly<Record<string, string>> = { '6': 'openai@6.49.0', '7': 'openai@7.57.0' };
const SDK_2 = [
  '@opentelemetry/api@1.9.1',
  '@opentelemetry/sdk-trace-node@2.12.0',
  '@opentelemetry/exporter-trace-otlp-proto@0.223.1',
  '@opentelemetry/instrumentation@0.223.0',
];
const SDK_3 = [
  '@opentelemetry/api@1.10.0',
  '@opentelemetry/sdk-trace@3.1.1',
  '@opentelemetry/sdk-metrics@3.1.1',
  '@opentelemetry/context-async-hooks@3.1.1',
  '@opentelemetry/exporter-trace-otlp-proto@0.301.1',
  '@opentelemetry/instrumentation@0.301.1',
];
const PEERS: Readonly<Record<string, readonly string[]>> = {
  none: [],
  tokenledger: ['@opentelemetry/api@1.10.0', join(import.meta.dirname, '../instrumentation/dist')],
  'otel-contrib': [...SDK_3, '@opentelemetry/instrumentation-openai@0.22.0'],
  traceloop: [...SDK_2, '@traceloop/instrumentation-openai@0.27.0'],
  openinference: [...SDK_2, '@arizeai/openinference-instrumentation-openai@4.2.7'],
  openlit: ['@opentelemetry/api@1.9.1', 'openlit@1.15.0'],
};

type Seen = Readonly<Record<string, unknown>>;
interface Timed {
  readonly callUs: number;
  readonly callCpuUs: number;
  readonly firstChunkUs: number;
}

for (const [peer, packages] of Object.entries(PEERS)) install(peer, packages);
const simulator = await startSimulator();
const flaky = await startFlakyProxy(simulator.url);
const timedServer = await startTimedServer();
const results: Record<string, Record<string, string>> = {};
const costs: Record<string, Record<string, string>> = {};
let plain: Seen = {};
for (const peer of Object.keys(PEERS)) {
  simulator.reset();
  const sink = await startSink();
  const env = { BASE_URL: simulator.url, FLAKY_URL: flaky.url, CLOSED_URL: 'http://127.0.0.1:2', OTEL_EXPORTER_OTLP_ENDPOINT: sink.url };
  const seen = JSON.parse((await run(peer, env)) || '{}') as Seen;
  if (peer === 'none') plain = seen;
  else results[peer] = judge(seen, sink.spans, simulator.bill());
  await sink.close();
}
const timed: Record<string, Timed[]> = {};
const starts: Record<string, number[]> = {};
const sink = await startSink();
for (let round = 0; round < ROUNDS; round++) {
  for (const peer of Object.keys(PEERS)) {
    const env = { TIMED_URL: timedServer.url, OTEL_EXPORTER_OTLP_ENDPOINT: sink.url };
    (timed[peer] ??= []).push(JSON.parse(await run(peer, env)) as Timed);
    for (let start = 0; start < 3; start++) {
      (starts[peer] ??= []).push((JSON.parse(await run(peer, { ...env, ONLY_START: '1' })) as { startMs: number }).startMs);
    }
  }
}
for (const peer of Object.keys(PEERS)) {
  const of = (pick: (one: Timed) => number, base = 'none'): string =>
    (median((timed[peer] ?? []).map(pick)) - (peer === base ? 0 : median((timed[base] ?? []).map(pick)))).toFixed(0);
  const start = median(starts[peer] ?? []) - (peer === 'none' ? 0 : median(starts['none'] ?? []));
  costs[peer === 'none' ? 'none (absolute)' : `${peer} (added)`] = {
    'call, wall µs': of((one) => one.callUs),
    'call, CPU µs': of((one) => one.callCpuUs),
    'first chunk, wall µs': of((one) => one.firstChunkUs),
    'start-up, CPU ms': start.toFixed(0),
  };
}
await sink.close();
await flaky.close();
await simulator.stop();
timedServer.close();
const behaviours = Object.keys(plain);
console.log(`openai ${MAJOR}, Node ${process.version}`);
console.table(
  Object.fromEntries(
    behaviours.map((name) => [name, Object.fromEntries(Object.entries(results).map(([peer, verdicts]) => [peer, verdicts[name]]))]),
  ),
);
console.table(costs);

function judge(seen: Seen, spans: readonly SinkSpan[], bill: readonly BilledCall[]): Record<string, string> {
  return Object.fromEntries(
    Object.keys(plain).map((name) => {
      const breaks = JSON.stringify(seen[name]) === JSON.stringify(plain[name]) ? '' : 'BREAKS ';
      const model = `openai-${name}`;
      const mine = spans.filter(({ attributes }) =>
        // Of a connection that failed nobody has seen the model.
        Object.entries(attributes).some(([key, value]) =>
          /request\.model|model_name/.test(key) ? value === model : name === 'connection_error' && value === 'ECONNREFUSED',
        ),
      );
      const billed = bill.filter((call) => call.requestModel === model && call.status === 200);
      return [name, breaks + captured(mine, billed)];
    }),
  );
}

/** A number counts as told if any token attribute of the span, in whatever dialect, has it. */
function captured(spans: readonly SinkSpan[], billed: readonly BilledCall[]): string {
  if (spans.length === 0) return '-';
  const told = new Set(
    spans.flatMap(({ attributes }) =>
      Object.entries(attributes).flatMap(([key, value]) => (/token/i.test(key) && typeof value === 'number' ? [value] : [])),
    ),
  );
  const estimated = spans.some(({ attributes }) => attributes['tokenledger.usage.estimated'] === true);
  if (told.size === 0) return billed.length === 0 ? 'span' : 'none';
  if (estimated) return 'estimate';
  const totals = billed.flatMap(({ usage }) => [
    (usage.input_uncached ?? 0) + (usage.cache_read ?? 0),
    (usage.output_text ?? 0) + (usage.reasoning ?? 0),
  ]);
  const parts = billed.flatMap(({ usage }) => [usage.cache_read ?? 0, usage.reasoning ?? 0]);
  const knows = (numbers: readonly number[]): boolean => numbers.every((number) => number === 0 || told.has(number));
  if (!knows(totals)) return 'wrong';
  return knows(parts) ? 'full' : 'part';
}

function install(peer: string, packages: readonly string[]): void {
  const folder = join(HERE, 'installed', `${peer}-${MAJOR}`);
  if (!existsSync(join(folder, 'node_modules'))) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "private": true }');
    const args = [
      'install',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
      '--legacy-peer-deps',
      '--install-links',
      OPENAI[MAJOR] ?? MAJOR,
      ...packages,
    ];
    execFileSync('npm', args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  }
  for (const name of ['app.cjs', 'sdk2.cjs', `${peer}.cjs`]) cpSync(join(HERE, name), join(folder, name));
  for (const name of ['openai-behaviours.cjs', 'run-behaviours.cjs']) cpSync(join(APPS, name), join(folder, name));
}

function run(peer: string, env: Readonly<Record<string, string>>): Promise<string> {
  const child = spawn(process.execPath, ['--require', `./${peer}.cjs`, 'app.cjs'], {
    cwd: join(HERE, 'installed', `${peer}-${MAJOR}`),
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 120_000,
  });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  // Some print to stdout before the app does: its answer is the last line.
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => resolve(out.slice(out.lastIndexOf('\n{') + 1)));
  });
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

async function startTimedServer(): Promise<{ readonly url: string; close(): void }> {
  const usage = { prompt_tokens: 1200, completion_tokens: 300, total_tokens: 1500, prompt_tokens_details: { cached_tokens: 1000 } };
  const json = JSON.stringify({
    id: 'c',
    model: 'gpt-5',
    choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'x'.repeat(800) } }],
    usage,
  });
  const chunk = (fields: object): string =>
    `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', model: 'gpt-5', ...fields })}\n\n`;
  const text = chunk({ choices: [{ index: 0, delta: { content: ' word' }, finish_reason: null }], usage: null });
  const server = createServer((request, response) => {
    const body: Buffer[] = [];
    request.on('data', (piece: Buffer) => body.push(piece));
    request.on('end', () => {
      if (!Buffer.concat(body).includes('"stream":true')) return response.setHeader('content-type', 'application/json').end(json);
      response.setHeader('content-type', 'text/event-stream');
      for (let index = 0; index < 400; index++) response.write(text);
      response.end(`${chunk({ choices: [], usage })}data: [DONE]\n\n`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}
