import { type Dialect, UNKNOWN_EMITTER } from '../dialect.ts';
import { OTEL_COUNTS, OTEL_FACTS, OTEL_OPERATIONS } from './otel-genai.ts';

/*
 * Traceloop's OpenLLMetry, JavaScript and Python: https://github.com/traceloop/openllmetry-js, https://github.com/traceloop/openllmetry
 * OpenTelemetry names with Traceloop's own beside them; before 2024 `llm.*`.
 */
const PYTHON = /^opentelemetry\.instrumentation\.(?!openai_v2|vertexai_v2|google_genai)/;

export const openLlmetry: Dialect = {
  name: 'openllmetry',
  scopes: [
    /^@traceloop\//,
    /^opentelemetry\.instrumentation\.(?:openai|anthropic|bedrock|cohere|mistralai|groq|together|vertexai|google_generativeai|langchain|llamaindex|crewai|ollama|replicate|sagemaker|watsonx|alephalpha|writer|agno)$/,
  ],
  markers: ['traceloop.span.kind', 'llm.request.type', 'llm.usage.total_tokens', 'llm.usage.prompt_tokens'],
  counts: {
    ...OTEL_COUNTS,
    input: [...(OTEL_COUNTS.input ?? []), 'llm.usage.prompt_tokens', 'llm.usage.input_tokens'],
    output: [...(OTEL_COUNTS.output ?? []), 'llm.usage.completion_tokens', 'llm.usage.output_tokens'],
    total: ['gen_ai.usage.total_tokens', 'llm.usage.total_tokens'],
    cacheRead: [...(OTEL_COUNTS.cacheRead ?? []), 'llm.usage.cache_read_input_tokens'],
    cacheWrite: [...(OTEL_COUNTS.cacheWrite ?? []), 'llm.usage.cache_creation_input_tokens'],
    reasoning: [...(OTEL_COUNTS.reasoning ?? []), 'llm.usage.reasoning_tokens'],
  },
  facts: {
    ...OTEL_FACTS,
    operation: ['gen_ai.operation.name', 'llm.request.type', 'traceloop.span.kind'],
    requestModel: ['gen_ai.request.model', 'llm.request.model', 'llm.model.name'],
    responseModel: ['gen_ai.response.model', 'llm.response.model'],
    finishReasons: [
      'gen_ai.response.finish_reasons',
      'gen_ai.response.finish_reason',
      'llm.response.finish_reason',
      'llm.response.stop_reason',
    ],
  },
  operationNames: {
    ...OTEL_OPERATIONS,
    completion: { role: 'inference', operation: 'text_completion' },
    rerank: { role: 'inference', operation: 'rerank' },
    agent: { role: 'agent', operation: 'invoke_agent' },
    task: { role: 'other', operation: 'task' },
    tool: { role: 'tool', operation: 'execute_tool' },
  },
  unnamed: ({ name }) => (/\.(?:completion|chat)$/.test(name) ? { role: 'inference', operation: 'chat' } : undefined),
  profiles: [
    /** Looked up in a table by size and quality, whatever the answer says. */
    {
      name: 'openllmetry-js/images',
      scope: /^@traceloop\/instrumentation-openai$/,
      spanNames: /^image_/,
      input: 'inclusive',
      output: 'inclusive',
      estimates: 'all',
      basis: 'measured',
    },
    {
      name: 'openllmetry-js<=0.27/anthropic',
      scope: /^@traceloop\/instrumentation-anthropic$/,
      versions: '<=0.27.0',
      input: 'exclusive',
      output: 'inclusive',
      basis: 'measured',
    },
    {
      name: 'openllmetry-js<=0.27/bedrock',
      scope: /^@traceloop\/instrumentation-bedrock$/,
      versions: '<=0.27.0',
      input: 'exclusive',
      output: 'inclusive',
      basis: 'measured',
    },
    {
      name: 'openllmetry-js<=0.27/langchain-anthropic',
      scope: /^@traceloop\/instrumentation-langchain$/,
      versions: '<=0.27.0',
      providers: ['anthropic', 'aws.bedrock'],
      input: 'exclusive',
      output: 'inclusive',
      basis: 'measured',
    },
    {
      name: 'openllmetry/gemini',
      scope: /^(?:@traceloop\/|opentelemetry\.)/,
      providers: ['gcp.gemini', 'gcp.vertex_ai'],
      input: 'inclusive',
      output: 'exclusive',
      basis: 'measured',
    },
    {
      name: 'openllmetry-py/bedrock',
      scope: /^opentelemetry\.instrumentation\.bedrock$/,
      input: 'exclusive',
      output: 'inclusive',
      basis: 'measured',
    },
    {
      name: 'openllmetry-py/llamaindex-anthropic',
      scope: /^opentelemetry\.instrumentation\.llamaindex$/,
      providers: ['anthropic', 'aws.bedrock'],
      input: 'exclusive',
      output: 'inclusive',
      basis: 'measured',
    },
    { name: 'openllmetry-py', scope: PYTHON, input: 'inclusive', output: 'inclusive', basis: 'measured' },
    { name: 'openllmetry', scope: /^@?traceloop/, input: 'inclusive', output: 'inclusive', basis: 'measured' },
    UNKNOWN_EMITTER,
  ],
};
