import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startSimulator } from '@tokenledger/simulator';
import { describe, expect, test } from 'vitest';
import { startFlakyProxy } from '../flaky-proxy.ts';
import { startSink } from '../otlp-sink.ts';
import type { SinkSpan } from '../otlp-sink.ts';
import { APPS, runApp } from '../run-app.ts';
import { INSTALLED, NODES, isMatrixWanted, nodePath } from './platforms.ts';

/** Where each is installed, and what it sees that it cannot tell the tokens of. */
const OTHERS: Readonly<Record<string, string>> = {
  'otel-contrib': 'foreign-3',
  traceloop: 'foreign-2',
  openinference: 'foreign-2',
  openlit: 'foreign-2',
};
const PEERS = join(import.meta.dirname, '../../../bench/instrumentation-peers');
const BEHAVIOURS = ['create', 'stream_usage', 'early_break', 'as_response', 'responses', 'responses_stream', 'embeddings', 'retried'];

async function spansWith(
  other: string,
  node: string,
  order: (other: string, ours: string) => readonly string[],
): Promise<readonly SinkSpan[]> {
  const cwd = join(INSTALLED, OTHERS[other] ?? '');
  for (const name of ['app.cjs', 'sdk2.cjs', `${other}.cjs`]) await copyFile(join(PEERS, name), join(cwd, name));
  for (const name of ['openai-behaviours.cjs', 'run-behaviours.cjs']) await copyFile(join(APPS, name), join(cwd, name));
  const [simulator, sink] = [await startSimulator(), await startSink()];
  const flaky = await startFlakyProxy(simulator.url);
  const env = {
    BASE_URL: simulator.url,
    FLAKY_URL: flaky.url,
    CLOSED_URL: 'http://127.0.0.1:2',
    OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
    BEHAVIOURS: BEHAVIOURS.map((name) => `openai:${name}`).join(),
  };
  const args = order(`./${other}.cjs`, '@tokenledger/instrumentation/register').flatMap((module) => ['--require', module]);
  const { code } = await runApp([...args, 'app.cjs'], { cwd, env, node: nodePath(node) });
  await sink.close();
  await flaky.close();
  await simulator.stop();
  expect(code).toBe(0);
  return sink.spans;
}

function isOf(behaviour: string, { attributes }: SinkSpan): boolean {
  return Object.entries(attributes).some(([key, value]) => /request\.model|model_name/.test(key) && value === `openai-${behaviour}`);
}

function hasTokens({ attributes }: SinkSpan): boolean {
  return Object.entries(attributes).some(([key, value]) => /tokens|token_count/.test(key) && typeof value === 'number' && value > 0);
}

describe.runIf(isMatrixWanted).each(Object.keys(OTHERS))('an app that has %s as well', (other) => {
  describe.each(Object.keys(NODES))('on %s', (node) => {
    test.each([
      ['it first', (theirs: string, ours: string) => [theirs, ours]],
      ['ours first', (theirs: string, ours: string) => [ours, theirs]],
    ])('has the tokens of each call once (%s)', async (_, order) => {
      const spans = await spansWith(other, node, order);
      const counted = BEHAVIOURS.map((name) => [name, spans.filter((span) => isOf(name, span) && hasTokens(span)).length]);
      expect(counted).toEqual(BEHAVIOURS.map((name) => [name, 1]));
    });
  });
});
