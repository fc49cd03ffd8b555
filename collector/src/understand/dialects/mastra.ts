import { extendOtel } from './otel-genai.ts';

/*
 * Mastra: https://mastra.ai/docs/observability. Newer versions have one `chat` span per request, inside a generation and its steps that tell no
 * usage; older ones have the generation alone, which sums up. A request that fails ends with the finish reason `error` and an unset status.
 */
export const mastra = extendOtel({
  name: 'mastra',
  scopes: [/^@mastra\//],
  markers: ['mastra.span.type'],
  counts: {
    cacheRead: ['gen_ai.usage.cached_input_tokens'],
    cacheWrite: ['gen_ai.usage.cache_write_tokens'],
    cacheWrite5m: ['gen_ai.usage.cache_creation.5m_input_tokens'],
    cacheWrite1h: ['gen_ai.usage.cache_creation.1h_input_tokens'],
    reasoning: ['gen_ai.usage.reasoning_tokens'],
    audioInput: ['gen_ai.usage.audio_input_tokens'],
    audioOutput: ['gen_ai.usage.audio_output_tokens'],
  },
  facts: {
    operation: ['gen_ai.operation.name', 'mastra.span.type'],
    session: ['mastra.metadata.threadId'],
    user: ['mastra.metadata.resourceId'],
  },
  operationNames: {
    model_generation: { role: 'wrapper', operation: 'chat' },
    llm_generation: { role: 'inference', operation: 'chat' },
    model_step: { role: 'inference', operation: 'chat', withoutUsage: 'other' },
    model_inference: { role: 'inference', operation: 'chat', withoutUsage: 'other' },
    model_chunk: { role: 'other', operation: 'model_chunk' },
    agent_run: { role: 'agent', operation: 'invoke_agent' },
    workflow_run: { role: 'agent', operation: 'invoke_workflow' },
    workflow_step: { role: 'agent', operation: 'workflow_step' },
    tool_call: { role: 'tool', operation: 'execute_tool' },
    mcp_tool_call: { role: 'tool', operation: 'execute_tool' },
  },
  embedded: ({ attributes }) =>
    attributes.get('gen_ai.response.finish_reasons') === '["error"]' ? { counts: {}, raw: {}, facts: { failed: true } } : undefined,
  profiles: [{ name: 'mastra', input: 'inclusive', output: 'inclusive', basis: 'measured' }],
});
