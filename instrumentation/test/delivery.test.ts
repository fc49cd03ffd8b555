import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSimulator } from '@tokenledger/simulator';
import type { Simulator } from '@tokenledger/simulator';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeSpans, startSink } from './otlp-sink.ts';
import type { Sink } from './otlp-sink.ts';
import { runApp } from './run-app.ts';
import type { AppOptions, AppRun } from './run-app.ts';
import { selfSigned } from './self-signed.ts';
import { usageOf } from './usage-of.ts';

let simulator: Simulator;

beforeAll(async () => {
  simulator = await startSimulator();
});

afterAll(() => simulator.stop());

interface Ending extends AppOptions {
  readonly ending: string;
  readonly answer?: (request: IncomingMessage, response: ServerResponse) => void;
  /** What else goes wrong in the process: a module that does it. */
  readonly fault?: string;
  readonly nodeArgs?: readonly string[];
}

async function askOnce({ ending, answer, fault = '', nodeArgs = [], ...options }: Ending): Promise<AppRun & { readonly sink: Sink }> {
  const sink = await startSink(answer);
  const env = { BASE_URL: simulator.url, ENDING: ending, OTEL_EXPORTER_OTLP_ENDPOINT: sink.url, ...options.env };
  const imports = ['@tokenledger/instrumentation/register', `data:text/javascript,${encodeURIComponent(fault)}`];
  const run = await runApp([...nodeArgs, ...imports.flatMap((module) => ['--import', module]), 'ask-once.mjs'], { ...options, env });
  await sink.close();
  return { ...run, sink };
}

/** Says when the process starts one. */
const WATCHED_THREADS = `import workers from 'node:worker_threads'; import { syncBuiltinESMExports } from 'node:module';
const { Worker } = workers; workers.Worker = class extends Worker { constructor(...args) { super(...args); console.log('a thread'); } };
syncBuiltinESMExports();`;

test('a script that just ends delivers its spans', async () => {
  const { sink, code, stderr } = await askOnce({ ending: 'naturally' });
  expect([sink.spans.length, code, stderr]).toEqual([1, 0, '']);
  expect(sink.spans[0]?.attributes['gen_ai.usage.cost.amount']).toBeGreaterThan(0);
});

test('a script that just ends delivers its spans where Node’s permission model forbids threads', async () => {
  // Newer ones forbid the network too, unless it is allowed.
  const network = process.allowedNodeEnvironmentFlags.has('--allow-net') ? ['--allow-net', '--disable-warning=ExperimentalWarning'] : [];
  const nodeArgs = ['--permission', '--allow-fs-read=*', ...network];
  const { sink, code, stderr } = await askOnce({ ending: 'naturally', nodeArgs });
  expect([sink.spans.length, code, stderr]).toEqual([1, 0, '']);
});

test('a script that ends while the collector is overloaded delivers its spans as soon as the collector says', async () => {
  let requests = 0;
  const answer: Ending['answer'] = (_, response) =>
    requests++ === 0 ? response.writeHead(429, { 'retry-after': '1' }).end() : response.end();
  const { sink, code, stderr } = await askOnce({ ending: 'naturally', answer });
  expect([requests, sink.spans.length, code, stderr]).toEqual([2, 1, 0, '']);
});

test('a script that just ends delivers its spans to a collector whose certificate the standard variables name', async () => {
  const { key, cert } = selfSigned();
  const folder = await mkdtemp(join(tmpdir(), 'tokenledger-tls-'));
  const ca = join(folder, 'ca.pem');
  await writeFile(ca, cert);
  const bodies: Buffer[] = [];
  const options = { key, cert, ca: cert, requestCert: true, rejectUnauthorized: true };
  const collector = createServer(options, async (request, response) => {
    bodies.push(Buffer.concat(await request.toArray()));
    response.end();
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  const clientKey = join(folder, 'key.pem');
  await writeFile(clientKey, key);
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: `https://127.0.0.1:${(collector.address() as AddressInfo).port}`,
    OTEL_EXPORTER_OTLP_CERTIFICATE: ca,
    OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: ca,
    OTEL_EXPORTER_OTLP_CLIENT_KEY: clientKey,
  };
  const { code, stderr } = await askOnce({ ending: 'naturally', env });
  collector.close();
  await rm(folder, { recursive: true });
  expect([bodies.flatMap(decodeSpans).length, code, stderr]).toEqual([1, 0, '']);
});

const IN_CONTAINER = ['--user', '--map-root-user', '--pid', '--fork', '--mount-proc'];
const hasContainers = spawnSync('unshare', [...IN_CONTAINER, 'true']).status === 0;

test.runIf(hasContainers)('the first process of a container lives on through signals, and tells what it asks then', async () => {
  const nodeArgs = [...IN_CONTAINER, process.execPath];
  const { sink, code, stderr } = await askOnce({ ending: 'survive_as_first_process', node: 'unshare', nodeArgs });
  expect([sink.spans.map(({ name }) => name), code, stderr]).toEqual([['chat gpt-5-mini', 'chat afterwards'], 0, '']);
});

test('a script that makes no call but records an outcome delivers it', async () => {
  const { sink, code, stderr } = await askOnce({ ending: 'outcome_only' });
  expect([sink.spans.map((span) => span.name), code, stderr]).toEqual([['outcome done'], 0, '']);
});

test('who flushes can be killed then: the call is told, with its cost', async () => {
  const answer: Ending['answer'] = (_, response) => setTimeout(() => response.end(), 500);
  const { sink, signal, stdout, stderr } = await askOnce({ ending: 'flush', answer });
  expect([sink.spans.length, signal, stderr]).toEqual([1, 'SIGKILL', '']);
  expect(sink.spans[0]?.attributes['gen_ai.usage.cost.amount']).toBeGreaterThan(0);
  // The answer was waited for.
  expect(Number(stdout.split('\n')[1])).toBeGreaterThan(400);
});

test('a flush that the collector did not take is made up for by the next one', async () => {
  let requests = 0;
  const answer: Ending['answer'] = (request, response) => (requests++ === 0 ? request.socket.destroy() : response.end());
  const env = { FLUSHES: '2', OTEL_EXPORTER_OTLP_TIMEOUT: '1' };
  const { sink, signal } = await askOnce({ ending: 'flush', answer, env });
  expect([requests, sink.spans.length, signal]).toEqual([2, 1, 'SIGKILL']);
});

test('a flush ends although the collector never answers', async () => {
  const { signal, stdout } = await askOnce({ ending: 'flush', answer: () => {}, env: { OTEL_EXPORTER_OTLP_TIMEOUT: '300' } });
  expect(signal).toBe('SIGKILL');
  expect(Number(stdout.split('\n')[1])).toBeLessThan(8_000);
});

test('process.exit right after a call delivers its span and keeps its code', async () => {
  const { sink, code, stderr } = await askOnce({ ending: 'exit' });
  expect([sink.spans.length, code, stderr]).toEqual([1, 3, '']);
});

test('a certificate that is not there costs spans, and not the app its code', async () => {
  for (const protocol of ['http/protobuf', 'grpc']) {
    const env = { OTEL_EXPORTER_OTLP_CERTIFICATE: '/nowhere/ca.pem', OTEL_EXPORTER_OTLP_PROTOCOL: protocol };
    const { code, stderr } = await askOnce({ ending: 'exit', env });
    expect([code, stderr], protocol).toEqual([3, '']);
  }
});

test('an app that dies of its own exception delivers its spans', async () => {
  const { sink, code, stderr } = await askOnce({ ending: 'throw' });
  expect([sink.spans.length, code]).toEqual([1, 1]);
  expect(stderr).toContain('the app broke');
});

test.each([
  ['naturally', 'left', 0],
  ['exit', 'left', 3],
  ['exit', 'left inside', 3],
  ['throw', 'left', 1],
])(
  'the last spans of an app with an OpenTelemetry SDK of its own, which it does not shut down, arrive: an app that ends %s (%s)',
  async (ending, OWN_SDK, code) => {
    const run = await askOnce({ ending, env: { OWN_SDK } });
    expect([run.sink.spans.length, run.code]).toEqual([1, code]);
    expect(run.sink.spans[0]?.attributes['gen_ai.usage.cost.amount']).toBeGreaterThan(0);
  },
);

test('what an app shuts its OpenTelemetry SDK down with is left to that', async () => {
  const { sink, code, stderr } = await askOnce({ ending: 'naturally', env: { OWN_SDK: 'shut down' } });
  expect([sink.spans, code, stderr]).toEqual([[], 0, '']);
});

test('the last spans of an SDK of the app’s own go where somebody said that a collector is, and nowhere else', async () => {
  const env = { OWN_SDK: 'left', OTEL_EXPORTER_OTLP_ENDPOINT: '', OTEL_TRACES_EXPORTER: 'otlp' };
  const { stdout } = await askOnce({ ending: 'naturally', env, fault: WATCHED_THREADS });
  expect(stdout).not.toContain('a thread');
});

test('a call that is still streaming when the process exits is not lost', async () => {
  const { sink } = await askOnce({ ending: 'exit_while_streaming' });
  expect(sink.spans.map((span) => span.attributes['error.type'])).toEqual([undefined, 'process_exit']);
  expect(sink.spans[1]?.attributes['tokenledger.usage.estimated']).toBe(true);
});

test('a stream that has told its usage when the process exits has it', async () => {
  const { sink } = await askOnce({ ending: 'exit_at_last_chunk' });
  const [, span] = sink.spans;
  expect(span && usageOf(span)).toEqual(simulator.bill().at(-1)?.usage);
  expect(span?.attributes['tokenledger.usage.estimated']).toBeUndefined();
  expect(span?.attributes['error.type']).toBeUndefined();
});

test.each(['wait', 'signal_exit'])(
  'SIGTERM kills an app without a handler as before, after its spans are delivered (%s)',
  async (ending) => {
    const { sink, signal } = await askOnce({ ending, onStdout: (_, kill) => setTimeout(kill, 100, 'SIGTERM') });
    expect([sink.spans.length, signal]).toEqual([1, 'SIGTERM']);
  },
);

test.each(['handle_sigterm', 'handle_sigterm_early'])('an app that handles SIGTERM keeps the decision (%s)', async (ending) => {
  const { sink, code, stdout } = await askOnce({
    ending,
    onStdout: (text, kill) => !text.includes('handled') && setTimeout(kill, 100, 'SIGTERM'),
  });
  expect([sink.spans.length, code]).toEqual([1, 5]);
  expect(stdout).toContain('handled');
});

test.each<[string, Partial<Ending>]>([
  ['is absent', { env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' } }],
  ['has no valid address', { env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'not an address' } }],
  ['never answers', { answer: () => {} }],
  ['refuses', { answer: (_, response) => response.writeHead(401).end('no') }],
  ['is overloaded', { answer: (_, response) => response.writeHead(503, { 'retry-after': '100' }).end() }],
  ['answers garbage', { answer: (_, response) => response.writeHead(200).end('\u0000garbage') }],
  ['answers hugely', { answer: (_, response) => response.writeHead(200).end(Buffer.alloc(32 * 1024 * 1024)) }],
  ['hangs up', { answer: (request) => request.socket.destroy() }],
])('the app notices nothing when the collector %s', async (_, collector) => {
  const env = { OTEL_EXPORTER_OTLP_TIMEOUT: '', ...collector.env };
  const { code, stderr, stdout } = await askOnce({ ending: 'naturally', ...collector, env });
  expect([code, stderr]).toEqual([0, '']);
  const [id, heldUpMs] = stdout.split('\n');
  expect(id).toMatch(/^chatcmpl-/);
  // At most 2 s, and what a busy machine adds; an exporter's usual patience would be 10 s.
  expect(Number(heldUpMs)).toBeGreaterThan(0);
  expect(Number(heldUpMs)).toBeLessThan(8_000);
});

test.each([
  ['runs backwards', 'let n = 0; const now = Date.now; Date.now = () => now() - 60_000 * n++;'],
  ['stands still', 'Date.now = () => 1_700_000_000_000;'],
])('a call is told however the clock is: it %s', async (_, fault) => {
  const { sink, code, stderr } = await askOnce({ ending: 'naturally', fault });
  expect([sink.spans.length, code, stderr]).toEqual([1, 0, '']);
  const [span] = sink.spans;
  const tookNs = Number(span?.endNs) - Number(span?.startNs);
  expect(tookNs).toBeGreaterThan(0);
  expect(tookNs).toBeLessThan(60e9);
});

test('a subscriber of somebody else that throws is told to the app as before, and takes nothing from us', async () => {
  const fault = `
    import { subscribe } from 'node:diagnostics_channel';
    for (const name of ['create', 'headers', 'bodyChunkReceived', 'trailers']) {
      subscribe('undici:request:' + name, () => { throw new Error('not ours'); });
    }
    process.on('uncaughtException', (error) => { if (error.message !== 'not ours') throw error; });`;
  const { sink, code, stderr } = await askOnce({ ending: 'naturally', fault });
  expect([sink.spans.length, code, stderr]).toEqual([1, 0, '']);
});

test('the ingest key and the standard headers are sent, at exit too', async () => {
  const { sink } = await askOnce({
    ending: 'exit',
    env: { TOKENLEDGER_API_KEY: 'tl_ingest_x', OTEL_EXPORTER_OTLP_HEADERS: 'x-team=a%20b' },
  });
  expect(sink.requests[0]?.headers).toMatchObject({ authorization: 'Bearer tl_ingest_x', 'x-team': 'a b' });
});

test.each(['TOKENLEDGER_DISABLED=true', 'OTEL_SDK_DISABLED=true', 'OTEL_TRACES_EXPORTER=none'])(
  'switched off by %s, the import does nothing',
  async (setting) => {
    const [name = '', value = ''] = setting.split('=');
    const { sink, stdout } = await askOnce({ ending: 'naturally', env: { [name]: value } });
    expect(sink.spans).toEqual([]);
    expect(stdout).toMatch(/^chatcmpl-/);
  },
);

test.each([
  ['console', 0],
  ['console, otlp', 1],
])('OTEL_TRACES_EXPORTER=%s has spans printed, as with OpenTelemetry’s SDK', async (value, sent) => {
  const { sink, stdout, stderr } = await askOnce({ ending: 'exit', env: { OTEL_TRACES_EXPORTER: value } });
  expect([sink.spans.length, stderr]).toEqual([sent, '']);
  expect(stdout).toContain("name: 'chat gpt-5-mini'");
});

test('a collector named as ours gets the calls of an app that exports no spans otherwise', async () => {
  const sink = await startSink();
  await askOnce({ ending: 'exit', env: { OTEL_TRACES_EXPORTER: 'none', TOKENLEDGER_ENDPOINT: sink.url } });
  await sink.close();
  expect(sink.spans.map(({ name }) => name)).toEqual(['chat gpt-5-mini']);
});

test.each(['OTEL_EXPORTER_OTLP_ENDPOINT', 'TOKENLEDGER_ENDPOINT'])(
  'where to is read when there is something to send: %s may be set by the app, from a file',
  async (name) => {
    const sink = await startSink();
    const fault = `process.env.${name} = ${JSON.stringify(sink.url)}; process.env.TOKENLEDGER_API_KEY = 'of the file';`;
    await askOnce({ ending: 'exit', fault });
    await sink.close();
    expect([sink.spans.length, sink.requests[0]?.headers.authorization]).toEqual([1, 'Bearer of the file']);
  },
);
