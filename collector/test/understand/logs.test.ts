import { describe, expect, test } from 'vitest';
import { Attributes, type AttributeValue, type OtlpLogRecord } from '../../src/decode/otlp.ts';
import { spansOfLogs } from '../../src/understand/logs.ts';
import { billOf, spanOf } from './span.ts';

const record = (attributes: Record<string, AttributeValue>, facts: Partial<OtlpLogRecord> = {}): OtlpLogRecord => ({
  traceId: undefined,
  spanId: undefined,
  isSampled: false,
  timeMs: Date.parse('2026-11-23T12:00:02Z'),
  eventName: '',
  attributes: Attributes.of(Object.entries(attributes)),
  resource: Attributes.of([['service.name', 'claude-code']]),
  scope: { name: 'com.anthropic.claude_code.events', version: '2.1.0' },
  ...facts,
});
const request = {
  'event.name': 'api_request',
  model: 'claude-opus-5',
  input_tokens: 2,
  output_tokens: 60,
  cache_read_tokens: 84_562,
  cache_creation_tokens: 0,
  duration_ms: 2000,
  request_id: 'req_1',
};

/** OpenTelemetry's event of one request, whose span was not sampled. */
const genAi = (facts: Partial<OtlpLogRecord> = {}) =>
  record(
    {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-5.6',
      'gen_ai.response.id': 'chatcmpl-1',
      'gen_ai.usage.input_tokens': 1200,
      'gen_ai.usage.cache_read.input_tokens': 1000,
      'gen_ai.usage.output_tokens': 300,
    },
    {
      traceId: '1'.padStart(32, '0'),
      spanId: '7'.padStart(16, '0'),
      eventName: 'gen_ai.client.inference.operation.details',
      scope: { name: 'opentelemetry.instrumentation.openai_v2', version: '2.4b0' },
      ...facts,
    },
  );

describe('OpenTelemetry’s event of a request', () => {
  const USAGE = { input_uncached: 200, cache_read: 1000, output_text: 300 };
  test.each([
    ['whose span was not sampled', genAi()],
    ['that has no span', genAi({ traceId: undefined, spanId: undefined })],
  ])('%s is a call', async (_, event) => {
    expect((await billOf(...spansOfLogs([event]))).billed).toMatchObject([{ provider: 'openai', model: 'gpt-5.6', usage: USAGE }]);
  });

  test('whose span came all the same is one call with it', async () => {
    const event = genAi();
    const span = spanOf({ scope: event.scope.name, id: 7, attributes: Object.fromEntries(event.attributes) });
    for (const spans of [
      [span, ...spansOfLogs([event])],
      [...spansOfLogs([event]), span],
    ]) {
      expect((await billOf(...spans)).billed).toMatchObject([{ usage: USAGE }]);
    }
  });
});

describe('log events of coding assistants', () => {
  test('a record exported twice is one call', async () => {
    const { sums } = await billOf(...spansOfLogs([record(request), record(request)]));
    expect(sums).toMatchObject({ calls: 1, input_uncached: 2, cache_read: 84_562 });
  });

  test('two requests without ids of their own are two calls', async () => {
    const { request_id: _, ...anonymous } = request;
    const later = record(anonymous, { timeMs: Date.parse('2026-11-23T12:00:09.5Z') });
    expect((await billOf(...spansOfLogs([record(anonymous), later]))).sums['calls']).toBe(2);
  });

  test('an event and the span of the same request are one call', async () => {
    const span = spanOf({
      scope: 'com.anthropic.claude_code.tracing',
      name: 'claude_code.llm_request',
      resource: { 'service.name': 'claude-code' },
      attributes: { ...request },
    });
    expect((await billOf(span, ...spansOfLogs([record(request)]))).sums).toMatchObject({ calls: 1, input_uncached: 2 });
  });

  test.each([
    ['OpenAI’s, whose output contains its thoughts', 1300, { input_uncached: 200, cache_read: 800, output_text: 180, reasoning: 120 }],
    ['Gemini’s, whose output does not', 1420, { input_uncached: 200, cache_read: 800, output_text: 300, reasoning: 120 }],
  ])('Qwen Code tells the numbers of the API that answers: %s', async (_, total, usage) => {
    const event = record(
      {
        'event.name': 'qwen-code.api_response',
        model: 'qwen3-coder-plus',
        duration_ms: 2000,
        input_token_count: 1000,
        output_token_count: 300,
        cached_content_token_count: 800,
        thoughts_token_count: 120,
        total_token_count: total,
      },
      { scope: { name: 'qwen-code', version: '' }, resource: Attributes.of([['service.name', 'qwen-code']]) },
    );
    expect((await billOf(...spansOfLogs([event]))).billed).toMatchObject([{ model: 'qwen3-coder-plus', provider: 'alibaba', usage }]);
  });

  test('the event begins when the request began', () => {
    expect(spansOfLogs([record(request)])).toMatchObject([
      { startMs: Date.parse('2026-11-23T12:00:00Z'), endMs: Date.parse('2026-11-23T12:00:02Z') },
    ]);
  });

  test.each([
    ['another event', record({ ...request, 'event.name': 'user_prompt' })],
    ['an api_request of somebody else', record(request, { scope: { name: 'mine', version: '' }, resource: new Attributes() })],
    ['a part of a stream', record({ 'event.name': 'codex.sse_event', 'event.kind': 'response.in_progress', input_token_count: 9 })],
    ['an event of a span that is sent', genAi({ isSampled: true })],
    ['an event of a prompt alone', genAi({ attributes: Attributes.of([['gen_ai.operation.name', 'chat']]) })],
    ['what Gemini CLI tells a second time', genAi({ scope: { name: 'gemini-cli', version: '' } })],
  ])('%s is none of the ledger’s business', (_, other) => {
    expect(spansOfLogs([other])).toEqual([]);
  });
});
