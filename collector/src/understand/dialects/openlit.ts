import type { AttributeValue, OtlpSpan } from '../../decode/otlp.ts';
import type { Dialect } from '../dialect.ts';
import { THINK_BESIDE_OUTPUT } from '../providers.ts';
import { OTEL_COUNTS, OTEL_FACTS, OTEL_OPERATIONS } from './otel-genai.ts';

/*
 * OpenLIT: https://github.com/openlit/openlit. OpenTelemetry names, but what they hold is what the provider's SDK said, and some of it is
 * made up from text lengths. Scope names mislead: OpenAI's chat comes under `@openlit/instrumentation-vllm`.
 */
export const openLit: Dialect = {
  name: 'openlit',
  scopes: [/^@openlit\//, /^openlit(?:\.|$)/],
  markers: ['openlit.agent.version_hash'],
  counts: {
    ...OTEL_COUNTS,
    cacheRead: [...(OTEL_COUNTS.cacheRead ?? []), 'gen_ai.usage.prompt_tokens_details.cache_read'],
    cacheWrite: [...(OTEL_COUNTS.cacheWrite ?? []), 'gen_ai.usage.prompt_tokens_details.cache_write'],
    reasoning: [...(OTEL_COUNTS.reasoning ?? []), 'gen_ai.usage.completion_tokens_details.reasoning'],
    audioOutput: [...(OTEL_COUNTS.audioOutput ?? []), 'gen_ai.usage.completion_tokens_details.audio'],
  },
  facts: OTEL_FACTS,
  operationNames: { ...OTEL_OPERATIONS, audio: { role: 'inference', operation: 'speech' } },
  embedded: (span) => (mayCount(span) ? { counts: {}, raw: {}, facts: { estimated: true } } : undefined),
  profiles: [
    /** Frameworks that have put the parts into the totals, whoever answers, or it has. */
    {
      name: 'openlit/framework',
      scope:
        /^(?:openlit\.instrumentation\.(?:langchain|langgraph|litellm|claude_agent_sdk|pydantic_ai)|@openlit\/instrumentation-claude-agent-sdk)$/,
      input: 'inclusive',
      output: 'inclusive',
      basis: 'documented',
    },
    {
      name: 'openlit-js/mistral-stream',
      scope: /^@openlit\/instrumentation-mistral$/,
      havingAny: ['gen_ai.server.time_per_output_token', 'gen_ai.server.time_to_first_token'],
      input: 'inclusive',
      output: 'inclusive',
      estimates: 'all',
      basis: 'measured',
    },
    {
      name: 'openlit-js/ollama-embeddings',
      scope: /^@openlit\/instrumentation-ollama$/,
      spanNames: /^embeddings /,
      input: 'inclusive',
      output: 'inclusive',
      estimates: 'all',
      basis: 'measured',
    },
    /** These never read a count of the provider's. */
    {
      name: 'openlit-js/estimate',
      scope: /^@openlit\/instrumentation-(?:replicate|huggingface|transformers)$/,
      input: 'inclusive',
      output: 'inclusive',
      estimates: 'all',
      basis: 'documented',
    },
    /** LangChain's streams of Claude's state the input where it is not looked for. */
    {
      name: 'openlit-js/langchain-anthropic-stream',
      scope: /^@openlit\/instrumentation-langchain$/,
      providers: ['anthropic'],
      havingAny: ['gen_ai.server.time_to_first_token', 'gen_ai.server.time_per_output_token'],
      input: 'exclusive',
      output: 'inclusive',
      estimates: 'input',
      basis: 'measured',
    },
    {
      name: 'openlit-js/langchain-anthropic',
      scope: /^@openlit\/instrumentation-langchain$/,
      providers: ['anthropic', 'aws.bedrock'],
      input: 'exclusive',
      output: 'inclusive',
      basis: 'measured',
    },
    /** Input is mostly guessed from the prompt's length while the cached tokens beside it are real; a stream of the Responses API states it, with them. */
    {
      name: 'openlit-js/langchain',
      scope: /^@openlit\/instrumentation-langchain$/,
      input: 'unknown',
      output: 'inclusive',
      estimates: 'input',
      basis: 'measured',
    },
    { name: 'openlit/anthropic', providers: ['anthropic', 'aws.bedrock'], input: 'exclusive', output: 'inclusive', basis: 'measured' },
    { name: 'openlit/thoughts-beside', providers: THINK_BESIDE_OUTPUT, input: 'inclusive', output: 'exclusive', basis: 'documented' },
    { name: 'openlit', input: 'inclusive', output: 'inclusive', basis: 'measured' },
  ],
};

const isSome = (cached: AttributeValue | undefined): boolean => Number(cached) > 0;

/** Who counts by itself what a stream does not state: the attribute that tells a stream, and the cached tokens that only a stated answer has. */
const COUNTED_STREAMS: readonly (readonly [scope: RegExp, stream: string, isStated: (cached: AttributeValue | undefined) => boolean])[] = [
  [/^openlit\.instrumentation\.openai$/, 'gen_ai.request.stream', (cached) => cached !== undefined],
  [/^openlit\.instrumentation\.langchain$/, 'gen_ai.request.stream', isSome],
  [/^@openlit\/instrumentation-(?:vllm|openai|ai21|gradient|together|groq)$/, 'gen_ai.request.is_stream', isSome],
];

const mayCount = ({ scope, attributes }: OtlpSpan): boolean =>
  COUNTED_STREAMS.some(
    ([name, stream, isStated]) =>
      name.test(scope.name) && attributes.get(stream) === true && !isStated(attributes.get('gen_ai.usage.cache_read.input_tokens')),
  );
