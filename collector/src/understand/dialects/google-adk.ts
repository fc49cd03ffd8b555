import type { Profile } from '../dialect.ts';
import { extendOtel } from './otel-genai.ts';

/*
 * Google's Agent Development Kit: https://adk.dev. A request is a `generate_content` span inside a `call_llm` span that repeats it; older versions
 * have the outer one alone. Until 2.3 output leaves thoughts out and their name says that they are experimental.
 * What LiteLLM and OpenAI call output has thoughts in it, and they are added to it all the same.
 */
const EXPERIMENTAL = 'gen_ai.usage.experimental.';

/** LiteLLM's names begin with the provider's. */
const THOUGHTS_IN_OUTPUT: readonly Pick<Profile, 'models' | 'providers'>[] = [
  { models: /^(?!projects\/|publishers\/|models\/|apigee\/.*gemini)[^/]+\// },
  { providers: ['openai', 'azure.ai.openai'] },
];

export const googleAdk = extendOtel({
  name: 'google-adk',
  scopes: [/^gcp\.vertex\.agent$/],
  markers: ['gcp.vertex.agent.llm_request', 'gcp.vertex.agent.invocation_id'],
  counts: { reasoning: [`${EXPERIMENTAL}reasoning_tokens`], cacheRead: [`${EXPERIMENTAL}cached_tokens`] },
  facts: { session: ['gen_ai.conversation.id', 'gcp.vertex.agent.session_id'] },
  unnamed: ({ name }) => (name === 'call_llm' ? { role: 'inference', operation: 'chat' } : undefined),
  profiles: [
    ...THOUGHTS_IN_OUTPUT.map((fitting): Profile => {
      const having = [`${EXPERIMENTAL}reasoning_tokens`];
      return { ...fitting, name: 'google-adk<2.3/openai', having, input: 'inclusive', output: 'inclusive', basis: 'documented' };
    }),
    { name: 'google-adk<2.3', having: [`${EXPERIMENTAL}reasoning_tokens`], input: 'inclusive', output: 'exclusive', basis: 'documented' },
    ...THOUGHTS_IN_OUTPUT.map((fitting): Profile => ({
      ...fitting,
      name: 'google-adk/openai',
      input: 'inclusive',
      output: 'twice',
      basis: 'measured',
    })),
    { name: 'google-adk', input: 'inclusive', output: 'inclusive', basis: 'measured' },
  ],
});
