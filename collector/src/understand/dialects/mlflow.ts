import type { AttributeValue, OtlpSpan } from '../../decode/otlp.ts';
import type { Dialect, Embedded } from '../dialect.ts';
import { pickCounts, readJson } from '../json-attribute.ts';
import type { FactField } from '../reading.ts';

/*
 * MLflow's own attributes, exported by OTLP: https://mlflow.org/docs/latest/genai/tracing/opentelemetry/export. Each value is JSON, texts too. Input
 * contains cached tokens.
 */
const USAGE = 'mlflow.chat.tokenUsage';

export const mlflow: Dialect = {
  name: 'mlflow',
  scopes: [/^mlflow/],
  markers: ['mlflow.spanType', USAGE],
  counts: {},
  facts: {},
  operationNames: {
    CHAT_MODEL: { role: 'inference', operation: 'chat' },
    LLM: { role: 'inference', operation: 'chat' },
    EMBEDDING: { role: 'inference', operation: 'embeddings' },
    AGENT: { role: 'agent', operation: 'invoke_agent' },
    CHAIN: { role: 'agent', operation: 'chain' },
    WORKFLOW: { role: 'agent', operation: 'invoke_workflow' },
    TOOL: { role: 'tool', operation: 'execute_tool' },
    RETRIEVER: { role: 'retrieval', operation: 'retrieval' },
    RERANKER: { role: 'retrieval', operation: 'rerank' },
  },
  embedded: readValues,
  profiles: [{ name: 'mlflow', input: 'unknown', output: 'inclusive', basis: 'documented' }],
};

const FACTS: Partial<Record<FactField, string>> = {
  operation: 'mlflow.spanType',
  requestModel: 'mlflow.llm.model',
  provider: 'mlflow.llm.provider',
  user: 'mlflow.trace.user',
  session: 'mlflow.trace.session',
};

function readValues({ attributes }: OtlpSpan): Embedded {
  const facts: Partial<Record<FactField, AttributeValue>> = {};
  for (const [field, name] of Object.entries(FACTS)) {
    const value = attributes.get(name);
    if (typeof value === 'string') facts[field as FactField] = unquoted(value);
  }
  return {
    ...pickCounts(USAGE, readJson(attributes.get(USAGE)) ?? {}, {
      input: ['input_tokens'],
      output: ['output_tokens'],
      total: ['total_tokens'],
      cacheRead: ['cache_read_input_tokens'],
      cacheWrite: ['cache_creation_input_tokens'],
    }),
    facts,
  };
}

const unquoted = (value: string): string => /^"(.*)"$/s.exec(value)?.[1] ?? value;
