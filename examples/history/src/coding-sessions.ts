import { Attributes, type OtlpLogRecord, type OtlpSpan, spansOfLogs } from '@tokenledger/collector';
import { type Chance, digest } from './chance.ts';
import { type Facts, toAttributes } from './emitter.ts';
import type { CodingAgent } from './workload.ts';

const DEVELOPERS = [
  'ada',
  'grace',
  'linus',
  'margaret',
  'dennis',
  'barbara',
  'ken',
  'radia',
  'edsger',
  'frances',
  'donald',
  'jean',
  'alan',
  'katherine',
] as const;
const TEAMS = ['platform', 'search', 'support', 'growth'] as const;

interface Asked {
  readonly session: string;
  readonly developer: string;
  readonly model: string;
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly output: number;
  readonly reasoning: number;
  readonly durationMs: number;
  readonly chance: Chance;
}

/** What each assistant's log event of a finished request is called, and what it says. */
const EVENTS: Readonly<
  Record<CodingAgent['tool'], { readonly scope: string; readonly event: string; readonly facts: (asked: Asked) => Facts }>
> = {
  'claude-code': {
    scope: 'com.anthropic.claude_code.events',
    event: 'claude_code.api_request',
    facts: ({ session, developer, model, input, cacheRead, cacheWrite, output, durationMs, chance }) => ({
      'session.id': session,
      'user.email': `${developer}@example.com`,
      'organization.id': 'example',
      model,
      input_tokens: input,
      cache_read_tokens: cacheRead,
      cache_creation_tokens: cacheWrite,
      output_tokens: output,
      duration_ms: durationMs,
      request_id: `req_${chance.hex(20)}`,
    }),
  },
  codex: {
    scope: 'codex_otel',
    event: 'codex.sse_event',
    facts: ({ session, developer, model, input, cacheRead, output, reasoning, durationMs, chance }) => ({
      'event.kind': 'response.completed',
      'conversation.id': session,
      'user.email': `${developer}@example.com`,
      model,
      input_token_count: input + cacheRead,
      cached_token_count: cacheRead,
      output_token_count: output + reasoning,
      reasoning_token_count: reasoning,
      tool_token_count: input + cacheRead + output + reasoning,
      duration_ms: durationMs,
      'response.id': `resp_${chance.hex(20)}`,
    }),
  },
  'gemini-cli': {
    scope: 'gemini-cli',
    event: 'gemini_cli.api_response',
    facts: ({ session, developer, model, input, cacheRead, output, reasoning, durationMs, chance }) => ({
      'session.id': session,
      'user.email': `${developer}@example.com`,
      model,
      input_token_count: input + cacheRead,
      cached_content_token_count: cacheRead,
      output_token_count: output,
      thoughts_token_count: reasoning,
      tool_token_count: 0,
      total_token_count: input + cacheRead + output + reasoning,
      duration_ms: durationMs,
      response_id: `resp_${chance.hex(20)}`,
    }),
  },
};

const SMALL = /haiku|flash/;

/** One sitting of a developer with an assistant: the context grows with every request, most of it read from the cache. */
export function codingSession({ tool, models, developers, requests }: CodingAgent, chance: Chance, atMs: number): readonly OtlpSpan[] {
  const { scope, event, facts } = EVENTS[tool];
  const who = chance.favourite(Math.min(developers, DEVELOPERS.length));
  const resource = Attributes.of([
    ['service.name', tool],
    ['tokenledger.team', TEAMS[who % TEAMS.length] ?? TEAMS[0]],
  ]);
  const session = digest(`${tool}/${chance.hex(16)}`);
  const records: OtlpLogRecord[] = [];
  let nowMs = atMs;
  let context = chance.logNormal(16_000, 0.3);
  for (let left = Math.max(2, Math.round(chance.logNormal(...requests))); left > 0; left--) {
    const model = chance.happens(0.75) ? models[0] : chance.pick(models);
    const isSmall = SMALL.test(model);
    const output = Math.round(chance.logNormal(isSmall ? 180 : 480, 0.8));
    const added = Math.round(chance.logNormal(1900, 0.8));
    const asked = {
      input: Math.round(chance.logNormal(120, 1)),
      cacheRead: isSmall ? 0 : Math.round(context),
      cacheWrite: added,
      output,
      reasoning: Math.round(output * chance.logNormal(0.9, 0.7)),
    };
    const durationMs = Math.round(1500 + (output * 1000) / (isSmall ? 160 : 60));
    nowMs += durationMs + Math.round(chance.logNormal(14_000, 1));
    records.push({
      traceId: undefined,
      spanId: undefined,
      isSampled: false,
      timeMs: nowMs,
      eventName: event,
      attributes: toAttributes(facts({ session, developer: DEVELOPERS[who] ?? 'ada', model, durationMs, chance, ...asked })),
      resource,
      scope: { name: scope, version: '2.4.0' },
    });
    context = Math.min(160_000, context + added + output);
  }
  return spansOfLogs(records);
}
