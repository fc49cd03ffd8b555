import diagnosticsChannel from 'node:diagnostics_channel';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SpanStatusCode, context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { bridgeAiSdk } from '../src/bridges/ai-sdk.ts';
import { withAttribution } from '../src/index.ts';
import { tapUndici } from '../src/wire/undici-tap.ts';

const exporter = new InMemorySpanExporter();
const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
const channel = diagnosticsChannel.tracingChannel<unknown, object>('ai:telemetry');
let server: Server;
let url: string;

beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  bridgeAiSdk();
  tapUndici();
  server = createServer((request, response) => {
    request
      .resume()
      .on('end', () => response.setHeader('content-type', 'application/json').end('{"id":"c","choices":[],"usage":{"prompt_tokens":1}}'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/chat/completions`;
});

beforeEach(() => exporter.reset());

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** What the AI SDK does around its work. */
function traced<T>(type: string, event: object, work: () => Promise<T>): Promise<T> {
  return channel.tracePromise(work, { type, event });
}

async function ask(model: string): Promise<void> {
  await (await fetch(url, { method: 'POST', body: JSON.stringify({ model }) })).json();
}

async function spans(): Promise<Readonly<Record<string, ReadableSpan>>> {
  await provider.forceFlush();
  return Object.fromEntries(exporter.getFinishedSpans().map((span) => [span.name, span]));
}

test('calls hang below the steps they are made in, counted to the function and the attribution', async () => {
  await withAttribution({ team: 'search' }, () =>
    traced('generateText', { functionId: 'forecast', modelId: 'm' }, () =>
      traced('step', {}, async () => {
        await ask('in-step');
        await traced('executeTool', { toolCall: { toolName: 'weather', toolCallId: 't1' } }, () => ask('in-tool'));
        await trace.getTracer('app').startActiveSpan('own', async (own) => {
          await ask('in-own-span');
          own.end();
        });
      }),
    ),
  );
  await ask('outside');
  const found = await spans();
  const parentOf = (name: string) => found[name]?.parentSpanContext?.spanId;
  const idOf = (name: string) => found[name]?.spanContext().spanId;
  expect(parentOf('agent_step')).toBe(idOf('invoke_agent forecast'));
  expect(parentOf('chat in-step')).toBe(idOf('agent_step'));
  expect(parentOf('execute_tool weather')).toBe(idOf('agent_step'));
  expect(parentOf('chat in-tool')).toBe(idOf('execute_tool weather'));
  expect(parentOf('chat in-own-span')).toBe(idOf('own'));
  expect(parentOf('chat outside')).toBeUndefined();
  expect(found['execute_tool weather']?.attributes).toMatchObject({ 'gen_ai.tool.name': 'weather', 'gen_ai.tool.call.id': 't1' });
  expect(found['chat in-tool']?.attributes).toMatchObject({ 'gen_ai.agent.name': 'forecast', 'tokenledger.team': 'search' });
  expect(found['chat outside']?.attributes).not.toHaveProperty('gen_ai.agent.name');
});

test('a step that fails says so and stays the app’s error', async () => {
  const failing = traced('generateText', { modelId: 'm' }, () => Promise.reject(new Error('mine')));
  await expect(failing).rejects.toThrow('mine');
  expect((await spans())['invoke_agent m']?.status.code).toBe(SpanStatusCode.ERROR);
});

test('a tool that fails says so, though its error is only a result', async () => {
  const tool = (toolName: string, type: string) =>
    traced('executeTool', { toolCall: { toolName } }, () => Promise.resolve({ output: { type, toolName } }));
  await tool('broken', 'tool-error');
  await tool('sound', 'tool-result');
  const found = await spans();
  expect(found['execute_tool broken']?.status.code).toBe(SpanStatusCode.ERROR);
  expect(found['execute_tool sound']?.status.code).toBe(SpanStatusCode.UNSET);
});

test('an app that registered the SDK’s own telemetry gets no second tree', async () => {
  const shared = globalThis as { AI_SDK_TELEMETRY_INTEGRATIONS?: unknown[] };
  shared.AI_SDK_TELEMETRY_INTEGRATIONS = [{}];
  await traced('generateText', { modelId: 'm' }, () => ask('alone'));
  delete shared.AI_SDK_TELEMETRY_INTEGRATIONS;
  expect(Object.keys(await spans())).toEqual(['chat alone']);
});

test('odd events cost nothing but their span', async () => {
  for (const event of [null, 7, { toolCall: 'x' }]) await traced('executeTool', event as unknown as object, () => ask('odd'));
  await traced('unheardOf', {}, () => ask('odd'));
  expect((await spans())['chat odd']).toBeDefined();
});

test('a turn that an aborted run does not end is told when the run ends', async () => {
  await traced('generateText', { functionId: 'aborted' }, async () => {
    void traced('step', {}, async () => {
      await ask('in-aborted');
      await new Promise(() => {});
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
  });
  const found = await spans();
  expect(found['chat in-aborted']?.parentSpanContext?.spanId).toBe(found['agent_step']?.spanContext().spanId);
  expect(found['agent_step']?.parentSpanContext?.spanId).toBe(found['invoke_agent aborted']?.spanContext().spanId);
});
