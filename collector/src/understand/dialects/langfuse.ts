import type { Attributes, AttributeValue, OtlpSpan } from '../../decode/otlp.ts';
import type { Dialect, Embedded, Profile } from '../dialect.ts';
import { pickCounts, readJson } from '../json-attribute.ts';
import { toCount } from '../read.ts';
import type { Counts, FactField } from '../reading.ts';

/*
 * Langfuse SDKs: https://langfuse.com/docs/opentelemetry. Usage is JSON in one attribute; its own integrations take the parts out of
 * `input` and `output`, people who fill it by hand do not. The total tells which.
 */
const USAGE = 'langfuse.observation.usage_details';

export const langfuse: Dialect = {
  name: 'langfuse',
  scopes: [/^langfuse-sdk$/],
  markers: ['langfuse.observation.type', USAGE],
  counts: {},
  facts: {
    operation: ['langfuse.observation.type'],
    provider: ['langfuse.observation.metadata.ls_provider'],
    requestModel: ['langfuse.observation.metadata.ls_model_name'],
    responseModel: ['langfuse.observation.model.name'],
    failed: ['langfuse.observation.level'],
    promptName: ['langfuse.observation.prompt.name'],
    promptVersion: ['langfuse.observation.prompt.version'],
  },
  operationNames: {
    generation: { role: 'inference', operation: 'chat' },
    embedding: { role: 'inference', operation: 'embeddings' },
    image: { role: 'inference', operation: 'image_generation' },
    agent: { role: 'agent', operation: 'invoke_agent' },
    chain: { role: 'agent', operation: 'chain' },
    span: { role: 'other', operation: 'span' },
    event: { role: 'other', operation: 'event' },
    tool: { role: 'tool', operation: 'execute_tool' },
    retriever: { role: 'retrieval', operation: 'retrieval' },
    guardrail: { role: 'other', operation: 'guardrail' },
    evaluator: { role: 'other', operation: 'evaluator' },
  },
  embedded: readDetails,
  profiles: [{ name: 'langfuse', input: 'disjoint', output: 'disjoint', basis: 'documented' }],
};

const DISJOINT: Profile = { name: 'langfuse/disjoint', input: 'disjoint', output: 'disjoint', basis: 'measured' };
const GEMINI: Profile = { name: 'langfuse/gemini', input: 'inclusive', output: 'exclusive', basis: 'documented' };
const INCLUSIVE: Profile = { name: 'langfuse/inclusive', input: 'inclusive', output: 'inclusive', basis: 'measured' };

function readDetails({ attributes, name, startMs }: OtlpSpan): Embedded {
  const usage = readJson(attributes.get(USAGE));
  const read = pickCounts(USAGE, usage ?? {}, {
    input: ['input', 'input_tokens', 'prompt_tokens', 'promptTokens', 'prompt_token_count', 'promptTokenCount'],
    output: ['output', 'output_tokens', 'completion_tokens', 'completionTokens', 'candidates_token_count', 'candidatesTokenCount'],
    total: ['total', 'total_tokens', 'totalTokens', 'total_token_count', 'totalTokenCount'],
    toolInput: ['tool_use_prompt_token_count', 'toolUsePromptTokenCount'],
    cacheRead: [
      'input_cached_tokens',
      'input_cache_read',
      'cache_read_input_tokens',
      'input_cached',
      'prompt_tokens_details.cached_tokens',
      'input_tokens_details.cached_tokens',
      'cached_content_token_count',
      'cachedContentTokenCount',
    ],
    cacheWrite: [
      'input_cache_creation',
      'cache_creation_input_tokens',
      'input_cache_write',
      'input_cache_creation_tokens',
      'input_cache_write_tokens',
    ],
    cacheWrite5m: [
      'input_cache_creation_5m',
      'input_ephemeral_5m_input_tokens',
      'input_cache_creation_ephemeral_5m',
      'cache_creation.ephemeral_5m_input_tokens',
    ],
    cacheWrite1h: [
      'input_cache_creation_1h',
      'input_ephemeral_1h_input_tokens',
      'input_cache_creation_ephemeral_1h',
      'cache_creation.ephemeral_1h_input_tokens',
    ],
    audioInput: ['input_audio_tokens', 'input_audio', 'prompt_tokens_details.audio_tokens'],
    imageInput: ['input_image_tokens'],
    reasoning: [
      'output_reasoning_tokens',
      'output_reasoning',
      'completion_tokens_details.reasoning_tokens',
      'output_tokens_details.reasoning_tokens',
      'thoughts_token_count',
      'thoughtsTokenCount',
    ],
    audioOutput: ['output_audio_tokens', 'output_audio', 'completion_tokens_details.audio_tokens'],
    imageOutput: ['output_image_tokens'],
  });
  const profile = profileOf(read.counts, usage);
  const beside = profile === DISJOINT ? addTextParts(read.counts, usage ?? {}) : {};
  return {
    counts: read.counts,
    origins: read.origins,
    raw: { ...read.raw, ...beside },
    profile,
    facts: {
      ...costOf(attributes),
      ...firstToken(attributes.get('langfuse.observation.completion_start_time'), startMs),
      ...operationOf(name),
    },
  };
}

/** Every detail is taken out of `input` or `output`, so also those that are plain text. */
const TEXT_PARTS = ['output_text_tokens', 'output_accepted_prediction_tokens', 'output_rejected_prediction_tokens'];

/** Cached tokens may be text, too, and have then been taken out twice: the total says what there was. */
function addTextParts(counts: Counts, usage: Readonly<Record<string, unknown>>): Record<string, number> {
  const beside: Record<string, number> = {};
  for (const key of ['input_text_tokens', ...TEXT_PARTS]) {
    const count = toCount(typeof usage[key] === 'number' ? usage[key] : undefined);
    if (count !== undefined) beside[`${USAGE}#${key}`] = count;
  }
  const part = (key: string) => beside[`${USAGE}#${key}`] ?? 0;
  if (counts.output !== undefined) for (const key of TEXT_PARTS) counts.output += part(key);
  if (counts.input === undefined || part('input_text_tokens') === 0) return beside;
  const { total, output = 0, reasoning = 0, audioOutput = 0, imageOutput = 0 } = counts;
  const { cacheRead = 0, cacheWrite = 0, audioInput = 0, imageInput = 0 } = counts;
  const rest = (total ?? NaN) - output - reasoning - audioOutput - imageOutput - cacheRead - cacheWrite - audioInput - imageInput;
  counts.input = rest >= 0 ? rest : counts.input + part('input_text_tokens');
  return beside;
}

/** In dollars, by what was paid for; people leave the sum out. */
function costOf(attributes: Attributes): Partial<Record<FactField, AttributeValue>> {
  const { total, ...parts } = readJson(attributes.get('langfuse.observation.cost_details')) ?? {};
  if (typeof total === 'number') return { costUsd: total };
  const costs = Object.values(parts).filter((cost) => typeof cost === 'number');
  return costs.length === 0 ? {} : { costUsd: costs.reduce((sum, cost) => sum + cost, 0) };
}

/** Providers' own field names are their own numbers; otherwise input + output = total says that they contain their parts. */
function profileOf({ input = 0, output = 0, total }: Counts, usage: Readonly<Record<string, unknown>> | undefined): Profile {
  if (usage && ('prompt_tokens' in usage || 'input_tokens_details' in usage)) return INCLUSIVE;
  if (usage && ('prompt_token_count' in usage || 'promptTokenCount' in usage)) return GEMINI;
  return total !== undefined && total === input + output ? INCLUSIVE : DISJOINT;
}

/** Written as a JSON text: `"2026-11-23T13:16:41.586Z"`, quotes included. */
function firstToken(value: AttributeValue | undefined, startMs: number): Partial<Record<FactField, AttributeValue>> {
  const time = typeof value === 'string' ? Date.parse(value.replaceAll('"', '')) : NaN;
  return time >= startMs ? { ttftMs: time - startMs } : {};
}

/** `observeOpenAI` calls embeddings and images generations, too, and names them after the method. */
function operationOf(name: string): Partial<Record<FactField, AttributeValue>> {
  const [, method] = /^OpenAI\.(embedding|image)/.exec(name) ?? [];
  return method === undefined ? {} : { operation: method };
}
