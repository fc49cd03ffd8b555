import type { CreateEmbeddingResponse } from 'openai/resources/embeddings';
import { z } from 'zod';
import type { Answer, Endpoint } from './answer.ts';
import type { Draw } from './draw.ts';
import { openaiError } from './openai-error.ts';
import { billOpenai } from './openai-usage.ts';
import type { Plan } from './plan.ts';

const bodySchema = z.looseObject({
  model: z.string(),
  input: z.union([z.string(), z.array(z.string()), z.array(z.number()), z.array(z.array(z.number()))]),
  dimensions: z.number().int().positive().optional(),
  encoding_format: z.enum(['float', 'base64']).optional(),
});
type Body = z.infer<typeof bodySchema>;

const DEFAULT_DIMENSIONS = 1536;
const CHARACTERS_PER_TOKEN = 4;

export const openaiEmbeddings: Endpoint = {
  path: '/v1/embeddings',
  provider: 'openai',
  operation: 'embeddings',
  read(body) {
    const parsed = bodySchema.safeParse(body);
    if (!parsed.success) return undefined;
    return {
      ask: { model: parsed.data.model, stream: false, tools: [], toolResultGiven: false, cache: 'none', thinks: false, webSearch: false },
      answer: (plan) => answer(parsed.data, plan),
    };
  },
  error: openaiError,
};

function answer(body: Body, plan: Plan): Answer {
  const { forced, draw } = plan;
  const inputs = toInputs(body.input);
  const tokens = inputs.reduce((sum, input) => sum + countTokens(input), 0);
  const drawn = { prompt_tokens: tokens, total_tokens: tokens };
  const usage = forced.usage === undefined ? drawn : (forced.usage as unknown as typeof drawn | null);
  const model = forced.model ?? body.model;
  const vectors = inputs.map(() => drawVector(body.dimensions ?? DEFAULT_DIMENSIONS, draw));
  const list = {
    object: 'list',
    model,
    data: vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      // The SDK asks for base64 of little-endian float32 unless told otherwise.
      embedding: body.encoding_format === 'base64' ? Buffer.from(vector.buffer).toString('base64') : [...vector],
    })),
    ...(usage && { usage }),
  } satisfies Wire<CreateEmbeddingResponse>;
  return { model, usage: billOpenai({ ...(usage ?? drawn) }), body: list, bodyHasUsage: usage !== null, events: [] };
}

type Wire<T extends CreateEmbeddingResponse> = Omit<T, 'data' | 'usage'> & {
  readonly data: readonly (Omit<T['data'][number], 'embedding'> & { readonly embedding: number[] | string })[];
  readonly usage?: T['usage'];
};

type Input = string | readonly number[];

function toInputs(input: Body['input']): readonly Input[] {
  if (typeof input === 'string') return [input];
  return isTokens(input) ? [input] : input;
}

function isTokens(input: readonly (Input | number)[]): input is readonly number[] {
  return typeof input[0] === 'number';
}

function countTokens(input: Input): number {
  return typeof input === 'string' ? Math.max(1, Math.ceil(input.length / CHARACTERS_PER_TOKEN)) : input.length;
}

function drawVector(dimensions: number, draw: Draw): Float32Array {
  return Float32Array.from({ length: dimensions }, () => draw.unit() * 2 - 1);
}
