import { extendOtel } from './otel-genai.ts';

/* Mastra: https://mastra.ai/docs/observability. A generation sums up its steps; steps tell usage in newer versions only. */
export const mastra = extendOtel({
  name: 'mastra',
  scopes: [/^@mastra\//],
  markers: ['mastra.span.type'],
  counts: {
    cacheRead: ['gen_ai.usage.cached_input_tokens'],
    cacheWrite: ['gen_ai.usage.cache_write_tokens'],
    reasoning: ['gen_ai.usage.reasoning_tokens'],
    audioInput: ['gen_ai.usage.audio_input_tokens'],
    audioOutput: ['gen_ai.usage.audio_output_tokens'],
  },
  facts: {
    operation: ['mastra.span.type', 'gen_ai.operation.name'],
    session: ['mastra.metadata.threadId'],
    user: ['mastra.metadata.resourceId'],
  },
  operationNames: {
    model_generation: { role: 'inference', operation: 'chat' },
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
  profiles: [{ name: 'mastra', input: 'inclusive', output: 'inclusive', basis: 'documented' }],
});
