import { parseObject } from '../json.ts';
import type { JsonObject } from '../observed-call.ts';

const PARSED_WHOLE_CHARS = 64 * 1024;
const SCALARS = /"(id|responseId|model|modelVersion|service_tier|object)":\s*"([^"\\]{1,200})"/g;
const USAGE_KEYS = ['"usage"', '"usageMetadata"', '"meta"'];

/** A JSON body as an object: parsed when it is small, else only the few facts that stand at its edges. */
export function skimJson(json: string): JsonObject | undefined {
  if (json.length <= PARSED_WHOLE_CHARS) {
    const whole = parseObject(json);
    if (whole) return whole;
  }
  const facts: Record<string, unknown> = {};
  for (const edge of [json.slice(0, 4096), json.slice(-PARSED_WHOLE_CHARS)]) {
    for (const [, key, value] of edge.matchAll(SCALARS)) if (key && !(key in facts)) facts[key] = value;
  }
  for (const key of USAGE_KEYS) {
    const usage = lastObjectAt(json, key);
    if (usage) facts[key.slice(1, -1)] = usage;
  }
  return Object.keys(facts).length === 0 ? undefined : facts;
}

/** The object behind the last occurrence of a key that has one. */
function lastObjectAt(json: string, key: string): JsonObject | undefined {
  const from = json.lastIndexOf(key);
  const open = from === -1 ? -1 : json.indexOf('{', from + key.length);
  if (open === -1 || json.slice(from + key.length, open).trim() !== ':') return undefined;
  let depth = 0;
  for (let index = open; index < json.length; index++) {
    const char = json[index];
    if (char === '{') depth++;
    else if (char === '}' && --depth === 0) return parseObject(json.slice(open, index + 1));
  }
  return undefined;
}
