import type { Dialect } from '../dialect.ts';

/*
 * VoltAgent: https://voltagent.dev/observability-docs. Requests are `llm:` spans with usage under llm.usage.*; agents repeat or sum it under
 * usage.*. The counts are the AI SDK's: totals contain their parts. Scores are given by a model, which no other span tells of.
 */
export const voltAgent: Dialect = {
  name: 'voltagent',
  scopes: [/^@?voltagent(?:\/|$)/],
  markers: ['llm.operation', 'usage.prompt_tokens'],
  counts: {
    input: ['llm.usage.prompt_tokens', 'usage.prompt_tokens'],
    output: ['llm.usage.completion_tokens', 'usage.completion_tokens'],
    total: ['llm.usage.total_tokens', 'usage.total_tokens'],
    cacheRead: ['llm.usage.cached_tokens', 'usage.cached_tokens'],
    reasoning: ['llm.usage.reasoning_tokens', 'usage.reasoning_tokens'],
  },
  facts: {
    operation: ['span.type', 'entity.type'],
    provider: ['llm.provider', 'ai.model.provider'],
    requestModel: ['llm.model', 'ai.model.name'],
    finishReasons: ['llm.finish_reason', 'ai.response.finish_reason'],
    costUsd: ['usage.cost'],
    session: ['conversation.id', 'conversationId'],
    user: ['user.id', 'userId'],
    agent: ['entity.name'],
  },
  operationNames: {
    llm: { role: 'inference', operation: 'chat' },
    scorer: { role: 'inference', operation: 'chat', withoutUsage: 'other' },
    agent: { role: 'agent', operation: 'invoke_agent' },
    workflow: { role: 'agent', operation: 'invoke_workflow' },
    'workflow-step': { role: 'agent', operation: 'workflow_step' },
    tool: { role: 'tool', operation: 'execute_tool' },
    retriever: { role: 'retrieval', operation: 'retrieval' },
    memory: { role: 'other', operation: 'memory' },
  },
  embedded: ({ attributes }) => (attributes.has('usage.cost') ? { counts: {}, raw: {}, facts: { costSource: 'provider' } } : undefined),
  profiles: [{ name: 'voltagent', input: 'inclusive', output: 'inclusive', basis: 'measured' }],
};
