import { expect, test } from 'vitest';
import { explain } from '../../src/account/explain.ts';
import { billOf, spanOf } from '../understand/span.ts';

const native = spanOf({
  scope: 'com.anthropic.sdk.typescript',
  version: '1.12.0',
  id: 2,
  parent: 1,
  attributes: {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'anthropic',
    'gen_ai.request.model': 'claude-opus-5',
    'gen_ai.usage.input_tokens': 6500,
    'gen_ai.usage.cache_read.input_tokens': 1000,
    'gen_ai.usage.cache_write.input_tokens': 500,
  },
});
const outer = spanOf({
  scope: '@arizeai/openinference-instrumentation-anthropic',
  id: 1,
  attributes: { 'openinference.span.kind': 'LLM', 'llm.model_name': 'claude-opus-5', 'llm.token_count.completion': 60 },
});

test('each bucket shows the attribute it came from, its rate and its amount; they add up to the cost', async () => {
  const { billed } = await billOf(native, outer);
  const { buckets, rules, text, cost_usd, confidence } = explain(billed[0]!);
  expect(buckets).toMatchObject([
    {
      meter: 'cache_write',
      quantity: 500,
      from: [{ attribute: 'gen_ai.usage.cache_write.input_tokens', value: 500 }],
      amount_usd: '0.003125',
    },
    {
      meter: 'cache_read',
      quantity: 1000,
      from: [{ attribute: 'gen_ai.usage.cache_read.input_tokens', value: 1000 }],
      amount_usd: '0.0005',
    },
    { meter: 'input_uncached', quantity: 5000, from: [{ attribute: 'gen_ai.usage.input_tokens', value: 6500 }], amount_usd: '0.025' },
    { meter: 'output_text', quantity: 60, from: [], amount_usd: '0.0015' },
  ]);
  expect(cost_usd).toBe('0.030125');
  expect(confidence).toBe('certain');
  expect(rules.map(({ rule }) => rule)).toEqual(['dialect', 'profile', 'one_request', 'output_from_other_span']);
  expect(text.join('\n')).toContain('input_uncached 5000 from gen_ai.usage.input_tokens = 6500');
  expect(text.join('\n')).toContain('output_text 60 from another span');
  expect(text.at(-1)).toMatch(/^billed: 0\.030125 USD/);
});

test('a call that is not billed names the one that is', async () => {
  const { calls } = await billOf(native, outer);
  const explained = explain(calls.find(({ billable }) => !billable)!);
  expect(explained).toMatchObject({ billable: false, not_billable_reason: 'outer_span_of_the_call', cost_usd: '0' });
  expect(explained.rules.at(-1)?.detail).toBe('billed instead: span 0000000000000002 of com.anthropic.sdk.typescript');
  expect(explained.text.at(-1)).toBe('not billed: outer_span_of_the_call');
});

test('an unknown cost says why; evidence of another make leaves what the call itself tells', async () => {
  const { billed } = await billOf(
    spanOf({ attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-6', 'gen_ai.usage.input_tokens': 5 } }),
  );
  const explained = explain({ ...billed[0]!, evidence: 'no JSON' });
  expect(explained).toMatchObject({ dialect: 'unknown', cost_usd: null, buckets: [{ meter: 'input_uncached', quantity: 5, from: [] }] });
  expect(explained.text.at(-1)).toMatch(/^billed, cost unknown: /);
});

test('a bucket of another span is not traced to an attribute of this one', async () => {
  const inner = spanOf({
    scope: '@traceloop/instrumentation-openai',
    id: 2,
    parent: 1,
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'gpt-5',
      'gen_ai.usage.output_tokens': 300,
      'gen_ai.usage.total_tokens': 300,
    },
  });
  const knowing = spanOf({
    scope: '@arizeai/openinference-instrumentation-openai',
    id: 1,
    attributes: {
      'openinference.span.kind': 'LLM',
      'llm.model_name': 'gpt-5',
      'llm.token_count.completion': 300,
      'llm.token_count.completion_details.reasoning': 120,
    },
  });
  const { billed } = await billOf(inner, knowing);
  const { buckets } = explain(billed[0]!);
  expect(buckets.find(({ meter }) => meter === 'reasoning')).toMatchObject({ quantity: 120, from: [] });
});
