import { extendOtel } from './otel-genai.ts';

/*
 * Spring AI, whose spans are Micrometer's: https://docs.spring.io/spring-ai/reference/observability. Every value is a text. Of Claude it passes on what
 * the API says, of Gemini the answer without its thoughts.
 */
export const springAi = extendOtel({
  name: 'spring-ai',
  scopes: [/^org\.springframework\.boot$/],
  markers: ['spring.ai.kind'],
  profiles: [
    { name: 'spring-ai/anthropic', providers: ['anthropic', 'aws.bedrock'], input: 'exclusive', output: 'inclusive', basis: 'documented' },
    { name: 'spring-ai/gemini', providers: ['gcp.gemini', 'gcp.vertex_ai'], input: 'inclusive', output: 'exclusive', basis: 'documented' },
    { name: 'spring-ai', input: 'inclusive', output: 'inclusive', basis: 'documented' },
  ],
});
