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
  const kept: [string, string][] = [];
  for (const [key, value] of attributes) {
    if (kept.length >= MOST) break;
    if (typeof value === 'object' || value === '' || !isKept(key)) continue;
    kept.push([key, String(value).slice(0, LONGEST)]);
  }
  return Object.fromEntries(kept);
}

const isKept = (key: string): boolean => KEPT.has(key) || KEPT_PREFIXES.some((prefix) => key.startsWith(prefix));
