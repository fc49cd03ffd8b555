import type { OtlpSpan } from '../../decode/otlp.ts';
import type { Dialect, Embedded } from '../dialect.ts';

/*
 * Haystack's own tracing: https://docs.haystack.deepset.ai/docs/tracing. The scope is the application's. A component tells its class; model and usage
 * stand only inside its output, which is not kept: such calls are counted, and have no price unless a span below tells their usage.
 */
const TYPE = 'haystack.component.type';

/** Run in the process: nobody bills them. */
const LOCAL = /Local|SentenceTransformers|Fastembed|LlamaCpp/;

export const haystack: Dialect = {
  name: 'haystack',
  scopes: [],
  names: [/^haystack\.(?:component|pipeline|async_pipeline|agent)\.run$/],
  markers: [TYPE],
  counts: {},
  facts: {},
  /** How the names of classes end. */
  operationNames: {
    Generator: { role: 'inference', operation: 'chat' },
    Embedder: { role: 'inference', operation: 'embeddings' },
    Agent: { role: 'agent', operation: 'invoke_agent' },
    ToolInvoker: { role: 'tool', operation: 'execute_tool' },
    Retriever: { role: 'retrieval', operation: 'retrieval' },
    Ranker: { role: 'retrieval', operation: 'rerank' },
  },
  unnamed: ({ name }) => ({ role: 'agent', operation: name === 'haystack.agent.run' ? 'invoke_agent' : 'invoke_workflow' }),
  embedded: readClass,
  profiles: [{ name: 'haystack', input: 'inclusive', output: 'inclusive', basis: 'measured' }],
};

function readClass({ attributes }: OtlpSpan): Embedded | undefined {
  const type = attributes.get(TYPE);
  if (typeof type !== 'string') return undefined;
  const ending = LOCAL.test(type) ? undefined : Object.keys(haystack.operationNames).find((name) => type.endsWith(name));
  return { counts: {}, raw: {}, facts: { operation: ending ?? 'component' } };
}
