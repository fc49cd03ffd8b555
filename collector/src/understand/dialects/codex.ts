import type { Dialect } from '../dialect.ts';

/*
 * Codex CLI: https://developers.openai.com/codex/config-advanced. Usage comes with the event that ends a streamed response, over SSE or
 * WebSocket; `tool_token_count` is the total. Input contains cached tokens. Its traces tell the same numbers again, on a span that knows neither
 * model nor response and begins after the event: they are not read, like its metrics.
 */
export const codex: Dialect = {
  name: 'codex',
  scopes: [],
  names: [/^codex\.(?:sse_event|websocket_event)$/],
  markers: [],
  counts: {
    input: ['input_token_count'],
    output: ['output_token_count'],
    total: ['tool_token_count'],
    cacheRead: ['cached_token_count'],
    cacheWrite: ['cache_write_token_count'],
    reasoning: ['reasoning_token_count'],
  },
  facts: {
    requestModel: ['model', 'slug'],
    responseId: ['response.id'],
    ttftMs: ['ttft_ms'],
    session: ['conversation.id'],
    user: ['user.email', 'user.account_id'],
  },
  operationNames: {},
  unnamed: () => ({ role: 'inference', operation: 'chat' }),
  profiles: [{ name: 'codex', input: 'inclusive', output: 'inclusive', basis: 'measured' }],
};
