import fc from 'fast-check';
import { Attributes, type AttributeValue, type OtlpSpan } from '../../src/decode/otlp.ts';

/** Traces such as stacked instrumentations make them: wrappers around requests, agents, tools, twins, retries, broken parents. */
interface Kind {
  readonly scope: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly countsAs?: 'ai' | 'gen_ai' | 'openinference';
}

const KINDS: readonly Kind[] = [
  { scope: 'ai', name: 'ai.generateText', attributes: { 'ai.operationId': 'ai.generateText' }, countsAs: 'ai' },
  { scope: 'ai', name: 'ai.generateText.doGenerate', attributes: { 'ai.operationId': 'ai.generateText.doGenerate' }, countsAs: 'ai' },
  { scope: 'ai', name: 'ai.toolCall', attributes: { 'ai.operationId': 'ai.toolCall' } },
  { scope: 'gen_ai', name: 'invoke_agent', attributes: { 'gen_ai.operation.name': 'invoke_agent' }, countsAs: 'gen_ai' },
  { scope: 'gen_ai', name: 'chat', attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai' }, countsAs: 'gen_ai' },
  {
    scope: '@arizeai/openinference-instrumentation-openai',
    name: 'OpenAI Chat',
    attributes: { 'openinference.span.kind': 'LLM' },
    countsAs: 'openinference',
  },
  {
    scope: 'com.anthropic.sdk.typescript',
    name: 'messages.create',
    attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'anthropic' },
    countsAs: 'gen_ai',
  },
  { scope: 'my-app', name: 'POST /checkout', attributes: { 'user.id': 'ada' } },
];

const NAMES = {
  ai: { input: 'ai.usage.promptTokens', output: 'ai.usage.completionTokens', id: 'ai.response.id', model: 'ai.model.id' },
  gen_ai: {
    input: 'gen_ai.usage.input_tokens',
    output: 'gen_ai.usage.output_tokens',
    id: 'gen_ai.response.id',
    model: 'gen_ai.request.model',
  },
  openinference: { input: 'llm.token_count.prompt', output: 'llm.token_count.completion', id: 'llm.response.id', model: 'llm.model_name' },
};

const START = Date.UTC(2026, 10, 23, 12);

const drawnSpan = fc.record({
  kind: fc.constantFrom(...KINDS),
  trace: fc.nat(1),
  parent: fc.option(fc.nat(9), { freq: 4 }),
  startMs: fc.nat(60),
  durationMs: fc.integer({ min: 1, max: 60 }),
  failed: fc.integer({ min: 0, max: 5 }).map((face) => face === 0),
  usage: fc.option(fc.constantFrom([25, 7], [1200, 300]), { freq: 5 }),
  responseId: fc.option(fc.constantFrom('resp_1', 'resp_2'), { freq: 1 }),
  team: fc.option(fc.constantFrom('search', 'growth'), { freq: 1 }),
});

/** Up to ten spans in up to two traces; parents may be missing, wrong, or form a circle. */
export const arbitrarySpans: fc.Arbitrary<OtlpSpan[]> = fc.array(drawnSpan, { minLength: 1, maxLength: 10 }).map((drawn) =>
  drawn.map(({ kind, trace, parent, startMs, durationMs, failed, usage, responseId, team }, index): OtlpSpan => {
    const attributes = Attributes.of(Object.entries(kind.attributes));
    const names = kind.countsAs && NAMES[kind.countsAs];
    if (names && usage) {
      attributes.set(names.input, usage[0] ?? 0);
      attributes.set(names.output, usage[1] ?? 0);
    }
    if (names && responseId !== null) attributes.set(names.id, responseId);
    if (names) attributes.set(names.model, 'gpt-6');
    if (team !== null) attributes.set('tokenledger.team', team);
    return {
      traceId: String(trace + 1).padStart(32, '0'),
      spanId: String(index + 1).padStart(16, '0'),
      parentSpanId: parent === null ? undefined : String(parent + 1).padStart(16, '0'),
      name: kind.name,
      kind: 'internal',
      startMs: START + startMs,
      endMs: START + startMs + durationMs,
      status: failed ? 'error' : 'unset',
      attributes,
      events: [],
      resource: Attributes.of([['service.name', 'checkout']]),
      scope: { name: kind.scope, version: '' },
    };
  }),
);

/**
 * Up to ten calls that two instrumentations tell of, so near that any could be any other's twin, and what is around them; mostly in traces of
 * their own.
 */
export const arbitraryCrowd: fc.Arbitrary<OtlpSpan[]> = fc
  .array(
    fc.record({
      scope: fc.constantFrom('left', 'right', 'left', 'right', 'my-app'),
      trace: fc.nat(7),
      parent: fc.option(fc.nat(9)),
      startMs: fc.nat(6),
      durationMs: fc.integer({ min: 10, max: 14 }),
      usage: fc.option(fc.constant([25, 7] as const)),
      team: fc.option(fc.constantFrom('search', 'growth')),
    }),
    { minLength: 2, maxLength: 10 },
  )
  .map((drawn) =>
    drawn.map(({ scope, trace, parent, startMs, durationMs, usage, team }, index): OtlpSpan => {
      const attributes = Attributes.of(
        scope === 'my-app'
          ? []
          : [
              ['gen_ai.operation.name', 'chat'],
              [NAMES.gen_ai.model, 'gpt-6'],
            ],
      );
      if (usage && scope !== 'my-app') attributes.set(NAMES.gen_ai.input, usage[0]);
      if (usage && scope !== 'my-app') attributes.set(NAMES.gen_ai.output, usage[1]);
      if (team !== null) attributes.set('tokenledger.team', team);
      return {
        traceId: String(trace + 1).padStart(32, '0'),
        spanId: String(index + 1).padStart(16, '0'),
        parentSpanId: parent === null ? undefined : String(parent + 1).padStart(16, '0'),
        name: scope,
        kind: 'internal',
        startMs: START + startMs,
        endMs: START + startMs + durationMs,
        status: 'unset',
        attributes,
        events: [],
        resource: Attributes.of([['service.name', 'checkout']]),
        scope: { name: scope, version: '' },
      };
    }),
  );
