import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startSimulator } from '@tokenledger/simulator';
import type { BilledCall } from '@tokenledger/simulator';
import { describe, expect, test } from 'vitest';
import { startSink } from '../otlp-sink.ts';
import type { SinkSpan } from '../otlp-sink.ts';
import { runApp } from '../run-app.ts';
import type { AppRun } from '../run-app.ts';
import { usageOf } from '../usage-of.ts';
import { INSTALLED, NODES, isMatrixWanted, nodePath } from './platforms.ts';

interface Ran extends AppRun {
  readonly spans: readonly SinkSpan[];
  readonly bill: readonly BilledCall[];
}

async function runWith(platform: string, node: string, args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const [simulator, sink] = [await startSimulator(), await startSink()];
  const cwd = join(INSTALLED, platform);
  for (const name of ['own-sdk.mjs', 'their-sdk.mjs', 'calls.test.mjs'])
    await copyFile(join(import.meta.dirname, 'apps', name), join(cwd, name));
  // Vite takes BASE_URL for itself.
  const env = {
    BASE_URL: simulator.url,
    SIMULATOR_URL: simulator.url,
    OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
  };
  const run = await runApp(args, { cwd, env: { ...env, ...more }, node: nodePath(node) });
  await sink.close();
  await simulator.stop();
  return { ...run, spans: sink.spans, bill: simulator.bill() };
}

const OURS = '@tokenledger/instrumentation/register';
const THEIRS = './their-sdk.mjs';

describe.runIf(isMatrixWanted).each(['own-sdk-1', 'own-sdk-2', 'own-sdk-3'])('an app with OpenTelemetry of its own (%s)', (platform) => {
  describe.each(Object.keys(NODES))('on %s', (node) => {
    test.each([
      ['set up before our import', [THEIRS, OURS]],
      ['set up after our import', [OURS, THEIRS]],
    ] as const)('gets every call once, in its own trace, with its own resource (%s)', async (_, [first, second]) => {
      const { code, stderr, spans, bill } = await runWith(platform, node, ['--import', first, '--import', second, 'own-sdk.mjs']);
      expect([code, stderr]).toEqual([0, '']);
      const parent = spans.find((span) => span.name === 'parent');
      const calls = spans.filter((span) => span.attributes['gen_ai.provider.name'] !== undefined);
      expect(calls.map((span) => span.name).sort()).toEqual(['chat plain', 'chat streamed']);
      for (const span of [...calls, ...spans.filter(({ name }) => name.startsWith('outcome'))]) {
        expect([span.traceId, span.parentSpanId]).toEqual([parent?.traceId, parent?.spanId]);
        expect(span.resource['service.name']).toBe('their-service');
      }
      for (const span of spans) expect(span.attributes).toMatchObject({ 'tokenledger.team': 'red', 'tokenledger.tag.tier': 'gold' });
      for (const { requestModel, usage } of bill) {
        const call = calls.find((span) => span.attributes['gen_ai.request.model'] === requestModel);
        expect([requestModel, call && usageOf(call)]).toEqual([requestModel, usage]);
      }
    });

    test('has the spans it opens by the API alone, too, as long as it sets up none', async () => {
      const { code, stderr, spans } = await runWith(platform, node, ['--import', OURS, 'own-sdk.mjs']);
      expect([code, stderr]).toEqual([0, '']);
      const parent = spans.find((span) => span.name === 'parent');
      const calls = spans.filter((span) => span.attributes['gen_ai.provider.name'] !== undefined);
      expect(calls.map((span) => span.name).sort()).toEqual(['chat plain', 'chat streamed']);
      expect(calls.map((span) => span.parentSpanId)).toEqual([parent?.spanId, parent?.spanId]);
    });

    test('is not overruled: its sampler decides', async () => {
      const args = ['--import', OURS, '--import', THEIRS, 'own-sdk.mjs'];
      const { code, stderr, spans } = await runWith(platform, node, args, { OTEL_TRACES_SAMPLER: 'always_off' });
      expect([code, stderr, spans.length]).toEqual([0, '', 0]);
    });
  });
});

describe.runIf(isMatrixWanted)('an app’s own test suite', () => {
  test.each(Object.keys(NODES))('runs under vitest as before, fake timers or not (%s)', async (node) => {
    const run = await runWith('own-sdk-3', node, ['node_modules/vitest/vitest.mjs', 'run', '--root', '.', 'calls.test.mjs']);
    expect([run.stderr, run.code]).toEqual(['', 0]);
    const models = run.spans.map((span) => String(span.attributes['gen_ai.request.model']));
    // The runner may end its process before a batch that waits on a fake timer has left.
    expect(models.filter((model) => model !== 'vitest_fake')).toEqual(['vitest_real']);
  });
});
