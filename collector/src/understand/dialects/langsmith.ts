import type { OtlpSpan } from '../../decode/otlp.ts';
import type { Embedded } from '../dialect.ts';
import { pickCounts, readJson, readPythonDict } from '../json-attribute.ts';
import { extendOtel } from './otel-genai.ts';

/* LangSmith: https://docs.langchain.com/langsmith/trace-with-opentelemetry. LangChain's usage contains its parts. */
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
  profiles: [{ name: 'langsmith', input: 'inclusive', output: 'inclusive', basis: 'measured' }],
});

/** Printed as a Python dict, or as JSON; of a model of LangChain's they stand in the run's metadata alone. */
function readDetails({ attributes }: OtlpSpan): Embedded {
  const metadata = readJson(attributes.get('langsmith.metadata.usage_metadata')) ?? {};
  const detailsOf = (name: string) => readPythonDict(attributes.get(`gen_ai.usage.${name}`)) ?? metadata[name];
  const details = Object.fromEntries(['input_token_details', 'output_token_details'].map((name) => [name, detailsOf(name)]));
  return pickCounts('gen_ai.usage', details, {
    cacheRead: ['input_token_details.cache_read'],
    cacheWrite: ['input_token_details.cache_creation'],
    cacheWrite5m: ['input_token_details.ephemeral_5m_input_tokens'],
    cacheWrite1h: ['input_token_details.ephemeral_1h_input_tokens'],
    audioInput: ['input_token_details.audio'],
    reasoning: ['output_token_details.reasoning'],
    audioOutput: ['output_token_details.audio'],
  });
}
