import OpenAI from 'openai';
import { zodResponseFormat, zodTextFormat } from 'openai/helpers/zod';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { SIMULATE_HEADER, startSimulator } from '../src/index.ts';
import type { ForcedAnswer, Simulator } from '../src/index.ts';

let simulator: Simulator;
let openai: OpenAI;

beforeAll(async () => {
  simulator = await startSimulator({ seed: 7 });
  openai = new OpenAI({ apiKey: 'sk-test', baseURL: `${simulator.url}/v1` });
});
afterAll(() => simulator.stop());
beforeEach(() => simulator.reset());

const messages = [{ role: 'user' as const, content: 'What does it cost?' }];
const force = (forced: ForcedAnswer) => ({ headers: { [SIMULATE_HEADER]: JSON.stringify(forced) } });
const lastBill = () => {
  const last = simulator.bill().at(-1);
  if (!last) throw new Error('nothing was billed');
  return last;
};

test('a completion reads as OpenAI wrote it and is billed in disjoint buckets', async () => {
  const usage = {
    prompt_tokens: 1200,
    completion_tokens: 300,
    total_tokens: 1500,
    prompt_tokens_details: { cached_tokens: 1000 },
    completion_tokens_details: { reasoning_tokens: 120 },
  };
  const completion = await openai.chat.completions.create({ model: 'gpt-5', messages }, force({ usage, text: 'Little.' }));
  expect(completion.choices[0]?.message.content).toBe('Little.');
  expect(completion.usage).toEqual(usage);
  expect(lastBill()).toEqual({
    request: 1,
    provider: 'openai',
    operation: 'chat',
    requestModel: 'gpt-5',
    model: 'gpt-5-2025-08-07',
    responseId: completion.id,
    serviceTier: 'default',
    status: 200,
    streamed: false,
    usage: { input_uncached: 200, cache_read: 1000, output_text: 180, reasoning: 120 },
    usageOnWire: true,
  });
});

test('a stream carries its usage only when it was asked for', async () => {
  const silent = await openai.chat.completions.create({ model: 'gpt-5', messages, stream: true });
  for await (const chunk of silent) expect(chunk.usage).toBeUndefined();
  expect(lastBill()).toMatchObject({ streamed: true, usageOnWire: false });

  const spoken = await openai.chat.completions.create({
    model: 'gpt-5',
    messages,
    stream: true,
    stream_options: { include_usage: true },
  });
  const chunks = [];
  for await (const chunk of spoken) chunks.push(chunk);
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: expect.any(Number) as number } });
  expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true);
  expect(lastBill()).toMatchObject({ responseId: chunks[0]?.id, usageOnWire: true });
});

test('a tool loop calls the tool once and ends with text', async () => {
  const asked: unknown[] = [];
  const runner = openai.chat.completions.runTools({
    model: 'gpt-4.1',
    messages,
    tools: [
      {
        type: 'function',
        function: {
          name: 'get_price',
          description: 'price of a model',
          parse: JSON.parse,
          parameters: { type: 'object', properties: { model: { type: 'string' } }, required: ['model'] },
          function: (input: unknown) => {
            asked.push(input);
            return '1.25';
          },
        },
      },
    ],
  });
  expect(await runner.finalContent()).toMatch(/\w+ \w+/);
  expect(asked).toEqual([{ model: expect.any(String) as string }]);
  expect(simulator.bill()).toHaveLength(2);
});

test('structured output fits its schema, in chat and in responses', async () => {
  const Price = z.object({ model: z.string(), usd: z.number(), tiers: z.array(z.enum(['flex', 'priority'])) });
  const chat = await openai.chat.completions.parse({ model: 'gpt-5', messages, response_format: zodResponseFormat(Price, 'price') });
  expect(Price.parse(chat.choices[0]?.message.parsed)).toBeDefined();
  const response = await openai.responses.parse({ model: 'gpt-5', input: 'price?', text: { format: zodTextFormat(Price, 'price') } });
  expect(Price.parse(response.output_parsed)).toBeDefined();
});

test('the streaming helper puts a tool call together from its pieces', async () => {
  const stream = openai.chat.completions.stream({
    model: 'gpt-4.1',
    messages,
    tools: [{ type: 'function', function: { name: 'find', parameters: { type: 'object', properties: { city: { type: 'string' } } } } }],
  });
  const completion = await stream.finalChatCompletion();
  const call = completion.choices[0]?.message.tool_calls?.[0];
  expect(call).toMatchObject({ type: 'function', function: { name: 'find' } });
  expect(completion.choices[0]?.finish_reason).toBe('tool_calls');
});

test('a response and its event stream agree, with numbered events', async () => {
  const response = await openai.responses.create({ model: 'gpt-5-mini', input: 'hello', service_tier: 'flex' });
  expect(response.output_text).toMatch(/\w+/);
  expect(response).toMatchObject({ model: 'gpt-5-mini-2025-08-07', service_tier: 'flex' });

  const events = [];
  for await (const event of await openai.responses.create({ model: 'gpt-5', input: 'hello', stream: true })) events.push(event);
  expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, index) => index));
  expect(events[0]?.type).toBe('response.created');
  expect(events.at(-1)).toMatchObject({ type: 'response.completed', response: { usage: { input_tokens: expect.any(Number) as number } } });

  const final = await openai.responses.stream({ model: 'gpt-5', input: 'hello' }).finalResponse();
  expect(final.output_text.length).toBeGreaterThan(0);
  expect(lastBill()).toMatchObject({ operation: 'responses', responseId: final.id, usageOnWire: true });
});

test('web searches are items of the response and lines of the bill', async () => {
  const response = await openai.responses.create({ model: 'gpt-5', input: 'news', tools: [{ type: 'web_search' }] });
  const searches = response.output.filter((item) => item.type === 'web_search_call').length;
  expect(searches).toBeGreaterThan(0);
  expect(lastBill().usage.web_searches).toBe(searches);
});

test('a function call of a response is followed by text once its output is given', async () => {
  const tools = [{ type: 'function' as const, name: 'now', strict: false, parameters: { type: 'object', properties: {} } }];
  const first = await openai.responses.create({ model: 'gpt-5', input: 'time?', tools });
  const call = first.output.find((item) => item.type === 'function_call');
  if (!call) throw new Error('no function call');
  const second = await openai.responses.create({
    model: 'gpt-5',
    tools,
    input: [call, { type: 'function_call_output', call_id: call.call_id, output: 'noon' }],
  });
  expect(second.output_text).toMatch(/\w+/);
});

test('embeddings come as the vectors the SDK asks for and bill their input', async () => {
  const answer = await openai.embeddings.create({ model: 'text-embedding-3-small', input: ['one text', 'and another one'], dimensions: 8 });
  expect(answer.data.map(({ embedding }) => embedding.length)).toEqual([8, 8]);
  expect(answer.data[0]?.embedding.every((value) => Math.abs(value) <= 1)).toBe(true);
  expect(lastBill().usage).toEqual({ input_uncached: answer.usage.prompt_tokens });
  const floats = await openai.embeddings.create({ model: 'text-embedding-3-small', input: [1, 2, 3], encoding_format: 'float' });
  expect(floats.usage.prompt_tokens).toBe(3);
});

test('a rate limit is retried after the time it names, and billed as nothing', async () => {
  const request = openai.chat.completions.create(
    { model: 'gpt-5', messages },
    { ...force({ status: 429, retry_after_s: 0 }), maxRetries: 2 },
  );
  await expect(request).rejects.toMatchObject({ status: 429, code: 'rate_limit_exceeded' });
  expect(simulator.bill()).toHaveLength(3);
  for (const { status, usage } of simulator.bill()) expect({ status, usage }).toEqual({ status: 429, usage: {} });
});

test('a broken stream fails in the client, and its usage is billed but not on the wire', async () => {
  const stream = await openai.chat.completions.create(
    { model: 'gpt-5', messages, stream: true, stream_options: { include_usage: true } },
    force({ abort_after_chunks: 3, text: 'a text that is longer than three chunks of sixteen characters' }),
  );
  let seen = 0;
  const read = async () => {
    for await (const _chunk of stream) seen += 1;
  };
  await expect(read()).rejects.toThrow();
  expect(seen).toBeLessThanOrEqual(3);
  expect(lastBill()).toMatchObject({ status: 200, usageOnWire: false });
  expect(lastBill().usage.output_text).toBeGreaterThan(0);
});

test('an audio model bills audio apart from text', async () => {
  await openai.chat.completions.create({ model: 'gpt-4o-audio-preview', messages });
  expect(lastBill().usage).toMatchObject({ audio_input: expect.any(Number) as number, audio_output: expect.any(Number) as number });
});
