import { extendOtel } from './otel-genai.ts';

/* AWS Strands Agents: https://strandsagents.com. Usage as the model's API tells it (Bedrock and Anthropic: without cached tokens); agent and loop spans sum up what is below them. */
export const strands = extendOtel({
  name: 'strands',
  scopes: [/^strands[.-]/],
  markers: ['event_loop.cycle_id'],
  operationNames: { execute_event_loop_cycle: { role: 'agent', operation: 'agent_step' } },
  unnamed: ({ name }) => (name === 'execute_event_loop_cycle' ? { role: 'agent', operation: 'agent_step' } : undefined),
  profiles: [
    { name: 'strands/bedrock', providers: ['aws.bedrock', 'anthropic', ''], input: 'exclusive', output: 'inclusive', basis: 'documented' },
    { name: 'strands', input: 'inclusive', output: 'inclusive', basis: 'documented' },
  ],
});
