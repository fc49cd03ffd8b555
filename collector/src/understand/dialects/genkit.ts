import type { OtlpSpan } from '../../decode/otlp.ts';
import type { Embedded } from '../dialect.ts';
import { extendOtel } from './otel-genai.ts';

/*
 * Firebase Genkit: https://genkit.dev/docs/observability. Usage stands only inside `genkit:output`, next to the model's answer, which is
 * not kept: such calls are counted, and have no price unless another span tells their usage. Where it is told to speak OpenTelemetry's names
 * it writes usage under these.
 */
export const genkit = extendOtel({
  name: 'genkit',
  scopes: [/^genkit-tracer/],
  markers: ['genkit:metadata:subtype', 'genkit:type'],
  facts: {
    operation: ['gen_ai.operation.name', 'genkit:metadata:subtype', 'genkit:type'],
    failed: ['genkit:state'],
    session: ['genkit:sessionId'],
  },
  operationNames: {
    model: { role: 'inference', operation: 'chat' },
    embedder: { role: 'inference', operation: 'embeddings' },
    'background-model': { role: 'inference', operation: 'chat' },
    flow: { role: 'agent', operation: 'invoke_workflow' },
    agent: { role: 'agent', operation: 'invoke_agent' },
    tool: { role: 'tool', operation: 'execute_tool' },
    'tool.v2': { role: 'tool', operation: 'execute_tool' },
    retriever: { role: 'retrieval', operation: 'retrieval' },
    reranker: { role: 'retrieval', operation: 'rerank' },
  },
  embedded: readName,
  profiles: [{ name: 'genkit', input: 'inclusive', output: 'inclusive', basis: 'documented' }],
});

/** `googleai/gemini-2.5-flash`: the plug-in and the model. Other actions are named freely. */
function readName({ attributes }: OtlpSpan): Embedded | undefined {
  const subtype = attributes.get('genkit:metadata:subtype');
  const name = attributes.get('genkit:name');
  if (typeof name !== 'string' || (subtype !== 'model' && subtype !== 'embedder')) return undefined;
  const [plugin, ...model] = name.split('/');
  return {
    counts: {},
    raw: {},
    facts: model.length === 0 ? { requestModel: name } : { provider: plugin ?? '', requestModel: model.join('/') },
  };
}
