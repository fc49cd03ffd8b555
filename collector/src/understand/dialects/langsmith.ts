import type { OtlpSpan } from '../../decode/otlp.ts';
import type { Embedded } from '../dialect.ts';
import { pickCounts, readJson } from '../json-attribute.ts';
import { extendOtel } from './otel-genai.ts';

/* LangSmith: https://docs.langchain.com/langsmith/trace-with-opentelemetry. LangChain's usage contains its parts; details are JSON. */
export const langSmith = extendOtel({
  name: 'langsmith',
  scopes: [/^langsmith/],
  markers: ['langsmith.span.kind', 'langsmith.trace.name'],
  facts: {
    operation: ['langsmith.span.kind', 'gen_ai.operation.name'],
    provider: ['gen_ai.provider.name', 'gen_ai.system', 'langsmith.metadata.ls_provider'],
    requestModel: ['gen_ai.request.model', 'langsmith.metadata.ls_model_name'],
    session: ['langsmith.trace.session_id', 'langsmith.metadata.session_id', 'langsmith.metadata.thread_id'],
    user: ['langsmith.metadata.user_id'],
  },
  operationNames: {
    llm: { role: 'inference', operation: 'chat' },
    embedding: { role: 'inference', operation: 'embeddings' },
    chain: { role: 'agent', operation: 'chain' },
    agent: { role: 'agent', operation: 'invoke_agent' },
    tool: { role: 'tool', operation: 'execute_tool' },
    retriever: { role: 'retrieval', operation: 'retrieval' },
    prompt: { role: 'other', operation: 'prompt' },
    parser: { role: 'other', operation: 'parser' },
  },
  embedded: readDetails,
  profiles: [{ name: 'langsmith', input: 'inclusive', output: 'inclusive', basis: 'documented' }],
});

const INPUT_DETAILS = 'gen_ai.usage.input_token_details';
const OUTPUT_DETAILS = 'gen_ai.usage.output_token_details';

function readDetails({ attributes }: OtlpSpan): Embedded {
  const input = pickCounts(INPUT_DETAILS, readJson(attributes.get(INPUT_DETAILS)) ?? {}, {
    cacheRead: ['cache_read'],
    cacheWrite: ['cache_creation'],
    cacheWrite5m: ['ephemeral_5m_input_tokens'],
    cacheWrite1h: ['ephemeral_1h_input_tokens'],
    audioInput: ['audio'],
  });
  const output = pickCounts(OUTPUT_DETAILS, readJson(attributes.get(OUTPUT_DETAILS)) ?? {}, {
    reasoning: ['reasoning'],
    audioOutput: ['audio'],
  });
  return {
    counts: { ...input.counts, ...output.counts },
    raw: { ...input.raw, ...output.raw },
    origins: { ...input.origins, ...output.origins },
  };
}
