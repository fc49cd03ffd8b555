import type { OtlpSpan } from '@tokenledger/collector';
import { TOKENLEDGER_ATTRIBUTES as OURS } from '@tokenledger/model';
import { attributionFacts } from './attribution.ts';
import type { Chance } from './chance.ts';
import { createEmitter, type Emitter, type Facts, toSpan } from './emitter.ts';
import { type Prompt, promptsOf } from './prompts.ts';
import { type Request, requestSpan, type Tokens } from './request.ts';
import { isWithin, type Story } from './story.ts';
import type { Workload } from './workload.ts';

/** Makes the spans of one request of a workload, which begins at `atMs`. */
export type RequestMaker = (chance: Chance, atMs: number, story: Story) => readonly OtlpSpan[];

export function requestMaker(workload: Workload): RequestMaker {
  const emitter = createEmitter(workload, workload.scope);
  const prompts = promptsOf(workload);
  const sessions = new Map<string, string>();
  return (chance, atMs, story) => {
    const prompt = prompts[chance.favourite(prompts.length)];
    if (!prompt) return [];
    const who = attributionFacts(chance, workload);
    const facts: Facts = {
      ...who,
      [OURS.session]: sessionOf(sessions, chance, who[OURS.user]),
      [OURS.promptFingerprint]: prompt.exact,
      [OURS.promptTemplateFingerprint]: prompt.template,
      [OURS.gateway]: workload.gateway,
      'gen_ai.prompt.name': workload.promptName,
      'gen_ai.prompt.version': workload.promptName && '3',
      'gen_ai.response.service_tier': workload.serviceTier,
      'aws.region': workload.region,
    };
    const asked = modelOf(workload, atMs, story);
    const request: Request = {
      traceId: chance.hex(32),
      startMs: atMs,
      operation: workload.operation,
      provider: workload.provider,
      ...asked,
      tokens: tokensOf(chance, workload, prompt),
      streamed: chance.happens(workload.streamed),
      ...failureOf(chance, workload, atMs, story),
      estimated: chance.happens(workload.estimated ?? 0),
      facts,
    };
    return workload.pipeline === 'retrieval' ? withRetrieval(emitter, chance, request, who) : [requestSpan(emitter, chance, request)];
  };
}

/** People come back to what they were talking about. */
function sessionOf(sessions: Map<string, string>, chance: Chance, user: string | undefined): string | undefined {
  if (user === undefined) return undefined;
  const open = sessions.get(user);
  const session = open && chance.happens(0.7) ? open : `s-${chance.hex(12)}`;
  sessions.set(user, session);
  return session;
}

const LARGER = { model: 'gpt-5.4-2026-03-05', requestModel: 'gpt-5.4' };

function modelOf({ feature, model, requestModel }: Workload, atMs: number, story: Story) {
  return feature === 'answers' && atMs >= story.modelSwapMs ? LARGER : { model, requestModel };
}

const CACHE_BLOCK_TOKENS = 128;
const HIT = 0.82;
/** Apps set a limit. */
const MOST_OUTPUT = 16_000;

function tokensOf(chance: Chance, workload: Workload, prompt: Prompt): Tokens {
  const { cached, audio, image } = workload;
  const output = Math.min(MOST_OUTPUT, Math.round(chance.logNormal(prompt.output, prompt.spread)));
  const fromCache = cached !== undefined && chance.happens(HIT) ? (cached / HIT) * prompt.input : 0;
  return {
    input: prompt.input,
    cacheRead: cached === undefined ? undefined : Math.min(prompt.input, Math.floor(fromCache / CACHE_BLOCK_TOKENS) * CACHE_BLOCK_TOKENS),
    output,
    reasoning:
      prompt.reasoning > 0 ? Math.min(MOST_OUTPUT, Math.round(output * chance.logNormal(prompt.reasoning, prompt.spread))) : undefined,
    audioInput: audio && Math.round(prompt.input * audio.input),
    audioOutput: audio && Math.round(output * audio.output),
    imageOutput: image && Math.round(output * image.output),
  };
}

const OUTAGE_ERRORS = 0.55;

export function failureOf(
  chance: Chance,
  { provider, errors, streamed }: Pick<Workload, 'provider' | 'errors' | 'streamed'>,
  atMs: number,
  { outage }: Story,
): Pick<Request, 'error' | 'aborted' | 'retries'> {
  if (provider === 'anthropic' && isWithin(outage, atMs)) {
    return chance.happens(OUTAGE_ERRORS) ? { error: '529', retries: 2 } : { retries: chance.between(1, 2) };
  }
  if (chance.happens(errors)) return { error: chance.pick(['429', '429', '500', '503', 'ETIMEDOUT']), retries: chance.between(0, 2) };
  if (streamed > 0 && chance.happens(0.008)) return { aborted: true };
  return chance.happens(0.01) ? { retries: 1 } : {};
}

/** answers → retrieval → embedding, rerank; then the answer itself. */
function withRetrieval(emitter: Emitter, chance: Chance, request: Request, who: Facts): readonly OtlpSpan[] {
  const { traceId, startMs } = request;
  const searchMs = Math.round(chance.logNormal(190, 0.3));
  const answer = requestSpan(emitter, chance, { ...request, startMs: startMs + searchMs + 15 });
  const root = toSpan(emitter, chance, {
    traceId,
    name: 'POST /answers',
    kind: 'server',
    startMs,
    durationMs: answer.endMs - startMs + 6,
    facts: { ...who, 'http.route': '/answers', 'http.request.method': 'POST' },
  });
  const retrieval = toSpan(emitter, chance, {
    traceId,
    parent: root.spanId,
    name: 'retrieval knowledge-base',
    startMs: startMs + 3,
    durationMs: searchMs,
    facts: { ...who, 'gen_ai.operation.name': 'retrieval', 'gen_ai.data_source.id': 'knowledge-base' },
  });
  const embedding = requestSpan(emitter, chance, {
    traceId,
    parent: retrieval.spanId,
    startMs: startMs + 4,
    operation: 'embeddings',
    provider: 'openai',
    model: 'text-embedding-3-small',
    tokens: { input: chance.between(12, 90), output: 0 },
    streamed: false,
    facts: who,
  });
  return [root, retrieval, embedding, { ...answer, parentSpanId: root.spanId }];
}
