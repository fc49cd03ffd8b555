import { toDisjointUsage } from '@tokenledger/model';
import type { InclusiveUsage, Usage } from '@tokenledger/model';
import type { CompletionUsage } from 'openai/resources/completions';
import type { ResponseUsage } from 'openai/resources/responses/responses';
import { withoutZeros } from './answer.ts';
import type { DrawnTokens } from './plan.ts';

type WireUsage = Readonly<Record<string, unknown>>;

export function chatUsage(tokens: DrawnTokens): CompletionUsage {
  const prompt = inputTotal(tokens);
  const completion = outputTotal(tokens);
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: tokens.cacheRead, audio_tokens: tokens.audioInput },
    completion_tokens_details: {
      reasoning_tokens: tokens.reasoning,
      audio_tokens: tokens.audioOutput,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

export function responseUsage(tokens: DrawnTokens): ResponseUsage {
  const input = inputTotal(tokens);
  const output = outputTotal(tokens);
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: tokens.cacheRead, cache_write_tokens: tokens.cacheWrite },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: tokens.reasoning },
    total_tokens: input + output,
  };
}

/** The bill of a usage object of chat completions, responses or embeddings: totals contain their details. */
export function billOpenai(wire: WireUsage, webSearches = 0): Usage {
  const input = part(wire, 'prompt_tokens_details') ?? part(wire, 'input_tokens_details') ?? {};
  const output = part(wire, 'completion_tokens_details') ?? part(wire, 'output_tokens_details') ?? {};
  const inclusive: InclusiveUsage = {
    input_tokens: count(wire, 'prompt_tokens') ?? count(wire, 'input_tokens'),
    cache_read_tokens: count(input, 'cached_tokens'),
    cache_write_tokens: count(input, 'cache_write_tokens'),
    audio_input_tokens: count(input, 'audio_tokens'),
    output_tokens: count(wire, 'completion_tokens') ?? count(wire, 'output_tokens'),
    reasoning_tokens: count(output, 'reasoning_tokens'),
    audio_output_tokens: count(output, 'audio_tokens'),
    web_search_requests: webSearches,
  };
  return withoutZeros(toDisjointUsage(inclusive).usage);
}

function inputTotal(tokens: DrawnTokens): number {
  return tokens.inputUncached + tokens.cacheRead + tokens.cacheWrite + tokens.audioInput;
}

function outputTotal(tokens: DrawnTokens): number {
  return tokens.outputText + tokens.reasoning + tokens.audioOutput;
}

function part(wire: WireUsage, name: string): WireUsage | undefined {
  const value = wire[name];
  return typeof value === 'object' && value !== null ? (value as WireUsage) : undefined;
}

function count(wire: WireUsage, name: string): number | undefined {
  const value = wire[name];
  return typeof value === 'number' ? value : undefined;
}
