import type { OtlpSpan } from '@tokenledger/collector';
import { TOKENLEDGER_ATTRIBUTES as OURS } from '@tokenledger/model';
import type { Chance } from './chance.ts';
import { type Emitter, type Facts, toSpan } from './emitter.ts';

export interface Tokens {
  readonly input: number;
  readonly cacheRead?: number | undefined;
  readonly cacheWrite?: number | undefined;
  readonly output: number;
  readonly reasoning?: number | undefined;
  readonly audioInput?: number | undefined;
  readonly audioOutput?: number | undefined;
  readonly imageOutput?: number | undefined;
}

/** One request to a provider as the wire showed it. */
export interface Request {
  readonly traceId: string;
  readonly parent?: string | undefined;
  readonly startMs: number;
  readonly operation: string;
  readonly provider: string;
  readonly model: string;
  readonly requestModel?: string | undefined;
  readonly tokens: Tokens;
  readonly streamed: boolean;
  /** An HTTP status or the name of an error: nothing was answered and nothing is billed. */
  readonly error?: string | undefined;
  /** The app hung up in the middle of the answer. */
  readonly aborted?: boolean | undefined;
  readonly estimated?: boolean | undefined;
  readonly retries?: number | undefined;
  readonly facts: Facts;
}

interface Pace {
  readonly model: RegExp;
  readonly tokensPerSecond: number;
  readonly firstMs: number;
}

/** How fast models answer, the first that fits. */
const PACES: readonly Pace[] = [
  { model: /embedding/, tokensPerSecond: 1e6, firstMs: 90 },
  { model: /nano|haiku|flash|llama|7b/, tokensPerSecond: 180, firstMs: 260 },
  { model: /mini|tone/, tokensPerSecond: 110, firstMs: 420 },
  { model: /image/, tokensPerSecond: 230, firstMs: 900 },
  { model: /opus|pro/, tokensPerSecond: 55, firstMs: 1100 },
  { model: /./, tokensPerSecond: 75, firstMs: 700 },
];
const PREFILL_TOKENS_PER_MS = 60;

export function requestSpan(emitter: Emitter, chance: Chance, request: Request): OtlpSpan {
  const { operation, provider, model, requestModel = model, tokens, streamed, error } = request;
  const { firstMs, durationMs } = durationOf(chance, request);
  const answered: Facts = error
    ? { 'error.type': error }
    : {
        'gen_ai.response.model': model,
        'gen_ai.response.id': `${operation}-${chance.hex(20)}`,
        'gen_ai.response.finish_reasons': request.aborted ? undefined : ['stop'],
        'gen_ai.response.time_to_first_chunk': streamed ? firstMs / 1000 : undefined,
        ...(request.aborted && { 'error.type': 'AbortError' }),
        ...usageFacts(tokens),
        ...(request.estimated && { [OURS.usageEstimated]: true, [OURS.usageEstimationMethod]: 'utf8_bytes/4' }),
      };
  return toSpan(emitter, chance, {
    ...request,
    name: `${operation} ${requestModel}`,
    kind: 'client',
    durationMs,
    failed: error !== undefined,
    facts: {
      'gen_ai.operation.name': operation,
      'gen_ai.provider.name': provider,
      'gen_ai.request.model': requestModel,
      'gen_ai.request.stream': streamed ? true : undefined,
      'http.request.resend_count': request.retries ? request.retries : undefined,
      ...request.facts,
      ...answered,
    },
  });
}

function durationOf(chance: Chance, { model, tokens, error, aborted, retries = 0 }: Request) {
  const pace = PACES.find((each) => each.model.test(model)) ?? { tokensPerSecond: 75, firstMs: 700 };
  const uncached = tokens.input - (tokens.cacheRead ?? 0);
  const firstMs = chance.logNormal(pace.firstMs, 0.35) + uncached / PREFILL_TOKENS_PER_MS;
  const answerMs = (1000 * (tokens.output + (tokens.reasoning ?? 0))) / (pace.tokensPerSecond * chance.logNormal(1, 0.2));
  const waitedMs = retries * chance.logNormal(1400, 0.4);
  const spentMs = error ? chance.logNormal(350, 0.6) : firstMs + answerMs * (aborted ? 0.4 : 1);
  return { firstMs: Math.round(firstMs), durationMs: Math.round(spentMs + waitedMs) };
}

/** Output contains reasoning, input contains what the cache did, as the conventions have it. */
function usageFacts(tokens: Tokens): Facts {
  return {
    'gen_ai.usage.input_tokens': tokens.input,
    'gen_ai.usage.output_tokens': tokens.output + (tokens.reasoning ?? 0),
    'gen_ai.usage.cache_read.input_tokens': tokens.cacheRead,
    'anthropic.usage.cache_creation.ephemeral_5m_input_tokens': tokens.cacheWrite,
    'gen_ai.usage.cache_write.input_tokens': tokens.cacheWrite,
    'gen_ai.usage.reasoning.output_tokens': tokens.reasoning,
    'gen_ai.usage.audio.input_tokens': tokens.audioInput,
    'gen_ai.usage.audio.output_tokens': tokens.audioOutput,
    'gen_ai.usage.image.output_tokens': tokens.imageOutput,
  };
}
