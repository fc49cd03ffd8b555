import { extendOtel } from './otel-genai.ts';

/* OpenAI Agents SDK, through the OpenTelemetry instrumentations of it. Spans of agents and hand-offs hold no requests of their own. */
export const openAiAgents = extendOtel({
  name: 'openai-agents',
  scopes: [/^(?!openinference|@arizeai|@traceloop|@openlit).*openai[-_]agents/],
  operationNames: {
    response: { role: 'inference', operation: 'chat' },
    generation: { role: 'inference', operation: 'chat' },
    handoff: { role: 'other', operation: 'handoff' },
    guardrail: { role: 'other', operation: 'guardrail' },
  },
  profiles: [{ name: 'openai-agents', input: 'inclusive', output: 'inclusive', basis: 'documented' }],
});
