import type { Attributes } from '../decode/otlp.ts';

/**
 * What a step keeps of its attributes: names of operations, tools, models and places. Everything else may hold what people wrote, and a
 * tree can be read without it.
 */
const KEPT = new Set([
  'ai.operationId',
  'ai.toolCall.name',
  'agent.name',
  'db.operation.name',
  'db.system',
  'db.system.name',
  'error.type',
  'genkit:name',
  'genkit:type',
  'http.request.method',
  'http.response.status_code',
  'http.route',
  'langfuse.observation.level',
  'langfuse.observation.type',
  'mastra.span.type',
  'mcp.method.name',
  'messaging.system',
  'openinference.span.kind',
  'rpc.method',
  'rpc.service',
  'rpc.system',
  'server.address',
  'server.port',
  'tool.name',
  'traceloop.entity.name',
  'traceloop.span.kind',
  'traceloop.workflow.name',
  'url.scheme',
  'url.template',
]);
const KEPT_PREFIXES = ['gen_ai.', 'tokenledger.'];

const MOST = 64;
const LONGEST = 256;

export function stepAttributes(attributes: Attributes): Record<string, string> {
  const { keys, values } = attributes;
  // No name that is kept is one that every object has.
  const kept: Record<string, string> = {};
  let count = 0;
  for (const place of placesOf(attributes)) {
    const value = values[place];
    if (typeof value === 'object' || value === undefined || value === '') continue;
    if (++count > MOST) break;
    kept[keys[place] ?? ''] = String(value).slice(0, LONGEST);
  }
  return kept;
}

/** Of each list of names that spans share the places of those that are kept. */
const known = new WeakMap<readonly string[], readonly number[]>();

function placesOf({ keys, areNamesShared }: Attributes): readonly number[] {
  const places = areNamesShared ? known.get(keys) : undefined;
  if (places) return places;
  const found = keys.flatMap((key, place) => (isKept(key) ? place : []));
  if (areNamesShared) known.set(keys, found);
  return found;
}

const isKept = (key: string): boolean => KEPT.has(key) || KEPT_PREFIXES.some((prefix) => key.startsWith(prefix));
