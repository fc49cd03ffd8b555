import type { OtlpSpan } from '../../decode/otlp.ts';
import type { Embedded } from '../dialect.ts';
import { pickCounts, readJson } from '../json-attribute.ts';
import { extendOtel } from './otel-genai.ts';

/*
 * Pydantic AI and Logfire: https://ai.pydantic.dev/logfire. Run spans sum up in gen_ai.aggregated_usage.*, which is not read; details stand under
 * gen_ai.usage.details.*. Logfire's instrumentations of SDKs make two spans of a stream: its opening, and a log at its end that tells the usage.
 */
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
  embedded: readLogfire,
  profiles: [{ name: 'pydantic-ai', input: 'inclusive', output: 'inclusive', basis: 'measured' }],
});

const RAW = 'gen_ai.usage.raw';

/** The usage as the API gave it; and whether the span is no request but the opening of a stream. */
function readLogfire(span: OtlpSpan): Embedded | undefined {
  const { scope, attributes } = span;
  if (!scope.name.startsWith('logfire.')) return undefined;
  return {
    ...pickCounts(RAW, readJson(attributes.get(RAW)) ?? {}, {
      reasoning: ['completion_tokens_details.reasoning_tokens', 'output_tokens_details.reasoning_tokens'],
      cacheWrite5m: ['cache_creation.ephemeral_5m_input_tokens'],
      cacheWrite1h: ['cache_creation.ephemeral_1h_input_tokens'],
      webSearches: ['server_tool_use.web_search_requests'],
    }),
    ...(opensStream(span) && { facts: { operation: 'open_stream' } }),
  };
}

/** What was answered at once has an id, what failed a status. */
const opensStream = ({ status, attributes }: OtlpSpan): boolean =>
  status !== 'error' &&
  attributes.get('logfire.span_type') === 'span' &&
  attributes.get('gen_ai.operation.name') === 'chat' &&
  !['gen_ai.response.id', RAW, 'gen_ai.usage.output_tokens'].some((name) => attributes.has(name));
