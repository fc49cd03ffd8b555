import type { Profile } from '../dialect.ts';
import { THINK_BESIDE_OUTPUT } from '../providers.ts';
import { extendOtel } from './otel-genai.ts';

/*
 * Spring AI, whose spans are Micrometer's: https://docs.spring.io/spring-ai/reference/observability. Every value is a text. Of Claude it passes on what
 * the API says, of Gemini the answer without its thoughts; before 2 each request of a tool loop tells the sum of the loop so far.
 */
const PROFILES: readonly Profile[] = [
  { name: '/anthropic', providers: ['anthropic', 'aws.bedrock'], input: 'exclusive', output: 'inclusive', basis: 'documented' },
  { name: '/thoughts-beside', providers: THINK_BESIDE_OUTPUT, input: 'inclusive', output: 'exclusive', basis: 'documented' },
  { name: '', input: 'inclusive', output: 'inclusive', basis: 'documented' },
];

export const springAi = extendOtel({
  name: 'spring-ai',
  scopes: [/^org\.springframework\.boot$/],
  markers: ['spring.ai.kind'],
  facts: { session: ['spring.ai.chat.client.conversation.id', 'gen_ai.conversation.id'] },
  profiles: [
    // The version is Spring Boot's; Spring AI 1 runs with its versions before 4.
    ...PROFILES.map((profile) => ({ ...profile, name: `spring-ai<2${profile.name}`, versions: '<4', accumulates: true as const })),
    ...PROFILES.map((profile) => ({ ...profile, name: `spring-ai${profile.name}` })),
  ],
});
