import { build } from 'esbuild';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { startSimulator } from '@tokenledger/simulator';
import type { BilledCall, Simulator } from '@tokenledger/simulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startFlakyProxy } from './flaky-proxy.ts';
import { startSink } from './otlp-sink.ts';
import type { SinkSpan } from './otlp-sink.ts';
import { APPS, runApp } from './run-app.ts';
import { usageOf } from './usage-of.ts';

type Seen = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

let simulator: Simulator;
let flaky: Awaited<ReturnType<typeof startFlakyProxy>>;
let closedUrl: string;
let bundles: string;
let plain: Seen;

async function runBehaviours(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Seen> {
  simulator.reset();
  const run = await runApp(args, { env: { BASE_URL: simulator.url, FLAKY_URL: flaky.url, CLOSED_URL: closedUrl, ...env } });
  expect(run.stderr).toBe('');
  expect(run.code).toBe(0);
  return JSON.parse(run.stdout) as Seen;
}

async function bundle(name: string, entry: string, format: 'esm' | 'cjs'): Promise<string> {
  const outfile = join(bundles, name);
  await build({
    entryPoints: [join(APPS, entry)],
    bundle: true,
    platform: 'node',
    format,
    outfile,
    logLevel: 'error',
    minify: true,
    keepNames: true,
  });
  return outfile;
}

beforeAll(async () => {
  simulator = await startSimulator();
  flaky = await startFlakyProxy(simulator.url);
  const closed = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => closed.once('listening', resolve));
  closedUrl = `http://127.0.0.1:${(closed.address() as AddressInfo).port}`;
  await new Promise((resolve) => closed.close(resolve));
  bundles = await mkdtemp(join(APPS, 'bundle-'));
  plain = await runBehaviours(['app.mjs']);
});

afterAll(async () => {
  await flaky.close();
  await simulator.stop();
  await rm(bundles, { recursive: true });
});

const LAUNCHES: Readonly<Record<string, () => Promise<readonly string[]> | readonly string[]>> = {
  'an ESM app, by --import': () => ['--import', '@tokenledger/instrumentation/register', 'app.mjs'],
  'an ESM app, as its first import': () => ['app-with-import.mjs'],
  'a CJS app, by --import': () => ['--import', '@tokenledger/instrumentation/register', 'app.cjs'],
  'a CJS app, as its first require': () => ['app-with-require.cjs'],
  'an app bundled as ESM': async () => [await bundle('app.mjs', 'app-with-import.mjs', 'esm')],
  'an app bundled as CJS': async () => [await bundle('app.cjs', 'app-with-require.cjs', 'cjs')],
};

describe.each(Object.keys(LAUNCHES))('in %s', (launch) => {
  let spans: readonly SinkSpan[];
  let seen: Seen;
  let bill: readonly BilledCall[];

  beforeAll(async () => {
    const sink = await startSink();
    seen = await runBehaviours((await LAUNCHES[launch]?.()) ?? [], { OTEL_EXPORTER_OTLP_ENDPOINT: sink.url });
    await sink.close();
    spans = sink.spans;
    bill = simulator.bill();
  });

  test('the app sees exactly what it sees without us, errors included', () => {
    expect(seen).toEqual(plain);
  });

  test('every call is one span, retries included', () => {
    const calls = (provider: string, behaviour: string) =>
      spans.filter((span) => span.attributes['gen_ai.request.model'] === `${provider}-${behaviour}`).length;
    for (const [provider, behaviours] of Object.entries(seen)) {
      for (const behaviour of Object.keys(behaviours)) {
        if (behaviour === 'connection_error') continue;
        expect([behaviour, calls(provider, behaviour)]).toEqual([behaviour, behaviour === 'run_tools' ? 2 : 1]);
      }
    }
    const unconnected = spans.filter((span) => ['ECONNREFUSED', 'connection_error'].includes(String(span.attributes['error.type'])));
    expect(unconnected).toHaveLength(2);
    expect(spans).toHaveLength(Object.values(seen).flatMap((behaviours) => Object.keys(behaviours)).length + 1);
  });

  test('usage is exactly what the provider bills wherever it was on the wire', () => {
    const known = bill.filter((call) => call.usageOnWire && call.requestModel !== 'openai-abort_before_answer');
    expect(known.length).toBeGreaterThan(20);
    for (const call of known) {
      const candidates = spans.filter((span) => span.attributes['gen_ai.request.model'] === call.requestModel);
      const span = candidates.find((each) => !call.responseId || each.attributes['gen_ai.response.id'] === call.responseId);
      expect([call.requestModel, span && usageOf(span)]).toEqual([call.requestModel, call.usage]);
      expect(span?.attributes['tokenledger.usage.estimated']).toBeUndefined();
    }
  });

  test('an answer whose usage never came is estimated and says so', () => {
    for (const call of bill.filter((each) => each.streamed && each.status === 200 && !each.usageOnWire)) {
      const span = spans.find((each) => each.attributes['gen_ai.request.model'] === call.requestModel);
      expect([call.requestModel, span?.attributes['tokenledger.usage.estimated']]).toEqual([call.requestModel, true]);
      expect(span?.attributes['tokenledger.usage.estimation_method']).toBe('utf8_bytes/4');
      expect(span?.attributes['gen_ai.usage.output_tokens']).toBeGreaterThan(0);
    }
  });

  test('nothing that was asked or answered is on a span', () => {
    const text = inspect(spans, { depth: Infinity, maxArrayLength: Infinity, maxStringLength: Infinity });
    for (const secret of ['a question about', 'long long', 'the ledger shows', 'sunny']) expect(text).not.toContain(secret);
  });
});
