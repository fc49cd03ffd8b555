import type { AttributeValue, OtlpSpan } from '../../decode/otlp.ts';
import type { Dialect, Embedded, Profile } from '../dialect.ts';
import { pickCounts, pickTexts, readJson } from '../json-attribute.ts';
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
const INCLUSIVE: Profile = { name: 'langfuse/inclusive', input: 'inclusive', output: 'inclusive', basis: 'measured' };

function readDetails({ attributes, name, startMs }: OtlpSpan): Embedded {
  const usage = readJson(attributes.get(USAGE));
  const read = pickCounts(USAGE, usage ?? {}, {
    input: ['input', 'input_tokens', 'prompt_tokens', 'promptTokens'],
    output: ['output', 'output_tokens', 'completion_tokens', 'completionTokens'],
    total: ['total', 'total_tokens', 'totalTokens'],
    cacheRead: [
      'input_cached_tokens',
      'input_cache_read',
      'cache_read_input_tokens',
      'input_cached',
      'prompt_tokens_details.cached_tokens',
      'input_tokens_details.cached_tokens',
    ],
    cacheWrite: ['input_cache_creation', 'cache_creation_input_tokens', 'input_cache_write', 'input_cache_creation_tokens'],
    cacheWrite5m: ['input_cache_creation_5m', 'input_ephemeral_5m_input_tokens', 'input_cache_creation_ephemeral_5m'],
    cacheWrite1h: ['input_cache_creation_1h', 'input_ephemeral_1h_input_tokens', 'input_cache_creation_ephemeral_1h'],
    audioInput: ['input_audio_tokens', 'input_audio', 'prompt_tokens_details.audio_tokens'],
    reasoning: [
      'output_reasoning_tokens',
      'output_reasoning',
      'completion_tokens_details.reasoning_tokens',
      'output_tokens_details.reasoning_tokens',
    ],
    audioOutput: ['output_audio_tokens', 'output_audio', 'completion_tokens_details.audio_tokens'],
  });
  const predicted = pickCounts(USAGE, usage ?? {}, {
    output: ['output_accepted_prediction_tokens'],
    total: ['output_rejected_prediction_tokens'],
  });
  const profile = profileOf(read.counts, usage);
  const besideOutput = profile === DISJOINT ? (predicted.counts.output ?? 0) + (predicted.counts.total ?? 0) : 0;
  if (read.counts.output !== undefined) read.counts.output += besideOutput;
  const cost = pickTexts(readJson(attributes.get('langfuse.observation.cost_details')) ?? {}, { costUsd: ['total'] });
  return {
    counts: read.counts,
    origins: read.origins,
    raw: { ...read.raw, ...predicted.raw },
    profile,
    facts: { ...cost, ...firstToken(attributes.get('langfuse.observation.completion_start_time'), startMs), ...operationOf(name) },
  };
}

/** OpenAI's own field names are OpenAI's own numbers; otherwise input + output = total says that they contain their parts. */
function profileOf({ input = 0, output = 0, total }: Counts, usage: Readonly<Record<string, unknown>> | undefined): Profile {
  if (usage && 'prompt_tokens' in usage) return INCLUSIVE;
  return total !== undefined && total === input + output ? INCLUSIVE : DISJOINT;
}

/** Written as a JSON text: `"2026-11-23T13:16:41.586Z"`, quotes included. */
function firstToken(value: AttributeValue | undefined, startMs: number): Partial<Record<FactField, AttributeValue>> {
  const time = typeof value === 'string' ? Date.parse(value.replaceAll('"', '')) : NaN;
  return time >= startMs ? { ttftMs: time - startMs } : {};
}

/** `observeOpenAI` calls an embedding a generation, too, and names it after the method. */
function operationOf(name: string): Partial<Record<FactField, AttributeValue>> {
  return /^OpenAI\.embeddings?/.test(name) ? { operation: 'embedding' } : {};
}
