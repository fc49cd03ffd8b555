import { extendOtel } from './otel-genai.ts';

/*
 * Google's Agent Development Kit: https://adk.dev. A request is a `generate_content` span inside a `call_llm` span that repeats it; older versions
 * have the outer one alone. Until 2.3 output leaves thoughts out and their name says that they are experimental.
 */
const EXPERIMENTAL = 'gen_ai.usage.experimental.';

export const googleAdk = extendOtel({
  name: 'google-adk',
  scopes: [/^gcp\.vertex\.agent$/],
  markers: ['gcp.vertex.agent.llm_request', 'gcp.vertex.agent.invocation_id'],
  counts: { reasoning: [`${EXPERIMENTAL}reasoning_tokens`], cacheRead: [`${EXPERIMENTAL}cached_tokens`] },
  facts: { session: ['gen_ai.conversation.id', 'gcp.vertex.agent.session_id'] },
  unnamed: ({ name }) => (name === 'call_llm' ? { role: 'inference', operation: 'chat' } : undefined),
  profiles: [
    { name: 'google-adk<2.3', having: [`${EXPERIMENTAL}reasoning_tokens`], input: 'inclusive', output: 'exclusive', basis: 'documented' },
    { name: 'google-adk', input: 'inclusive', output: 'inclusive', basis: 'documented' },
  ],
});
