import { extendOtel } from './otel-genai.ts';

/* Laminar's SDK: https://docs.laminar.sh. OpenTelemetry's older names, with kinds of its own; totals contain their parts. Replayed answers were not asked for again. */
export const laminar = extendOtel({
  name: 'laminar',
  scopes: [/^lmnr/],
  markers: ['lmnr.span.type'],
  counts: { total: ['llm.usage.total_tokens'] },
  facts: { operation: ['gen_ai.operation.name', 'lmnr.span.type'] },
  operationNames: {
    LLM: { role: 'inference', operation: 'chat' },
    TOOL: { role: 'tool', operation: 'execute_tool' },
    DEFAULT: { role: 'other', operation: 'span' },
    CACHED: { role: 'other', operation: 'replayed' },
  },
  profiles: [
    /** Of a stream of Gemini's its package for Python adds up what the chunks say, and leaves thoughts out. */
    {
      name: 'laminar/gemini-stream',
      spanNames: /^gemini\.generate_content_stream$/,
      input: 'inclusive',
      output: 'inclusive',
      estimates: 'output',
      basis: 'measured',
    },
    { name: 'laminar', input: 'inclusive', output: 'inclusive', basis: 'measured' },
  ],
});
