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

export function stepAttributes({ keys, values }: Attributes): Record<string, string> {
  // No name that is kept is one that every object has.
  const kept: Record<string, string> = {};
  let count = 0;
  for (let place = 0; place < keys.length && count < MOST; place++) {
    const key = keys[place] ?? '';
    const value = values[place];
    if (typeof value === 'object' || value === undefined || value === '' || !isKept(key)) continue;
    kept[key] = String(value).slice(0, LONGEST);
    count++;
  }
  return kept;
}

const isKept = (key: string): boolean => KEPT.has(key) || KEPT_PREFIXES.some((prefix) => key.startsWith(prefix));
