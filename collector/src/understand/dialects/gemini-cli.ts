import type { Dialect } from '../dialect.ts';

/*
 * Gemini CLI: https://github.com/google-gemini/gemini-cli/blob/main/docs/cli/telemetry.md. The fields of Gemini's usageMetadata: input
 * contains cached tokens, output excludes thoughts, tokens of tool results stand beside the input.
 */
export const geminiCli: Dialect = {
  name: 'gemini-cli',
  scopes: [],
  names: [/^gemini_cli\.api_response$/],
  markers: [],
  counts: {
    input: ['input_token_count'],
    output: ['output_token_count'],
    total: ['total_token_count'],
    cacheRead: ['cached_content_token_count'],
    reasoning: ['thoughts_token_count'],
    toolInput: ['tool_token_count'],
  },
  facts: { requestModel: ['model'], session: ['session.id'], user: ['user.email'], responseId: ['response_id'] },
  operationNames: {},
  unnamed: () => ({ role: 'inference', operation: 'generate_content' }),
  profiles: [{ name: 'gemini-cli', input: 'inclusive', output: 'exclusive', basis: 'measured' }],
};
