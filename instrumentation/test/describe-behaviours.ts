import { build } from 'esbuild';
import { cp, mkdtemp, rm } from 'node:fs/promises';
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

export interface Platform {
  /** Where the SDKs and the instrumentation are installed. */
  readonly folder: string;
  /** The Node to run with; ours unless given. */
  readonly node?: string;
}

type Launch =
  | 'an ESM app, by --import'
  | 'an ESM app, as its first import'
  | 'a CJS app, by --import'
  | 'a CJS app, as its first require'
  | 'an app bundled as ESM'
  | 'an app bundled as CJS';

/** App entry, and how it is bundled if it is. */
const LAUNCHES: Readonly<Record<Launch, { readonly args: readonly string[]; readonly format?: 'esm' | 'cjs' }>> = {
  'an ESM app, by --import': { args: ['--import', '@tokenledger/instrumentation/register', 'app.mjs'] },
  'an ESM app, as its first import': { args: ['app-with-import.mjs'] },
  'a CJS app, by --import': { args: ['--import', '@tokenledger/instrumentation/register', 'app.cjs'] },
  'a CJS app, as its first require': { args: ['app-with-require.cjs'] },
  'an app bundled as ESM': { args: ['app-with-import.mjs'], format: 'esm' },
  'an app bundled as CJS': { args: ['app-with-require.cjs'], format: 'cjs' },
};

/** Nobody listens there: a port that was merely free a moment ago is soon somebody else's. */
const CLOSED_URL = 'http://127.0.0.1:2';

/** The promises of the instrumentation towards apps that use the OpenAI and Anthropic SDKs, on one platform. */
export function describeBehaviours({ folder, node }: Platform): void {
  let simulator: Simulator;
  let flaky: Awaited<ReturnType<typeof startFlakyProxy>>;
  let apps: string;
  let plain: Seen;

  async function runBehaviours(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Seen> {
    simulator.reset();
    const urls = { BASE_URL: simulator.url, FLAKY_URL: flaky.url, CLOSED_URL };
    const run = await runApp(args, { env: { ...urls, ...env }, cwd: apps, ...(node && { node }) });
    expect(run.stderr).toBe('');
    expect(run.code).toBe(0);
    return JSON.parse(run.stdout) as Seen;
  }

  async function prepare({ args, format }: (typeof LAUNCHES)[Launch]): Promise<readonly string[]> {
    if (!format) return args;
    const outfile = join(apps, format === 'esm' ? 'bundle.mjs' : 'bundle.cjs');
    const entryPoints = args.map((name) => join(apps, name));
    await build({ entryPoints, bundle: true, platform: 'node', format, outfile, logLevel: 'error', minify: true, keepNames: true });
    return [outfile];
  }

  beforeAll(async () => {
    simulator = await startSimulator();
    flaky = await startFlakyProxy(simulator.url);
    apps = await mkdtemp(join(folder, 'run-'));
    await cp(APPS, apps, { recursive: true });
    plain = await runBehaviours(['app.mjs']);
  });

  afterAll(async () => {
    await flaky.close();
    await simulator.stop();
    await rm(apps, { recursive: true });
  });

  describe.each(Object.keys(LAUNCHES) as readonly Launch[])('in %s', (launch) => {
    let spans: readonly SinkSpan[];
    let seen: Seen;
    let bill: readonly BilledCall[];

    beforeAll(async () => {
      const sink = await startSink();
      seen = await runBehaviours(await prepare(LAUNCHES[launch]), { OTEL_EXPORTER_OTLP_ENDPOINT: sink.url });
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
          const expected = behaviour === 'run_tools' ? 2 : 1;
          expect([behaviour, calls(provider, behaviour)]).toEqual([behaviour, expected]);
        }
      }
      const unconnected = spans.filter((span) => ['ECONNREFUSED', 'connection_error'].includes(String(span.attributes['error.type'])));
      expect(unconnected).toHaveLength(2);
      const named = spans.filter((span) => span.attributes['gen_ai.request.model'] !== undefined);
      expect(spans.length - named.length).toBeLessThanOrEqual(unconnected.length);
    });

    test('usage is exactly what the provider bills wherever it was on the wire', () => {
      // Of an answer that the app gave up nobody can say what was still on its way.
      const known = bill.filter((call) => call.usageOnWire && !/abort|early_break/.test(call.requestModel));
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
        expect(span?.attributes['gen_ai.usage.output_tokens']).toBeGreaterThanOrEqual(0);
        expect(span?.attributes['gen_ai.usage.input_tokens']).toBeGreaterThan(0);
      }
    });

    test('nothing that was asked or answered is on a span', () => {
      const text = inspect(spans, { depth: Infinity, maxArrayLength: Infinity, maxStringLength: Infinity });
      for (const secret of ['a question about', 'long long', 'the ledger shows', 'sunny']) expect(text).not.toContain(secret);
    });
  });
}
