import { extendOtel } from './otel-genai.ts';

/* Sentry's agent monitoring: https://develop.sentry.dev/sdk/telemetry/traces/modules/ai-agents/. Totals contain their parts. */
export const sentry = extendOtel({
  name: 'sentry',
  scopes: [/^sentry/, /^@sentry\//],
  markers: ['gen_ai.usage.input_tokens.cached', 'gen_ai.operation.type'],
  counts: {
    cacheRead: ['gen_ai.usage.input_tokens.cached'],
    cacheWrite: ['gen_ai.usage.input_tokens.cache_write'],
    reasoning: ['gen_ai.usage.output_tokens.reasoning'],
  },
  facts: { operation: ['gen_ai.operation.name', 'gen_ai.operation.type', 'sentry.op'] },
  operationNames: {
    'gen_ai.chat': { role: 'inference', operation: 'chat' },
    'gen_ai.responses': { role: 'inference', operation: 'chat' },
    'gen_ai.messages': { role: 'inference', operation: 'chat' },
    'gen_ai.models': { role: 'inference', operation: 'chat' },
    'gen_ai.generate_content': { role: 'inference', operation: 'generate_content' },
    'gen_ai.generate_text': { role: 'inference', operation: 'chat' },
    'gen_ai.stream_text': { role: 'inference', operation: 'chat' },
    'gen_ai.generate_object': { role: 'inference', operation: 'chat' },
    'gen_ai.stream_object': { role: 'inference', operation: 'chat' },
    'gen_ai.text_completion': { role: 'inference', operation: 'text_completion' },
    'gen_ai.embeddings': { role: 'inference', operation: 'embeddings' },
    'gen_ai.embed': { role: 'inference', operation: 'embeddings' },
    'gen_ai.embed_many': { role: 'inference', operation: 'embeddings' },
    'gen_ai.invoke_agent': { role: 'agent', operation: 'invoke_agent' },
    'gen_ai.pipeline': { role: 'agent', operation: 'invoke_workflow' },
    'gen_ai.create_agent': { role: 'other', operation: 'create_agent' },
    'gen_ai.handoff': { role: 'other', operation: 'handoff' },
    'gen_ai.execute_tool': { role: 'tool', operation: 'execute_tool' },
    ai_client: { role: 'inference', operation: 'chat' },
    agent: { role: 'agent', operation: 'invoke_agent' },
    tool: { role: 'tool', operation: 'execute_tool' },
  },
  profiles: [{ name: 'sentry', input: 'inclusive', output: 'inclusive', basis: 'documented' }],
});
