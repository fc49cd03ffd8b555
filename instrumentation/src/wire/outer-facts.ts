import { parseValue } from '../json.ts';
import type { JsonObject } from '../observed-call.ts';

/** Structure that is looked at from each end: of lists of numbers every character is some. */
const FROM_START = 4 * 1024;
const FROM_END = 64 * 1024;
const MAX_KEY_CHARS = 40;
const MAX_TOLD_CHARS = 16 * 1024;

/** Small objects that tell what is billed, and what was asked for. */
const TOLD_BY = new Set([
  'generationConfig',
  'imageGenerationConfig',
  'inferenceConfig',
  'output_config',
  'reasoning',
  'usage',
  'usageMetadata',
  'usage_info',
  'meta',
  'metrics',
  'tool_usage',
  'providerMetadata',
  'finishReason',
  'serviceTier',
]);
/** What else may stand one step further in, where an event or a list is wrapped around the object. */
const WRAPPED = new Set([...TOLD_BY, 'id', 'responseId', 'model', 'modelVersion', 'service_tier', 'status', 'stop_reason', 'background']);
const VALUE = /\s*:\s*(?:(\{)|("(?:[^"\\]|\\.){0,200}"|true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?=\s*[,}\]]))/y;

const [QUOTE, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [34, 91, 93, 123, 125] as const;

/**
 * The short values that stand near either end of a large object. Texts are leapt over, whatever their length: read from the start or from
 * the end, a quote is always known to open or to close one.
 */
export function outerFacts(json: string): Record<string, unknown> {
  const outer: Record<string, unknown> = {};
  const wrapped: Record<string, unknown> = {};
  const keep = (start: number, end: number, depth: number): void => {
    if (depth > 2 || end - start > MAX_KEY_CHARS) return;
    VALUE.lastIndex = end + 1;
    const found = VALUE.exec(json);
    if (!found) return;
    const key = json.slice(start, end);
    const facts = depth === 2 ? wrapped : outer;
    if ((depth === 2 && !WRAPPED.has(key)) || Object.hasOwn(facts, key)) return;
    const [, brace, scalar = ''] = found;
    if (!brace) facts[key] = parseValue(scalar);
    else if (TOLD_BY.has(key)) facts[key] = objectAt(json, VALUE.lastIndex - 1);
  };
  // Of several answers in a list the last one counts.
  fromEnd(json, keep);
  fromStart(json, keep);
  return { ...wrapped, ...outer };
}

type OnText = (start: number, end: number, depth: number) => void;

function fromStart(json: string, onText: OnText): void {
  let depth = 0;
  for (let at = 0, left = FROM_START; left > 0 && at < json.length; at++, left--) {
    const char = json.charCodeAt(at);
    if (char === OPEN_OBJECT || char === OPEN_LIST) depth++;
    else if (char === CLOSE_OBJECT || char === CLOSE_LIST) depth--;
    else if (char === QUOTE) {
      const open = at;
      at = json.indexOf('"', at + 1);
      while (at !== -1 && isEscaped(json, at)) at = json.indexOf('"', at + 1);
      if (at === -1) return;
      onText(open + 1, at, depth);
    }
  }
}

function fromEnd(json: string, onText: OnText): void {
  let depth = 0;
  for (let at = json.length - 1, left = FROM_END; left > 0 && at >= 0; at--, left--) {
    const char = json.charCodeAt(at);
    if (char === CLOSE_OBJECT || char === CLOSE_LIST) depth++;
    else if (char === OPEN_OBJECT || char === OPEN_LIST) depth--;
    else if (char === QUOTE) {
      const close = at;
      at = json.lastIndexOf('"', at - 1);
      while (at > 0 && isEscaped(json, at)) at = json.lastIndexOf('"', at - 1);
      if (at <= 0) return;
      onText(at + 1, close, depth);
    }
  }
}

function isEscaped(json: string, at: number): boolean {
  let slashes = 0;
  while (json[at - 1 - slashes] === '\\') slashes++;
  return slashes % 2 === 1;
}

function objectAt(json: string, open: number): JsonObject | undefined {
  let depth = 0;
  for (let at = open; at < json.length && at - open < MAX_TOLD_CHARS; at++) {
    const char = json.charCodeAt(at);
    if (char === OPEN_OBJECT) depth++;
    else if (char === CLOSE_OBJECT && --depth === 0) return parseValue(json.slice(open, at + 1)) as JsonObject | undefined;
  }
  return undefined;
}
