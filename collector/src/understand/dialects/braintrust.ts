import type { OtlpSpan } from '../../decode/otlp.ts';
import type { Dialect, Embedded } from '../dialect.ts';
import { pickCounts, pickTexts, readJson } from '../json-attribute.ts';

/*
 * Braintrust: https://www.braintrust.dev/docs/integrations/sdk-integrations/opentelemetry/attributes. Numbers, names and kinds are JSON in three
 * attributes. Its metrics are the provider's, made alike: prompt tokens contain cached ones.
 */
const METRICS = 'braintrust.metrics';

export const braintrust: Dialect = {
  name: 'braintrust',
  scopes: [/^braintrust/],
  markers: [METRICS, 'braintrust.span_attributes'],
  counts: {},
  facts: {},
  operationNames: {
    llm: { role: 'inference', operation: 'chat' },
    task: { role: 'agent', operation: 'invoke_workflow' },
    function: { role: 'other', operation: 'function' },
    eval: { role: 'other', operation: 'eval' },
    score: { role: 'other', operation: 'score' },
    tool: { role: 'tool', operation: 'execute_tool' },
  },
  embedded: readJsonAttributes,
  profiles: [{ name: 'braintrust', input: 'unknown', output: 'inclusive', basis: 'documented' }],
};

function readJsonAttributes({ attributes }: OtlpSpan): Embedded {
  const json = (name: string) => readJson(attributes.get(name)) ?? {};
  return {
    ...pickCounts(METRICS, json(METRICS), {
      input: ['prompt_tokens'],
      output: ['completion_tokens'],
      total: ['tokens'],
      cacheRead: ['prompt_cached_tokens'],
      cacheWrite: ['prompt_cache_creation_tokens'],
      cacheWrite5m: ['prompt_cache_creation_5m_tokens'],
      cacheWrite1h: ['prompt_cache_creation_1h_tokens'],
      audioInput: ['prompt_audio_tokens'],
      reasoning: ['completion_reasoning_tokens'],
      audioOutput: ['completion_audio_tokens'],
    }),
    facts: {
      ...pickTexts(json('braintrust.span_attributes'), { operation: ['type'] }),
      ...pickTexts(json('braintrust.metadata'), { requestModel: ['model'], provider: ['provider'] }),
    },
  };
}
