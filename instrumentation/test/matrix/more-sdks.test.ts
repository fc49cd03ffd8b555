import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startSimulator } from '@tokenledger/simulator';
import type { Simulator } from '@tokenledger/simulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startSink } from '../otlp-sink.ts';
import type { SinkSpan } from '../otlp-sink.ts';
import { runApp } from '../run-app.ts';
import { usageOf } from '../usage-of.ts';
import { INSTALLED, NODES, isMatrixWanted, nodePath } from './platforms.ts';
import { startBedrockStub, startHttpProxy, startProviderStub } from './provider-stub.ts';

const SMALL = { input_uncached: 11, output_text: 5 };
const GEMINI = { input_uncached: 11, output_text: 2, reasoning: 3 };

/** Per app: the calls it makes to the stubs, by model, with provider and bill. The others go to the simulator, which has its own bill. */
const APPS = {
  'more-sdks': {
    gemini: ['gcp.gemini', GEMINI],
    gemini_stream: ['gcp.gemini', GEMINI],
    gemini_embed: ['gcp.gemini', {}],
    gemini_interaction: ['gcp.gemini', GEMINI],
    mistral: ['openai', SMALL],
    mistral_stream: ['openai', SMALL],
    mistral_ocr: ['mistral_ai', { pages: 2 }],
    cohere: ['cohere', SMALL],
    cohere_stream: ['cohere', SMALL],
    cohere_rerank: ['cohere', { search_units: 1 }],
    ollama: ['ollama', SMALL],
    ollama_stream: ['ollama', SMALL],
    groq: ['openai', SMALL],
    together: ['openai', SMALL],
    together_stream: ['openai', SMALL],
    voyage: ['openai', { input_uncached: 11 }],
    huggingface: ['openai', SMALL],
    'owner/replicate': ['replicate', { gpu_seconds: 1.5 }],
    'openai/ai_gateway': ['vercel', SMALL],
    'openai/ai_gateway_stream': ['vercel', SMALL],
  },
  'older-sdks': {
    bedrock: ['aws.bedrock', SMALL],
    bedrock_stream: ['aws.bedrock', SMALL],
    bedrock_invoke: ['aws.bedrock', SMALL],
    bedrock_invoke_stream: ['aws.bedrock', SMALL],
  },
  'ai-sdk-5': {},
  'ai-sdk-6': {},
  'http-clients': {},
} as const satisfies Record<string, Record<string, readonly [string, object]>>;
const SCRIPTS: Readonly<Record<string, string>> = { 'ai-sdk-5': 'ai-sdk-older', 'ai-sdk-6': 'ai-sdk-older' };

describe.runIf(isMatrixWanted).each(Object.keys(APPS) as readonly (keyof typeof APPS)[])('%s', (app) => {
  describe.each(Object.keys(NODES))('on %s', (node) => {
    let simulator: Simulator;
    let spans: readonly SinkSpan[];
    let seen: readonly string[];

    beforeAll(async () => {
      simulator = await startSimulator();
      const [stub, bedrock, proxy, sink] = [await startProviderStub(), await startBedrockStub(), await startHttpProxy(), await startSink()];
      const cwd = join(INSTALLED, app);
      await copyFile(join(import.meta.dirname, 'apps', `${SCRIPTS[app] ?? app}.mjs`), join(cwd, 'app.mjs'));
      const urls = { BASE_URL: simulator.url, STUB_URL: stub.url, BEDROCK_URL: bedrock.url, PROXY_URL: proxy.url };
      const env = { ...urls, OTEL_EXPORTER_OTLP_ENDPOINT: sink.url };
      const outputs: string[] = [];
      for (const args of [['app.mjs'], ['--import', '@tokenledger/instrumentation/register', 'app.mjs']]) {
        simulator.reset();
        const run = await runApp(args, { cwd, env, node: nodePath(node) });
        outputs.push(`${run.code} ${run.stdout} ${run.stderr.replaceAll(/\(node:\d+\)/g, '')}`);
      }
      seen = outputs;
      spans = sink.spans;
      await sink.close();
      stub.close();
      bedrock.close();
      proxy.close();
    });

    afterAll(() => simulator.stop());

    test('the app sees exactly what it sees without us', () => {
      expect(seen[1]).toBe(seen[0]);
      expect(seen[0]).not.toContain('"error"');
    });

    test.runIf(app === 'more-sdks')('runs of the AI SDK and of OpenAI Agents are trees: their steps, their tools, their calls', () => {
      const childrenOf = (parent: SinkSpan | undefined): readonly SinkSpan[] =>
        spans
          .filter((span) => parent && span.traceId === parent.traceId && span.parentSpanId === parent.spanId)
          .sort((a, b) => Number(a.startNs - b.startNs));
      for (const [agent, model] of [
        ['forecast', 'ai_sdk_tools'],
        ['forecaster', 'agents'],
      ]) {
        const turns = childrenOf(spans.find((span) => span.name === `invoke_agent ${agent}`));
        expect(turns.map((turn) => turn.name)).toEqual(['agent_step', 'agent_step']);
        expect(turns.map((turn) => childrenOf(turn).map((span) => span.name))).toEqual([
          [`chat ${model}`, 'execute_tool weather'],
          [`chat ${model}`],
        ]);
        expect(childrenOf(turns[0])[0]?.attributes['gen_ai.agent.name']).toBe(agent);
      }
    });

    test('every call to a provider is one span with its bill', () => {
      // Turns of an agent name a model, too, and no provider.
      const told = spans.filter((span) => span.attributes['gen_ai.provider.name'] !== undefined);
      for (const [model, [provider, usage]] of Object.entries<readonly [string, object]>(APPS[app])) {
        const calls = told.filter((span) => span.attributes['gen_ai.request.model'] === model);
        expect([model, calls.map((span) => span.attributes['gen_ai.provider.name'])]).toEqual([model, [provider]]);
        expect([model, calls[0] && usageOf(calls[0])]).toEqual([model, usage]);
      }
      // Of an answer that the app gave up nothing is known.
      for (const call of simulator.bill().filter(({ requestModel }) => requestModel !== 'timeout')) {
        const span = spans.find(
          ({ attributes }) =>
            attributes['gen_ai.request.model'] === call.requestModel &&
            (!call.responseId || attributes['gen_ai.response.id'] === call.responseId),
        );
        expect([call.requestModel, span && usageOf(span)]).toEqual([call.requestModel, call.usage]);
      }
      expect(told).toHaveLength(Object.keys(APPS[app]).length + simulator.bill().length);
    });
  });
});
