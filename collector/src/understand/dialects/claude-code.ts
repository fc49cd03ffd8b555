import type { Dialect } from '../dialect.ts';

/*
 * Claude Code: https://docs.claude.com/en/docs/claude-code/monitoring-usage. One `api_request` log event per request; beta spans say the
 * same. Input excludes cached tokens. Its metrics count the same tokens again and are not billed.
 */
export const claudeCode: Dialect = {
  name: 'claude-code',
  scopes: [],
  names: [/^claude_code\.(?:api_request|llm_request)$/],
  markers: [],
  counts: {
    input: ['input_tokens'],
    output: ['output_tokens'],
    cacheRead: ['cache_read_tokens'],
    cacheWrite: ['cache_creation_tokens'],
    cacheWrite5m: ['cache_creation_5m_tokens'],
    cacheWrite1h: ['cache_creation_1h_tokens'],
  },
  facts: {
    requestModel: ['model', 'gen_ai.request.model'],
    responseId: ['request_id'],
    costUsd: ['cost_usd'],
    ttftMs: ['ttft_ms'],
    serviceTier: ['speed'],
    session: ['session.id'],
    user: ['user.email', 'user.account_uuid', 'user.id'],
    customer: ['organization.id'],
    agent: ['agent.name'],
  },
  operationNames: {},
  unnamed: () => ({ role: 'inference', operation: 'chat' }),
  profiles: [{ name: 'claude-code', input: 'exclusive', output: 'inclusive', basis: 'measured' }],
};
