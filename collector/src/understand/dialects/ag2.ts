import { THINK_BESIDE_OUTPUT } from '../providers.ts';
import { extendOtel } from './otel-genai.ts';

/*
 * AG2: https://docs.ag2.ai. It passes on what each provider's API says. Since 1 each request is told a second time by a span that keeps accounts; those
 * that it makes for itself, to compact a history or to sum up a memory, are told there alone.
 */
export const ag2 = extendOtel({
  name: 'ag2',
  scopes: [/^opentelemetry\.instrumentation\.ag2$/],
  markers: ['ag2.span.type'],
  counts: { total: ['ag2.usage.total_tokens'] },
  facts: { operation: ['ag2.usage.kind', 'gen_ai.operation.name'] },
  operationNames: {
    model_call: { role: 'other', operation: 'record_usage' },
    subtask: { role: 'other', operation: 'record_usage' },
    compaction: { role: 'inference', operation: 'chat' },
    aggregation: { role: 'inference', operation: 'chat' },
  },
  profiles: [
    { name: 'ag2/anthropic', providers: ['anthropic', 'aws.bedrock'], input: 'exclusive', output: 'inclusive', basis: 'measured' },
    { name: 'ag2/thoughts-beside', providers: THINK_BESIDE_OUTPUT, input: 'inclusive', output: 'exclusive', basis: 'documented' },
    { name: 'ag2', input: 'inclusive', output: 'inclusive', basis: 'measured' },
  ],
});
