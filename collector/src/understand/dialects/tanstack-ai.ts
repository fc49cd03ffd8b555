import { UNKNOWN_EMITTER } from '../dialect.ts';
import { THINK_BESIDE_OUTPUT } from '../providers.ts';
import { extendOtel } from './otel-genai.ts';

/*
 * TanStack AI's middleware: https://tanstack.com/ai/latest/docs/advanced/otel. OpenTelemetry's names under the application's own scope; what they hold is
 * what each API says. A span without an operation sums up the steps below it.
 */
export const tanStackAi = extendOtel({
  name: 'tanstack-ai',
  scopes: [],
  markers: ['tanstack.ai.iteration', 'tanstack.ai.iterations', 'tanstack.ai.tool.outcome'],
  profiles: [
    { name: 'tanstack-ai/anthropic', providers: ['anthropic'], input: 'exclusive', output: 'inclusive', basis: 'documented' },
    {
      name: 'tanstack-ai/thoughts-beside',
      providers: THINK_BESIDE_OUTPUT,
      input: 'inclusive',
      output: 'exclusive',
      basis: 'documented',
    },
    { ...UNKNOWN_EMITTER, name: 'tanstack-ai' },
  ],
});
