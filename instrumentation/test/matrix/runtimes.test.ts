import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startSimulator } from '@tokenledger/simulator';
import { describe, expect, test } from 'vitest';
import { startSink } from '../otlp-sink.ts';
import { runApp } from '../run-app.ts';
import { usageOf } from '../usage-of.ts';
import { INSTALLED, NODES, isMatrixWanted, nodePath } from './platforms.ts';

const OURS = '@tokenledger/instrumentation/register';

/** The same app without us and with us: sees the same, and each call arrives once with its bill. */
async function compare(platform: string, node: string, [without, within]: readonly (readonly string[])[], SENTRY_RATE = ''): Promise<void> {
  const [simulator, sink] = [await startSimulator(), await startSink()];
  const cwd = join(INSTALLED, platform);
  for (const name of ['two-calls.mjs', 'sentry.mjs']) await copyFile(join(import.meta.dirname, 'apps', name), join(cwd, name));
  const env = { BASE_URL: simulator.url, OTEL_EXPORTER_OTLP_ENDPOINT: sink.url, SENTRY_RATE };
  const seen: string[] = [];
  for (const args of [without, within]) {
    simulator.reset();
    const run = await runApp(args ?? [], { cwd, env, node });
    seen.push(`${run.code} ${run.stdout} ${run.stderr}`);
  }
  await sink.close();
  await simulator.stop();
  expect(seen[1]).toBe(seen[0]);
  const told = sink.spans.map((span) => [span.name, usageOf(span)]);
  expect(told).toEqual(simulator.bill().map(({ requestModel, usage }) => [`chat ${requestModel}`, usage]));
  expect(told).toHaveLength(2);
}

describe.runIf(isMatrixWanted)('where Node’s channels tell nothing', () => {
  test('Bun', () => {
    const bun = join(INSTALLED, 'runtimes/node_modules/.bin/bun');
    return compare('runtimes', bun, [['two-calls.mjs'], ['--preload', OURS, 'two-calls.mjs']]);
  });

  test('Deno', () => {
    const deno = join(INSTALLED, 'runtimes/node_modules/.bin/deno');
    const run = ['run', '-A', '--node-modules-dir=manual'];
    return compare('runtimes', deno, [
      [...run, 'two-calls.mjs'],
      [...run, '--preload', `npm:${OURS}`, 'two-calls.mjs'],
    ]);
  });
});

describe.runIf(isMatrixWanted).each(Object.keys(NODES))('an app with Sentry, which takes OpenTelemetry for itself, on %s', (node) => {
  test.each(['1', '0'])('has its calls in our collector, whatever Sentry samples (%s)', (rate) => {
    const theirs = ['--import', './sentry.mjs'];
    return compare(
      'sentry',
      nodePath(node),
      [
        [...theirs, 'two-calls.mjs'],
        ['--import', OURS, ...theirs, 'two-calls.mjs'],
      ],
      rate,
    );
  });
});
