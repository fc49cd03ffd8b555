import type { Dialect } from '../dialect.ts';

/*
 * Gemini CLI: https://github.com/google-gemini/gemini-cli/blob/main/docs/cli/telemetry.md. The fields of Gemini's usageMetadata: input
 * contains cached tokens, output excludes thoughts, tokens of tool results stand beside the input. Its spans tell input and output again, and
 * nothing unless traces are switched on. Qwen Code, made of it, puts what any API says under the same names: OpenAI's output contains its thoughts,
 * Gemini's does not, and the total tells which.
 */
export const geminiCli: Dialect = {
  name: 'gemini-cli',
  scopes: [/^gemini-cli$/],
  names: [/^(?:gemini_cli|qwen-code)\.api_response$/],
  markers: [],
  counts: {
    input: ['input_token_count', 'gen_ai.usage.input_tokens'],
    output: ['output_token_count', 'gen_ai.usage.output_tokens'],
    total: ['total_token_count'],
    cacheRead: ['cached_content_token_count'],
    reasoning: ['thoughts_token_count'],
    toolInput: ['tool_token_count'],
  },
  facts: {
    operation: ['gen_ai.operation.name'],
    requestModel: ['model', 'gen_ai.request.model'],
    session: ['session.id', 'gen_ai.conversation.id'],
    user: ['user.email'],
    responseId: ['response_id'],
  },
  operationNames: {
    llm_call: { role: 'inference', operation: 'generate_content', withoutUsage: 'other' },
    agent_call: { role: 'agent', operation: 'invoke_agent' },
    user_prompt: { role: 'agent', operation: 'invoke_workflow' },
    tool_call: { role: 'tool', operation: 'execute_tool' },
  },
  unnamed: ({ attributes }) => (attributes.has('model') ? { role: 'inference', operation: 'generate_content' } : undefined),
  profiles: [
    { name: 'qwen-code', spanNames: /^qwen-code\./, input: 'inclusive', output: 'unknown', basis: 'documented' },
    { name: 'gemini-cli', input: 'inclusive', output: 'exclusive', basis: 'measured' },
  ],
};
