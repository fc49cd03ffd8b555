/**
 * Side by side with other instrumentations of the OpenAI SDK: `node bench/instrumentation-peers.ts [5|6|7] [behaviours|costs]` (the
 * SDK's major, default 7; both unless one is named), after `npm run build -w instrumentation`.
 *
 * Everyone is set up as its documentation says, preloaded into a CommonJS app, which suits those that hook `require`, and sees the same
 * behaviours against the same simulator, each in a process of its own. For each behaviour: what a collector gets (`full` = every token
 * bucket the provider billed, `part` = input and output only, `none` = a span without tokens, `-` = no span), `BREAKS` if the app sees
 * anything else than without instrumentation. Then what it costs, by turns, as in `bench/instrumentation.ts`.
 * Packages are installed on demand into `bench/instrumentation-peers/installed`.
 */
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startSimulator } from '@tokenledger/simulator';
import type { BilledCall } from '@tokenledger/simulator';
import { startFlakyProxy } from '../instrumentation/test/flaky-proxy.ts';
import { startSink } from '../instrumentation/test/otlp-sink.ts';
import type { SinkSpan } from '../instrumentation/test/otlp-sink.ts';
import { added, describe, measureByTurns, measureStarts } from './instrumentation/by-turns.ts';

const [MAJOR = '7', ONLY] = process.argv.slice(2);
const LAUNCHES = 1;
const ROUNDS = 20;
const STARTS = 9;
const HERE = join(import.meta.dirname, 'instrumentation-peers');
const APPS = join(import.meta.dirname, '../instrumentation/test/apps');
const OPENAI: Readonly<Record<string, string>> = { '5': 'openai@5.23.2', '6': 'openai@6.49.0', '7': 'openai@7.57.0' };
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
for (const [peer, packages] of Object.entries(PEERS)) install(peer, packages);
console.log(`openai ${MAJOR}, Node ${process.version}`);
if (ONLY !== 'costs') await compareBehaviours();
if (ONLY !== 'behaviours') await compareCosts();

async function compareBehaviours(): Promise<void> {
  const simulator = await startSimulator();
  const flaky = await startFlakyProxy(simulator.url);
  const results: Record<string, Record<string, string>> = {};
  let plain: Seen = {};
  for (const peer of Object.keys(PEERS)) {
    simulator.reset();
    const sink = await startSink();
    const env = { BASE_URL: simulator.url, FLAKY_URL: flaky.url, CLOSED_URL: 'http://127.0.0.1:2', OTEL_EXPORTER_OTLP_ENDPOINT: sink.url };
    const seen = JSON.parse((await run(peer, env)) || '{}') as Seen;
    if (peer === 'none') plain = seen;
    else results[peer] = judge(plain, seen, sink.spans, simulator.bill());
    await sink.close();
  }
  await flaky.close();
  await simulator.stop();
  console.table(
    Object.fromEntries(
      Object.keys(plain).map((name) => [
        name,
        Object.fromEntries(Object.entries(results).map(([peer, verdicts]) => [peer, verdicts[name]])),
      ]),
    ),
  );
}

async function compareCosts(): Promise<void> {
  const variants = Object.fromEntries(
    Object.keys(PEERS).map((peer) => [peer, { execArgv: ['--require', `./${peer}.cjs`], folder: folderOf(peer) }]),
  );
  const figures = await measureByTurns(variants, ['call', 'stream'], LAUNCHES, ROUNDS);
  figures['start-up, CPU ms'] = await measureStarts(variants, STARTS);
  const rows = Object.keys(PEERS).map((peer) => {
    const cells = Object.entries(figures).map(([figure, byPeer]) => {
      const { median, low, high } = describe(peer === 'none' ? (byPeer[peer] ?? []) : added(byPeer[peer], byPeer['none']));
      return [figure, peer === 'none' ? median.toFixed(0) : `${median.toFixed(0)} (${low.toFixed(0)} – ${high.toFixed(0)})`];
    });
    return [peer === 'none' ? 'none (absolute)' : `${peer} (added)`, Object.fromEntries(cells)];
  });
  console.table(Object.fromEntries(rows));
}

function judge(plain: Seen, seen: Seen, spans: readonly SinkSpan[], bill: readonly BilledCall[]): Record<string, string> {
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
  const folder = folderOf(peer);
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
  if (peer === 'tokenledger') {
    const dist = join(import.meta.dirname, '../instrumentation/dist');
    cpSync(dist, join(folder, 'node_modules/@tokenledger/instrumentation'), { recursive: true });
  }
  for (const name of ['app.cjs', 'sdk2.cjs', `${peer}.cjs`]) cpSync(join(HERE, name), join(folder, name));
  cpSync(join(import.meta.dirname, 'instrumentation/timed-app.cjs'), join(folder, 'timed-app.cjs'));
  for (const name of ['openai-behaviours.cjs', 'run-behaviours.cjs']) cpSync(join(APPS, name), join(folder, name));
}

function folderOf(peer: string): string {
  return join(HERE, 'installed', `${peer}-${MAJOR}`);
}

function run(peer: string, env: Readonly<Record<string, string>>): Promise<string> {
  const child = spawn(process.execPath, ['--require', `./${peer}.cjs`, 'app.cjs'], {
    cwd: folderOf(peer),
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
