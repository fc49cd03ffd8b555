import { extendOtel } from './otel-genai.ts';

/*
 * Servers of open models: vLLM (https://docs.vllm.ai, scope `vllm.llm_engine`) and SGLang. One SERVER span per request, named `llm_request`,
 * with the oldest names of tokens; newer ones name no model. Cached tokens are part of the prompt.
 */
export const modelServer = extendOtel({
  name: 'model-server',
  scopes: [/^vllm/, /^sglang/],
  markers: ['gen_ai.latency.e2e', 'gen_ai.latency.time_in_queue'],
  facts: { ttftSeconds: ['gen_ai.latency.time_to_first_token'] },
  unnamed: ({ attributes }) => (attributes.has('gen_ai.usage.prompt_tokens') ? { role: 'inference', operation: 'chat' } : undefined),
  embedded: ({ scope }) => {
    const provider = ['vllm', 'sglang'].find((name) => scope.name.startsWith(name));
    return provider === undefined ? undefined : { counts: {}, raw: {}, facts: { provider } };
  },
  profiles: [{ name: 'model-server', input: 'inclusive', output: 'inclusive', basis: 'documented' }],
});
