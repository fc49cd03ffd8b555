import { extendOtel } from './otel-genai.ts';

/* Pydantic AI and Logfire: https://ai.pydantic.dev/logfire. Run spans sum up in gen_ai.aggregated_usage.*, which is not read; details stand under gen_ai.usage.details.* */
export const pydanticAi = extendOtel({
  name: 'pydantic-ai',
  scopes: [/^pydantic-ai/, /^logfire/],
  counts: {
    cacheRead: [
      'gen_ai.usage.details.cache_read_tokens',
      'gen_ai.usage.details.cache_read_input_tokens',
      'gen_ai.usage.details.cached_content_tokens',
    ],
    cacheWrite: ['gen_ai.usage.details.cache_write_tokens', 'gen_ai.usage.details.cache_creation_input_tokens'],
    reasoning: ['gen_ai.usage.details.reasoning_tokens', 'gen_ai.usage.details.thoughts_tokens', 'gen_ai.usage.details.thinking_tokens'],
    audioInput: ['gen_ai.usage.details.input_audio_tokens'],
    audioCacheRead: ['gen_ai.usage.details.cache_audio_read_tokens'],
    audioOutput: ['gen_ai.usage.details.output_audio_tokens'],
  },
  facts: { agent: ['gen_ai.agent.name', 'agent_name'] },
  unnamed: ({ name, attributes }) => {
    if (attributes.has('gen_ai.tool.name')) return { role: 'tool', operation: 'execute_tool' };
    if (/^(?:agent run|invoke_agent)/.test(name) || attributes.has('agent_name')) return { role: 'agent', operation: 'invoke_agent' };
    return name.startsWith('chat ') ? { role: 'inference', operation: 'chat' } : undefined;
  },
  profiles: [{ name: 'pydantic-ai', input: 'inclusive', output: 'inclusive', basis: 'measured' }],
});
