import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
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
registerHooks({ load(url, context, next) { if (url.includes('/opentelemetry-api/')) globalThis.apiFiles++; return next(url, context); } });`;
const ASK = `fetch(process.env.BASE_URL + '/v1/chat/completions', { method: 'POST', headers: { 'content-type': 'application/json', authorization: 'Bearer x' },
  body: '{"model":"gpt-5","messages":[]}' }).then((answer) => answer.json())`;

let simulator: Simulator;
let folder: string;

beforeAll(async () => {
  simulator = await startSimulator();
  folder = await mkdtemp(join(tmpdir(), 'tokenledger-published-'));
  await mkdir(join(folder, 'node_modules/@opentelemetry'), { recursive: true });
  await cp(join(PACKAGES, '@opentelemetry/api'), join(folder, 'opentelemetry-api'), { recursive: true });
  await symlink(join(folder, 'opentelemetry-api'), join(folder, 'node_modules/@opentelemetry/api'));
  execFileSync(process.execPath, ['build/build.ts', join(folder, 'node_modules/@tokenledger/instrumentation')], { cwd: PACKAGE });
});

afterAll(async () => {
  await simulator.stop();
  await rm(folder, { recursive: true });
});

async function run(
  name: string,
  code: string,
  dependencies: object,
  args: readonly string[] = [],
): Promise<{ readonly stdout: string; readonly spans: readonly SinkSpan[] }> {
  const cwd = await mkdtemp(join(folder, 'app-'));
  await writeFile(join(cwd, 'package.json'), JSON.stringify({ dependencies }));
  await writeFile(join(cwd, name), code);
  const sink = await startSink();
  const env = { BASE_URL: simulator.url, OTEL_EXPORTER_OTLP_ENDPOINT: sink.url };
  const { stdout, stderr, code: exitCode } = await runApp([...args, name], { cwd, env });
  await sink.close();
  expect([stderr, exitCode]).toEqual(['', 0]);
  return { stdout, spans: sink.spans };
}

const REGISTER = '@tokenledger/instrumentation/register';

test('the start of an app without OpenTelemetry loads none of its API; its first call does', async () => {
  const code = `console.log(apiFiles); await ${ASK}; await new Promise((resolve) => setTimeout(resolve, 500)); console.log(apiFiles > 0);`;
  const preloads = ['--import', `data:text/javascript,${encodeURIComponent(WATCH)}`, '--import', REGISTER];
  const { stdout, spans } = await run('app.mjs', code, { openai: '*' }, preloads);
  expect(stdout).toBe('0\ntrue\n');
  expect(spans.map(({ name }) => name)).toEqual(['chat gpt-5']);
});

test('attribution needs none of it either', async () => {
  const code = `import '${REGISTER}'; import { withAttribution } from '@tokenledger/instrumentation';
    await withAttribution({ team: 'red' }, async () => { await 0; await ${ASK}; });
    await Promise.all(['a', 'b'].map((team) => withAttribution({ team }, async () => { await ${ASK}; await ${ASK}; })));`;
  const { spans } = await run('app.mjs', code, {});
  expect(spans.map(({ attributes }) => String(attributes['tokenledger.team'])).sort()).toEqual(['a', 'a', 'b', 'b', 'red']);
});

const OWN_SPAN = `trace.getTracer('app').startActiveSpan('agent', async (span) => { await ${ASK}; span.end(); });`;

test.each([
  ['app.mjs', `import '${REGISTER}'; import { trace } from '@opentelemetry/api'; ${OWN_SPAN}`],
  ['app.cjs', `require('${REGISTER}'); const { trace } = require('@opentelemetry/api'); ${OWN_SPAN}`],
])('an app that opens spans on its first line without an SDK has them exported around its calls (%s)', async (name, code) => {
  const { spans } = await run(name, code, { '@opentelemetry/api': '*' });
  const agent = spans.find((span) => span.name === 'agent');
  expect(agent?.scope).toBe('app');
  expect(spans.filter((span) => span.name === 'chat gpt-5').map((span) => span.parentSpanId)).toEqual([agent?.spanId]);
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
  const { stdout, spans } = await run('app.mjs', code, { '@opentelemetry/api': '*' });
  expect(JSON.parse(stdout)).toEqual([['chat gpt-5', true]]);
  expect(spans).toEqual([]);
});
