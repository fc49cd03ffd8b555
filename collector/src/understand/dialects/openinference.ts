import { type Dialect, type Meaning, UNKNOWN_EMITTER } from '../dialect.ts';
import { THINKING_GEMINI } from '../providers.ts';

/* Arize OpenInference: https://github.com/Arize-ai/openinference/blob/main/spec/semantic_conventions.md */
const OPENINFERENCE = /^(?:@arizeai\/openinference-|openinference\.)/;
/** LlamaIndex: every method of a model is a span of kind LLM. */
const PREPARES = /\._prepare_\w+$/;
const agent: Meaning = { role: 'agent', operation: 'invoke_agent' };

export const openInference: Dialect = {
  name: 'openinference',
  scopes: [OPENINFERENCE],
  markers: ['openinference.span.kind'],
  counts: {
    input: ['llm.token_count.prompt'],
    output: ['llm.token_count.completion'],
    total: ['llm.token_count.total'],
    /** Not `cache_input`, under which the package for LiteLLM writes text tokens. */
    cacheRead: ['llm.token_count.prompt_details.cache_read'],
    cacheWrite: ['llm.token_count.prompt_details.cache_write'],
    audioInput: ['llm.token_count.prompt_details.audio'],
    reasoning: ['llm.token_count.completion_details.reasoning'],
    audioOutput: ['llm.token_count.completion_details.audio'],
  },
  facts: {
    operation: ['openinference.span.kind'],
    provider: ['llm.provider', 'llm.system', 'embedding.provider'],
    requestModel: ['llm.request.model_name', 'llm.model_name', 'embedding.model_name', 'reranker.model_name'],
    responseModel: ['llm.response.model_name', 'llm.model_name'],
    responseId: ['llm.response.id'],
    finishReasons: ['llm.finish_reason', 'llm.stop_reason'],
    costUsd: ['llm.cost.total'],
    promptName: ['prompt.id', 'llm.prompt_template.name'],
    promptVersion: ['llm.prompt_template.version'],
    session: ['session.id'],
    user: ['user.id'],
  },
  operationNames: {
    LLM: { role: 'inference', operation: 'chat' },
    EMBEDDING: { role: 'inference', operation: 'embeddings' },
    RERANKER: { role: 'retrieval', operation: 'rerank' },
    RETRIEVER: { role: 'retrieval', operation: 'retrieval' },
    TOOL: { role: 'tool', operation: 'execute_tool' },
    AGENT: agent,
    CHAIN: { role: 'agent', operation: 'chain' },
    GUARDRAIL: { role: 'agent', operation: 'guardrail' },
    EVALUATOR: { role: 'agent', operation: 'evaluator' },
    PROMPT: { role: 'other', operation: 'prompt' },
  },
  embedded: ({ name }) => (PREPARES.test(name) ? { counts: {}, raw: {}, facts: { operation: 'prepare' } } : undefined),
  profiles: [
    {
      name: 'openinference-js/bedrock',
      scope: /^@arizeai\/openinference-instrumentation-bedrock/,
      input: 'exclusive',
      output: 'inclusive',
      basis: 'measured',
    },
    {
      name: 'openinference/claude-agent-sdk',
      scope: /claude[-_]agent[-_]sdk$/,
      input: 'exclusive',
      output: 'inclusive',
      basis: 'documented',
    },
    {
      name: 'openinference/agno-anthropic',
      scope: /^openinference\.instrumentation\.agno$/,
      providers: ['anthropic', 'aws.bedrock'],
      input: 'exclusive',
      output: 'inclusive',
      basis: 'measured',
    },
    /** Thoughts are neither in its output nor beside it, and there is no total; the models before 2.5 had none. */
    {
      name: 'openinference/agno-gemini',
      scope: /^openinference\.instrumentation\.agno$/,
      providers: ['gcp.gemini', 'gcp.vertex_ai'],
      models: THINKING_GEMINI,
      input: 'inclusive',
      output: 'exclusive',
      estimates: 'output',
      basis: 'measured',
    },
    { name: 'openinference', scope: OPENINFERENCE, input: 'inclusive', output: 'inclusive', basis: 'measured' },
    /** The specification leaves open what a total contains, and anybody may write these names. */
    UNKNOWN_EMITTER,
  ],
};
