import { array, parseObject, parseValue } from '../json.ts';
import type { JsonObject } from '../observed-call.ts';
import { outerFacts } from './outer-facts.ts';

const PARSED_WHOLE_CHARS = 64 * 1024;
const FINISH = /"finish_reason":\s*"(\w+)"/g;
const GEMINI_FINISH = /"finishReason":\s*"(\w+)"/g;
/** Of each space it is clear what it belongs to: what is no list is known for none in one go. */
const SEARCHES = /"webSearchQueries":\s*(\[\s*(?:"(?:[^"\\]|\\.)*"\s*(?:,\s*)?)*\])/g;
/** The hosted tool that has a model of its own. */
const DRAWING_TOOL = /\{[^{}]*"type":\s*"image_generation"[^{}]*\}/;
/** A use of a hosted tool, and behind it what tells whether it is billed: what it did, in which container. */
const HOSTED_TOOL = /"type":\s*"(?:(\w+_call)|(search|open_page|find_in_page))"|"container_id":\s*"([^"]+)"/g;

/**
 * A JSON body as an object: parsed when it is small, else only the few facts that stand at its edges. An 8 MB list of
 * embeddings takes 34 ms to parse and, cut to its edges, 0.4 ms to skim.
 */
export function skimJson(json: string): JsonObject | undefined {
  const whole = json.length <= PARSED_WHOLE_CHARS ? parseObject(json) : undefined;
  if (whole) return whole;
  const facts = outerFacts(json);
  if (Object.keys(facts).length === 0) return undefined;
  const lists = { choices: choices(json), candidates: candidates(json), tools: drawingTool(json), output: hostedTools(json) };
  for (const [key, list] of Object.entries(lists)) if (list.length > 0) facts[key] = list;
  return facts;
}

function choices(json: string): readonly JsonObject[] {
  return [...json.matchAll(FINISH)].map(([, finish_reason]) => ({ finish_reason }));
}

function candidates(json: string): readonly JsonObject[] {
  const searches = [...json.matchAll(SEARCHES)].flatMap(([, list]) => array(parseValue(list ?? '')));
  const finished = [...json.matchAll(GEMINI_FINISH)].map(([, finishReason]) => ({ finishReason }));
  return searches.length === 0 ? finished : [...finished, { groundingMetadata: { webSearchQueries: searches } }];
}

function drawingTool(json: string): readonly JsonObject[] {
  const tool = parseObject(DRAWING_TOOL.exec(json.slice(-PARSED_WHOLE_CHARS))?.[0] ?? '');
  return tool ? [tool] : [];
}

function hostedTools(json: string): readonly JsonObject[] {
  const uses: Record<string, unknown>[] = [];
  for (const [, type, action, container] of json.matchAll(HOSTED_TOOL)) {
    const last = uses.at(-1);
    if (type) uses.push({ type });
    else if (last && action) last['action'] ??= { type: action };
    else if (last && container) last['container_id'] ??= container;
  }
  return uses;
}
