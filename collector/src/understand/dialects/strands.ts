import { extendOtel } from './otel-genai.ts';

/*
 * AWS Strands Agents: https://strandsagents.com. Agent and loop spans sum up what is below them. Until 1.52 input is what the model's API calls
 * so (Bedrock and Anthropic: without cached tokens); since 1.57, which writes the conventional names of cached tokens, it contains them.
 */
export const strands = extendOtel({
  name: 'strands',
  scopes: [/^strands[.-]/],
  markers: ['event_loop.cycle_id'],
  operationNames: { execute_event_loop_cycle: { role: 'agent', operation: 'agent_step' } },
  unnamed: ({ name }) => (name === 'execute_event_loop_cycle' ? { role: 'agent', operation: 'agent_step' } : undefined),
  profiles: [
    {
      name: 'strands>=1.57',
      havingAny: ['gen_ai.usage.cache_read.input_tokens', 'gen_ai.usage.cache_creation.input_tokens'],
      input: 'inclusive',
      output: 'inclusive',
      basis: 'measured',
    },
    { name: 'strands/bedrock', providers: ['aws.bedrock', 'anthropic', ''], input: 'exclusive', output: 'inclusive', basis: 'documented' },
    { name: 'strands', input: 'inclusive', output: 'inclusive', basis: 'documented' },
  ],
});
