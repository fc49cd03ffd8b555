import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSimulator } from '@tokenledger/simulator';
import type { Simulator } from '@tokenledger/simulator';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSink } from './otlp-sink.ts';
import type { SinkSpan } from './otlp-sink.ts';
import { runApp } from './run-app.ts';

const PACKAGE = join(import.meta.dirname, '..');
const PACKAGES = join(PACKAGE, '../node_modules');
/** Counts the files of OpenTelemetry's API that are loaded. */
const WATCH = `import { registerHooks } from 'node:module';
globalThis.apiFiles = 0;
registerHooks({ load(url, context, next) { if (url.includes('/@opentelemetry/api/')) globalThis.apiFiles++; return next(url, context); } });`;
const ASK = `fetch(process.env.BASE_URL + '/v1/chat/completions', { method: 'POST', headers: { 'content-type': 'application/json', authorization: 'Bearer x' },
  body: '{"model":"gpt-5","messages":[]}' }).then((answer) => answer.json())`;

let simulator: Simulator;
let folder: string;

beforeAll(async () => {
  simulator = await startSimulator();
  folder = await mkdtemp(join(tmpdir(), 'tokenledger-published-'));
  await mkdir(join(folder, 'node_modules/@opentelemetry'), { recursive: true });
  await cp(join(PACKAGES, '@opentelemetry/api'), join(folder, 'node_modules/@opentelemetry/api'), { recursive: true });
  execFileSync(process.execPath, ['build/build.ts', join(folder, 'node_modules/@tokenledger/instrumentation')], { cwd: PACKAGE });
});

afterAll(async () => {
  await simulator.stop();
  await rm(folder, { recursive: true });
});

async function run(
  name: string,
  code: string,
  args: readonly string[] = [],
): Promise<{ readonly stdout: string; readonly spans: readonly SinkSpan[] }> {
  const cwd = await mkdtemp(join(folder, 'app-'));
  await writeFile(join(cwd, name), code);
  return runIn(cwd, [...args, name]);
}

async function runIn(cwd: string, args: readonly string[]): Promise<{ readonly stdout: string; readonly spans: readonly SinkSpan[] }> {
  const sink = await startSink();
  const env = { BASE_URL: simulator.url, OTEL_EXPORTER_OTLP_ENDPOINT: sink.url };
  const { stdout, stderr, code: exitCode } = await runApp(args, { cwd, env });
  await sink.close();
  expect([stderr, exitCode]).toEqual(['', 0]);
  return { stdout, spans: sink.spans };
}

const REGISTER = '@tokenledger/instrumentation/register';

test('an app that does not use OpenTelemetry never loads its API', async () => {
  const code = `await ${ASK}; await new Promise((resolve) => setTimeout(resolve, 500)); console.log(apiFiles, globalThis[Symbol.for('opentelemetry.js.api.1')]);`;
  const preloads = ['--import', `data:text/javascript,${encodeURIComponent(WATCH)}`, '--import', REGISTER];
  const { stdout, spans } = await run('app.mjs', code, preloads);
  expect(stdout).toBe('0 undefined\n');
  expect(spans.map(({ name }) => name)).toEqual(['chat gpt-5']);
});

test('attribution needs none of it either', async () => {
  const code = `import '${REGISTER}'; import { withAttribution } from '@tokenledger/instrumentation';
    await withAttribution({ team: 'red' }, async () => { await 0; await ${ASK}; });
    await Promise.all(['a', 'b'].map((team) => withAttribution({ team }, async () => { await ${ASK}; await ${ASK}; })));`;
  const { spans } = await run('app.mjs', code);
  expect(spans.map(({ attributes }) => String(attributes['tokenledger.team'])).sort()).toEqual(['a', 'a', 'b', 'b', 'red']);
});

test('whichever copy of the package is asked to flush, all is delivered', async () => {
  const code = `import '${REGISTER}'; import { createRequire } from 'node:module';
    const { flush } = createRequire(import.meta.url)('@tokenledger/instrumentation');
    await ${ASK}; await flush(); process.removeAllListeners('exit');`;
  expect((await run('app.mjs', code)).spans.map(({ name }) => name)).toEqual(['chat gpt-5']);
});

const OWN_SPAN = `trace.getTracer('app').startActiveSpan('agent', async (span) => { await ${ASK}; span.end(); });`;
const REQUIRING = `const { trace } = require('@opentelemetry/api'); ${OWN_SPAN}`;
const IMPORTING = `import { trace } from '@opentelemetry/api'; ${OWN_SPAN}`;

/** A call inside each span that the app opened by the API alone. */
function expectCallsInAgents(spans: readonly SinkSpan[], count: number): void {
  const agents = spans.filter((span) => span.name === 'agent');
  expect(agents.map((span) => span.scope)).toEqual(Array.from({ length: count }, () => 'app'));
  const calls = spans.filter((span) => span.name === 'chat gpt-5');
  expect(calls.map((span) => span.parentSpanId).sort()).toEqual(agents.map((span) => span.spanId).sort());
}

test.each([
  ['app.mjs', `import '${REGISTER}'; ${IMPORTING}`, 1],
  ['app.cjs', `require('${REGISTER}'); ${REQUIRING}`, 1],
  [
    'required-by-import.mjs',
    `import '${REGISTER}'; import { createRequire } from 'node:module'; const require = createRequire(import.meta.url); ${REQUIRING}`,
    1,
  ],
  ['imported-by-require.cjs', `require('${REGISTER}'); import('@opentelemetry/api').then(({ trace }) => { ${OWN_SPAN} });`, 1],
  [
    'both.mjs',
    `import '${REGISTER}'; import { trace } from '@opentelemetry/api'; import { createRequire } from 'node:module';
    const other = createRequire(import.meta.url)('@opentelemetry/api').trace; await ${OWN_SPAN} await ${OWN_SPAN.replace('trace', 'other')}`,
    2,
  ],
  // Used before our import: all but the spans of then.
  [
    'late.mjs',
    `import { trace } from '@opentelemetry/api'; trace.getTracer('x').startSpan('lost').end(); await import('${REGISTER}'); ${OWN_SPAN}`,
    1,
  ],
] as const)(
  'an app that opens spans on its first line without an SDK has them exported around its calls (%s)',
  async (name, code, count) => {
    expectCallsInAgents((await run(name, code)).spans, count);
  },
);

test.each([
  ['app.cjs', REQUIRING],
  ['app.mjs', IMPORTING],
])('so has a package of a monorepo with a copy of the API of its own, started at the root (%s)', async (name, code) => {
  const root = await mkdtemp(join(folder, 'monorepo-'));
  const service = join(root, 'services/chat');
  await mkdir(join(service, 'node_modules/@opentelemetry'), { recursive: true });
  await cp(join(PACKAGES, '@opentelemetry/api'), join(service, 'node_modules/@opentelemetry/api'), { recursive: true });
  await writeFile(join(root, 'package.json'), '{ "private": true, "workspaces": ["services/*"] }');
  await writeFile(join(service, 'package.json'), '{ "dependencies": { "wrapped": "*" } }');
  await writeFile(join(service, name), code);
  expectCallsInAgents((await runIn(root, ['--import', REGISTER, join('services/chat', name)])).spans, 1);
});

test('a provider that the app registers after its first spans takes over, and is not refused', async () => {
  const code = `import '${REGISTER}'; import { flush } from '@tokenledger/instrumentation'; import { DiagConsoleLogger, DiagLogLevel, context, diag, trace } from '@opentelemetry/api';
    diag.setLogger(new DiagConsoleLogger(), { logLevel: DiagLogLevel.WARN });
    trace.getTracer('app');
    const started = [];
    const accepted = trace.setGlobalTracerProvider({ forceFlush: async () => void started.push('flushed'), getTracer: (name) => ({ startSpan() { started.push(name); return trace.wrapSpanContext({ traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 }); } }) });
    const carried = context.setGlobalContextManager({ active: () => context.constructor, with: (_, fn, self, ...args) => fn.apply(self, args), bind: (_, target) => target, enable() { return this; }, disable() { return this; } });
    trace.getTracer('app').startSpan('own').end();
    await flush();
    const names = Object.getOwnPropertyDescriptor(globalThis, Symbol.for('opentelemetry.js.api.1'));
    console.log(JSON.stringify([accepted, carried, started, names.writable && Object.keys(names.value).sort()]));`;
  const { stdout, spans } = await run('app.mjs', code);
  expect(JSON.parse(stdout)).toEqual([true, true, ['app', 'flushed'], ['context', 'diag', 'trace', 'version']]);
  expect(spans).toEqual([]);
});

test('a later release of the API with a provider of the app’s own is read as it is', async () => {
  const code = `import { trace, context } from '@opentelemetry/api';
    const started = [];
    const provider = { getTracer: () => ({ startSpan: (name, { attributes }) => { started.push([name, attributes['gen_ai.usage.input_tokens'] > 0]);
      return { spanContext: () => ({ traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 }), isRecording: () => true, setStatus() {}, setAttributes() {}, setAttribute() {}, end() {} }; } }) };
    trace.setGlobalTracerProvider(provider);
    Object.defineProperty(globalThis, Symbol.for('opentelemetry.js.api.1'), { value: { ...globalThis[Symbol.for('opentelemetry.js.api.1')], version: '1.77.0' } });
    await import('${REGISTER}');
    await ${ASK};
    await new Promise((resolve) => setTimeout(resolve, 500));
    console.log(JSON.stringify(started));`;
  const { stdout, spans } = await run('app.mjs', code);
  expect(JSON.parse(stdout)).toEqual([['chat gpt-5', true]]);
  // Whom it feeds nobody can tell.
  expect(spans.map(({ spanId }) => spanId)).toEqual(['2'.repeat(16)]);
});

test.each(['esm', 'cjs'])('an app’s start loads only what it needs (%s): no prices, no checks of anybody’s input', async (format) => {
  const { size } = await stat(join(folder, 'node_modules/@tokenledger/instrumentation', format, 'core.js'));
  expect(size).toBeLessThan(200_000);
});
