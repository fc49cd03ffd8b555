import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { startSimulator } from '@tokenledger/simulator';
import { describe, expect, test } from 'vitest';
import { startSink } from '../otlp-sink.ts';
import { runApp } from '../run-app.ts';
import { usageOf } from '../usage-of.ts';
import { INSTALLED, NODES, isMatrixWanted, nodePath } from './platforms.ts';

const FOLDER = join(INSTALLED, 'environments');
const REGISTER = '@tokenledger/instrumentation/register';

interface Environment {
  readonly args: readonly string[];
  /** The models that are asked, each once. */
  readonly models: readonly string[];
  readonly stdout?: string;
  readonly prepare?: (folder: string) => Promise<void>;
}

const ASKED = { models: ['streamed', 'whole'], stdout: 'true\n' } as const;

const ENVIRONMENTS: Readonly<Record<string, Environment>> = {
  'tsx, as the first import': { args: ['node_modules/tsx/dist/cli.mjs', 'ask.ts'], ...ASKED },
  'tsx, by --import before and after it': { args: ['--import', REGISTER, '--import', 'tsx', '--import', REGISTER, 'ask.ts'], ...ASKED },
  'ts-node, as the first import': { args: ['node_modules/ts-node/dist/bin-transpile.js', 'ask.ts'], ...ASKED },
  'ts-node, by --require': { args: ['--require', 'ts-node/register/transpile-only', '--require', REGISTER, 'ask.ts'], ...ASKED },
  'an app bundled with its SDK and us': { args: ['bundle.cjs'], ...ASKED, prepare: bundle },
  'workers of node:cluster, by --import': { args: ['--import', REGISTER, 'cluster.cjs'], models: ['first', 'second'], stdout: 'true\n' },
  'jest, two files in one process': {
    args: [
      'node_modules/jest/bin/jest.js',
      '--runInBand',
      '--silent',
      '--testTimeout=60000',
      '--reporters',
      './no-report.cjs',
      '--rootDir',
      '.',
    ],
    models: ['jest_fake', 'jest_one', 'jest_two'],
  },
  'two versions of the package': { args: ['two-copies.cjs'], models: ['copies'], stdout: 'true\n', prepare: copyOther },
};

async function bundle(folder: string): Promise<void> {
  const entryPoints = [join(folder, 'ask.ts')];
  await build({ entryPoints, bundle: true, platform: 'node', format: 'cjs', outfile: join(folder, 'bundle.cjs'), logLevel: 'error' });
}

async function copyOther(folder: string): Promise<void> {
  const other = join(folder, 'other');
  await cp(join(FOLDER, 'node_modules/@tokenledger/instrumentation'), other, { recursive: true });
  const manifest = join(other, 'package.json');
  await writeFile(manifest, (await readFile(manifest, 'utf8')).replace('"version": "0.1.0"', '"version": "0.2.0"'));
}

describe.runIf(isMatrixWanted).each(Object.keys(NODES))('on %s', (node) => {
  test.each(Object.keys(ENVIRONMENTS))('%s: the app runs as before, each call is one span with its bill', async (name) => {
    const { args, models, stdout, prepare } = ENVIRONMENTS[name] ?? { args: [], models: [] };
    const [simulator, sink] = [await startSimulator(), await startSink()];
    const cwd = await mkdtemp(join(FOLDER, 'run-'));
    await cp(join(import.meta.dirname, 'apps/environments'), cwd, { recursive: true });
    await prepare?.(cwd);
    const installed = args.map((arg) => (arg.startsWith('node_modules/') ? join(FOLDER, arg) : arg));
    const run = await runApp(installed, {
      cwd,
      env: { BASE_URL: simulator.url, OTEL_EXPORTER_OTLP_ENDPOINT: sink.url },
      node: nodePath(node),
    });
    await sink.close();
    await simulator.stop();
    await rm(cwd, { recursive: true });
    expect([run.stderr, run.code]).toEqual(['', 0]);
    if (stdout) expect(run.stdout).toBe(stdout);
    // A batch that is under way when the process ends is sent once more, with the same ids.
    const spans = new Map(sink.spans.map((span) => [span.spanId, String(span.attributes['gen_ai.request.model'])]));
    expect([...spans.values()].sort()).toEqual(models);
    for (const { requestModel, usage } of simulator.bill()) {
      const span = sink.spans.find(({ attributes }) => attributes['gen_ai.request.model'] === requestModel);
      expect([requestModel, span && usageOf(span)]).toEqual([requestModel, usage]);
    }
  });
});
