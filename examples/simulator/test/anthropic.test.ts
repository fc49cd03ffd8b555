import Anthropic from '@anthropic-ai/sdk';
import { betaTool } from '@anthropic-ai/sdk/helpers/beta/json-schema';
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { SIMULATE_HEADER, startSimulator } from '../src/index.ts';
import type { ForcedAnswer, Simulator } from '../src/index.ts';

let simulator: Simulator;
let anthropic: Anthropic;

beforeAll(async () => {
  simulator = await startSimulator({ seed: 3 });
  anthropic = new Anthropic({ apiKey: 'sk-ant-test', baseURL: simulator.url });
});
afterAll(() => simulator.stop());
beforeEach(() => simulator.reset());

const ask = { model: 'claude-opus-4-5', max_tokens: 500, messages: [{ role: 'user' as const, content: 'Review this.' }] };
const force = (forced: ForcedAnswer) => ({ headers: { [SIMULATE_HEADER]: JSON.stringify(forced) } });
const lastBill = () => {
  const last = simulator.bill().at(-1);
  if (!last) throw new Error('nothing was billed');
  return last;
};

test('a message reads as Anthropic wrote it and is billed with its cache apart', async () => {
  const usage = {
    input_tokens: 20,
    cache_read_input_tokens: 4000,
    cache_creation_input_tokens: 1500,
    cache_creation: { ephemeral_5m_input_tokens: 500, ephemeral_1h_input_tokens: 1000 },
    output_tokens: 80,
    output_tokens_details: { thinking_tokens: 30 },
    server_tool_use: { web_search_requests: 2, web_fetch_requests: 0 },
  };
  const message = await anthropic.messages.create(ask, force({ usage }));
  expect(message.usage).toEqual(usage);
  expect(lastBill()).toMatchObject({
    provider: 'anthropic',
    model: 'claude-opus-4-5-20251101',
    responseId: message.id,
    usageOnWire: true,
    usage: {
      input_uncached: 20,
      cache_read: 4000,
      cache_write_5m: 500,
      cache_write_1h: 1000,
      output_text: 50,
      reasoning: 30,
      web_searches: 2,
    },
  });
});

test('the stream helper puts together the message that was streamed', async () => {
  const stream = anthropic.messages.stream(ask, force({ text: 'It is fine as it stands.' }));
  const types: string[] = [];
  stream.on('streamEvent', (event) => types.push(event.type));
  const message = await stream.finalMessage();
  expect(message.content).toEqual([expect.objectContaining({ type: 'text', text: 'It is fine as it stands.' })]);
  expect(types[0]).toBe('message_start');
  expect(types.slice(-3)).toEqual(['content_block_stop', 'message_delta', 'message_stop']);
  const { input_uncached = 0, output_text = 0 } = lastBill().usage;
  expect(message.usage).toMatchObject({ input_tokens: input_uncached, output_tokens: output_text });
  expect(lastBill()).toMatchObject({ streamed: true, usageOnWire: true });
});

test('only what a request marks is cached, for the time it names', async () => {
  const ttls = new Set<string>();
  for (const ttl of ['5m', '1h'] as const) {
    const system = [{ type: 'text' as const, text: 'long rules', cache_control: { type: 'ephemeral' as const, ttl } }];
    for (let request = 0; request < 12; request += 1) {
      await anthropic.messages.create({ ...ask, system });
      for (const meter of Object.keys(lastBill().usage)) if (meter.startsWith('cache_write')) ttls.add(`${ttl}:${meter}`);
    }
  }
  expect([...ttls].sort()).toEqual(['1h:cache_write_1h', '5m:cache_write_5m']);
  await anthropic.messages.create(ask);
  expect(Object.keys(lastBill().usage)).toEqual(['input_uncached', 'output_text']);
});

test('a tool runner calls the tool and ends with text', async () => {
  const seen: unknown[] = [];
  const runner = anthropic.beta.messages.toolRunner({
    ...ask,
    tools: [
      betaTool({
        name: 'read_file',
        description: 'reads a file',
        inputSchema: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
        run: (input) => {
          seen.push(input);
          return 'contents';
        },
      }),
    ],
  });
  const message = await runner.runUntilDone();
  expect(message.stop_reason).toBe('end_turn');
  expect(seen).toEqual([{ path: expect.any(String) as string }]);
  expect(simulator.bill()).toHaveLength(2);
});

test('a streamed tool call parses, and so does structured output', async () => {
  const tools = [{ name: 'find', input_schema: { type: 'object' as const, properties: { city: { type: 'string' } } } }];
  const message = await anthropic.messages.stream({ ...ask, tools }).finalMessage();
  expect(message.content[0]).toMatchObject({ type: 'tool_use', name: 'find', input: { city: expect.any(String) as string } });

  const Verdict = z.object({ approve: z.boolean(), remarks: z.array(z.string()) });
  const parsed = await anthropic.messages.parse({ ...ask, output_config: { format: zodOutputFormat(Verdict) } });
  expect(Verdict.parse(parsed.parsed_output)).toBeDefined();
});

test('thinking and web searches show in the message and on the bill', async () => {
  const message = await anthropic.messages.create({
    ...ask,
    max_tokens: 4000,
    thinking: { type: 'enabled', budget_tokens: 1024 },
    tools: [{ type: 'web_search_20250305', name: 'web_search' }],
  });
  expect(message.usage.server_tool_use?.web_search_requests).toBe(lastBill().usage.web_searches);
  expect(message.usage.output_tokens_details?.thinking_tokens).toBe(lastBill().usage.reasoning ?? 0);
});

test('an overloaded provider says so in its own words', async () => {
  const request = anthropic.messages.create(ask, { ...force({ status: 529, retry_after_s: 0 }), maxRetries: 1 });
  await expect(request).rejects.toMatchObject({ status: 529, error: { error: { type: 'overloaded_error' } } });
  expect(simulator.bill()).toHaveLength(2);
});

test('a stream that breaks has told its input but not its bill', async () => {
  const stream = await anthropic.messages.create({ ...ask, stream: true }, force({ abort_after_chunks: 3 }));
  const read = async () => {
    for await (const _event of stream);
  };
  await expect(read()).rejects.toThrow();
  expect(lastBill().usageOnWire).toBe(false);
});
