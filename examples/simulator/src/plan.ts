import type { Draw } from './draw.ts';
import { isAudioModel, isReasoningModel } from './dated-model.ts';
import type { ForcedAnswer } from './forced-answer.ts';
import { sampleJson } from './sample-json.ts';
import type { JsonSchema } from './sample-json.ts';

/** What a request asks for, whichever provider's words it used. */
export interface Ask {
  readonly model: string;
  readonly stream: boolean;
  readonly tools: readonly { readonly name: string; readonly schema: JsonSchema }[];
  readonly toolChoice?: 'none' | { readonly name: string } | undefined;
  readonly toolResultGiven: boolean;
  /** Structured output. */
  readonly schema?: JsonSchema | undefined;
  /** OpenAI caches by itself; Anthropic only what the request marks, for the time it names. */
  readonly cache: 'automatic' | '5m' | '1h' | 'none';
  readonly thinks: boolean;
  readonly webSearch: boolean;
}

/** Token counts of one answer, disjoint. */
export interface DrawnTokens {
  readonly inputUncached: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly audioInput: number;
  readonly outputText: number;
  readonly reasoning: number;
  readonly audioOutput: number;
}

/** Everything about an answer that does not depend on the provider's shapes. */
export interface Plan {
  readonly draw: Draw;
  readonly createdMs: number;
  readonly forced: ForcedAnswer;
  readonly text: string;
  readonly toolCall?: { readonly name: string; readonly argumentsJson: string } | undefined;
  readonly tokens: DrawnTokens;
  readonly webSearches: number;
}

const WORDS =
  'the ledger shows that most of the spend comes from long prompts repeated many times which a cache would make cheaper so start there and measure again next week'.split(
    ' ',
  );

/** OpenAI caches prompts of at least 1,024 tokens in steps of 128; Anthropic's smallest cacheable prompt is also 1,024. */
const SMALLEST_CACHED_PROMPT = 1024;
const CACHE_STEP = 128;

export function planAnswer(ask: Ask, forced: ForcedAnswer, draw: Draw, createdMs: number): Plan {
  const tokens = drawTokens(ask, draw);
  const webSearches = ask.webSearch ? draw.between(1, 3) : 0;
  const tool = chooseTool(ask);
  const toolCall = tool && { name: tool.name, argumentsJson: JSON.stringify(sampleJson(tool.schema, draw)) };
  const text = forced.text ?? (ask.schema ? JSON.stringify(sampleJson(ask.schema, draw)) : drawText(draw));
  return { draw, createdMs, forced, text, toolCall, tokens, webSearches };
}

/** A request that offers tools gets a tool call first and the text once a tool has answered, so that tool loops end. */
function chooseTool(ask: Ask): Ask['tools'][number] | undefined {
  if (ask.toolChoice === 'none' || ask.toolResultGiven) return undefined;
  const wanted = ask.toolChoice?.name;
  return wanted === undefined ? ask.tools[0] : ask.tools.find((tool) => tool.name === wanted);
}

function drawTokens(ask: Ask, draw: Draw): DrawnTokens {
  const input = draw.logBetween(150, 12_000);
  const cacheable = ask.cache !== 'none' && input >= SMALLEST_CACHED_PROMPT;
  const cached = cacheable ? Math.floor((input * draw.pick([0, 0.5, 0.8, 0.95])) / CACHE_STEP) * CACHE_STEP : 0;
  const written = cacheable && ask.cache !== 'automatic' && draw.chance(0.4) ? Math.floor((input - cached) * 0.7) : 0;
  const audio = isAudioModel(ask.model);
  const audioInput = audio ? Math.floor((input - cached) * 0.6) : 0;
  const reasons = ask.thinks || isReasoningModel(ask.model);
  return {
    inputUncached: input - cached - written - audioInput,
    cacheRead: cached,
    cacheWrite: written,
    audioInput,
    outputText: draw.logBetween(20, 900),
    reasoning: reasons ? draw.between(0, 20) * 64 : 0,
    audioOutput: audio ? draw.between(50, 600) : 0,
  };
}

function drawText(draw: Draw): string {
  const start = draw.between(0, WORDS.length - 1);
  const length = draw.between(8, 40);
  return Array.from({ length }, (_, index) => WORDS[(start + index) % WORDS.length]).join(' ');
}

/** Text cut as models stream it: a few characters at a time, nothing lost. */
export function toPieces(text: string): readonly string[] {
  return text.match(/[\s\S]{1,16}/g) ?? [''];
}
