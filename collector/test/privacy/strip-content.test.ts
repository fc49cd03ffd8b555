import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeLogs, decodeTraces, DecodeError } from '../../src/decode/decode.ts';
import { isContentAttribute } from '@tokenledger/model/content-attribute';
import type { Encoding } from '../../src/journal/record.ts';
import { stripContent } from '../../src/privacy/strip-content.ts';
import { chatSpan, decodeMessage, encodeMessage, type Json, text, toJson, toProtobuf, tracesRequest } from '../otlp/messages.ts';

const ENCODINGS = ['protobuf', 'json'] as const;
const write = (request: Json, encoding: Encoding) => (encoding === 'json' ? toJson(request) : toProtobuf(request));

const CANARY = 'canary-7f3a';
const CONTENT_KEYS = [
  'gen_ai.input.messages',
  'gen_ai.output.messages',
  'gen_ai.system_instructions',
  'gen_ai.tool.definitions',
  'gen_ai.tool.call.arguments',
  'gen_ai.tool.call.result',
  'gen_ai.prompt',
  'gen_ai.prompt.0.content',
  'gen_ai.prompt.variable.name',
  'gen_ai.completion',
  'gen_ai.completion.0.content',
  'gen_ai.content.prompt',
  'llm.prompts',
  'llm.prompts.0.content',
  'llm.anthropic.messages',
  'llm.openai.choices',
  'llm.gemini.contents',
  'mastra.metadata.body',
  'llm.completions.0.content',
  'llm.input_messages.0.message.content',
  'llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments',
  'input.value',
  'output.value',
  'traceloop.entity.input',
  'traceloop.entity.output',
  'ai.prompt',
  'ai.prompt.messages',
  'ai.response.text',
  'ai.response.object',
  'ai.response.toolCalls',
  'ai.toolCall.args',
  'ai.toolCall.result',
  'embedding.embeddings.0.embedding.text',
  'retrieval.documents.0.document.content',
  'langfuse.observation.input',
  'langfuse.trace.output',
  'mlflow.spanInputs',
  'braintrust.input_json',
  'lmnr.span.output',
  'llm.prompt_template.variables',
  'embedding.text',
  'reranker.query',
  'gen_ai.tool.output',
  'gen_ai.prompt_json',
  'gen_ai.completion_json',
  'gcp.vertex.agent.llm_request',
  'llm.messages',
  'agent.instructions',
  'haystack.agent.step.llm.input',
  'exception.message',
  'request_data',
  'response_data',
  'spring.ai.tool.call.arguments',
  'spring.ai.chat.client.user.text',
  'db.vector.query.content',
  'db.vector.query.response.documents',
  'crewai.crew.tasks_output',
  'crewai.crew.tasks',
  'crewai.crew.agents',
  'crewai.agent.tools',
  'haystack.agent.tools',
  'crewai.agent.backstory',
  'crewai.task.expected_output',
  'mcp.request.argument',
  'mcp.response.value',
  'gen_ai.message.content',
  'gen_ai.task.description',
  'gen_ai.agent.final_result',
  'gen_ai.framework.query.text',
  'gen_ai.memory.search.query',
];
/** What looks like content and is needed: usage, and which prompt it was. */
const KEPT_KEYS = [
  'gen_ai.usage.prompt_tokens',
  'gen_ai.usage.completion_tokens',
  'llm.token_count.prompt',
  'llm.token_count.completion_details.reasoning',
  'llm.usage.total_tokens',
  'ai.usage.promptTokens',
  'gen_ai.prompt.name',
  'gen_ai.prompt.version',
  'langfuse.observation.usage_details',
  'traceloop.entity.name',
  'gen_ai.response.finish_reasons',
  'ai.response.model',
  'gen_ai.agent.name',
  'gen_ai.task.id',
  'crewai.crew.id',
  'spring.ai.chat.client.conversation.id',
  'db.vector.query.top_k',
];

const value: fc.Arbitrary<Json> = fc.letrec<{ value: Json; pair: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.record({ stringValue: fc.string({ unit: 'grapheme' }) }),
    fc.record({ boolValue: fc.boolean() }),
    fc.record({ intValue: fc.integer() }),
    fc.record({ doubleValue: fc.double({ noNaN: true, noDefaultInfinity: true }) }),
    fc.record({ arrayValue: fc.record({ values: fc.array(tie('value'), { maxLength: 3 }) }) }),
    fc.record({ kvlistValue: fc.record({ values: fc.array(tie('pair'), { maxLength: 3 }) }) }),
  ),
  pair: fc.record({ key: key(), value: tie('value') }),
})).value;

function key(): fc.Arbitrary<string> {
  return fc.oneof(fc.constantFrom(...CONTENT_KEYS), fc.constantFrom(...KEPT_KEYS), fc.string({ unit: 'grapheme', maxLength: 12 }));
}
const attributes = fc.array(fc.record({ key: key(), value }), { maxLength: 5 });
const hex = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((id) => Buffer.from(id.fill(1, 0, 1)).toString('hex'));
const span: fc.Arbitrary<Json> = fc.record({
  traceId: hex(16),
  spanId: hex(8),
  name: fc.string(),
  kind: fc.nat(5),
  startTimeUnixNano: fc.nat().map(String),
  attributes,
  events: fc.array(fc.record({ name: fc.string(), attributes }), { maxLength: 2 }),
  links: fc.array(fc.record({ spanId: hex(8), attributes }), { maxLength: 2 }),
  unknownToTheCollector: fc.string(),
});
const request: fc.Arbitrary<Json> = fc.record({
  resourceSpans: fc.array(
    fc.record({
      resource: fc.record({ attributes }),
      scopeSpans: fc.array(fc.record({ scope: fc.record({ name: fc.string(), attributes }), spans: fc.array(span, { maxLength: 3 }) }), {
        maxLength: 2,
      }),
    }),
    { maxLength: 2 },
  ),
});

/** The request as it should be after stripping, by the plainest means. */
function withoutContent(node: unknown): unknown {
  if (Array.isArray(node)) return node.filter((one) => !isPair(one) || !isContentAttribute(one.key)).map(withoutContent);
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(Object.entries(node).map(([name, inner]) => [name, withoutContent(inner)]));
}
const isPair = (node: unknown): node is { key: string } =>
  typeof node === 'object' && node !== null && typeof Reflect.get(node, 'key') === 'string';

const withoutNulls = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.filter((one) => one !== null).map(withoutNulls);
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(Object.entries(node).map(([name, inner]) => [name, withoutNulls(inner)]));
};

describe.each(ENCODINGS)('%s', (encoding) => {
  const strip = (body: Buffer) => stripContent(body, 'traces', encoding);

  test('content goes from wherever attributes stand, and everything else stays as it was', () => {
    fc.assert(
      fc.property(request, (json) => {
        const stripped = strip(write(json, encoding));
        if (encoding === 'protobuf') {
          const expected = toProtobuf(withoutContent(json) as Json);
          expect(decodeMessage('ExportTraceServiceRequest', stripped)).toEqual(decodeMessage('ExportTraceServiceRequest', expected));
        } else
          expect(withoutNulls(JSON.parse(stripped.toString()))).toEqual(withoutNulls(withoutContent(JSON.parse(JSON.stringify(json)))));
      }),
      { numRuns: 300 },
    );
  });

  test.each(CONTENT_KEYS)('a secret in %s is gone', (name) => {
    const pair = text(name, CANARY);
    const json = tracesRequest([
      {
        ...chatSpan(1, [pair, { key: 'nested', value: { kvlistValue: { values: [pair] } } }]),
        events: [{ name: 'e', attributes: [pair] }],
      },
    ]);
    const body = write(json, encoding);
    expect(body.includes(CANARY)).toBe(true);
    expect(strip(body).includes(CANARY)).toBe(false);
  });

  test('the message of a status is gone, its code is not', () => {
    const json = tracesRequest([{ ...chatSpan(1), status: { code: 2, message: CANARY } }]);
    const stripped = strip(write(json, encoding));
    expect(stripped.includes(CANARY)).toBe(false);
    expect(decodeTraces(stripped, encoding).spans[0]?.status).toBe('error');
  });

  test('usage and the name of a prompt are no content, and a body without content is not copied', () => {
    const body = write(
      tracesRequest([
        chatSpan(
          1,
          KEPT_KEYS.map((name) => text(name, '12')),
        ),
      ]),
      encoding,
    );
    expect(strip(body)).toBe(body);
  });

  test('the decoder reads the same spans before and after, however the body is damaged', () => {
    let read = 0;
    fc.assert(
      fc.property(request, fc.nat(), fc.nat(255), fc.boolean(), (json, place, byte, cut) => {
        const body = write(json, encoding);
        if (body.length === 0) return;
        const at = place % body.length;
        const damaged = cut ? body.subarray(0, at) : Buffer.from(body);
        if (!cut) damaged[at] = byte;
        const before = decodeOrUndefined(damaged, encoding);
        if (!before) return;
        read++;
        const after = decodeTraces(strip(damaged), encoding);
        expect(after.spans).toEqual(before);
      }),
      { numRuns: 3000 },
    );
    expect(read).toBeGreaterThan(100);
  });

  test('a damaged span keeps no content behind the damage', () => {
    const good = write(tracesRequest([chatSpan(1)]), 'protobuf');
    const bad = write(tracesRequest([chatSpan(2, [text('input.value', CANARY)])]), 'protobuf');
    // The wire type of the last attribute becomes one that does not exist.
    bad[bad.indexOf('input.value') - 4] = 0x4f;
    const stripped = stripContent(Buffer.concat([good, bad]), 'traces', 'protobuf');
    expect(stripped.includes(CANARY)).toBe(false);
    expect(decodeTraces(stripped, 'protobuf').spans).toHaveLength(1);
  });
});

describe('a body the decoder calls clean', () => {
  const plain = tracesRequest([
    chatSpan(1),
    chatSpan(
      2,
      KEPT_KEYS.slice(0, 4).map((name) => text(name, '12')),
    ),
  ]);

  test('is one as instrumentations send it', () => {
    expect(decodeTraces(toProtobuf(plain), 'protobuf').isClean).toBe(true);
  });

  test.each(CONTENT_KEYS)('never holds %s', (name) => {
    const pair = text(name, CANARY);
    const nested = { key: 'nested', value: { kvlistValue: { values: [pair] } } };
    const [resource] = plain['resourceSpans'] as [Json];
    const [scopeSpans] = resource['scopeSpans'] as [Json];
    const places: Json[] = [
      tracesRequest([chatSpan(1, [pair])]),
      tracesRequest([chatSpan(1, [nested])]),
      tracesRequest([{ ...chatSpan(1), events: [{ name: 'e', attributes: [pair] }] }]),
      tracesRequest([{ ...chatSpan(1), links: [{ attributes: [pair] }] }]),
      { resourceSpans: [{ ...resource, resource: { attributes: [pair] } }] },
      { resourceSpans: [{ ...resource, scopeSpans: [{ ...scopeSpans, scope: { name: 's', attributes: [pair] } }] }] },
    ];
    expect(places.map((json) => decodeTraces(toProtobuf(json), 'protobuf').isClean)).toEqual(places.map(() => false));
  });

  test('needs no stripping, however it is damaged or doubled', () => {
    let clean = 0;
    const some = fc.oneof(request, fc.constant(plain));
    fc.assert(
      fc.property(some, some, fc.nat(), fc.nat(255), fc.boolean(), (one, other, place, byte, cut) => {
        const body = Buffer.concat([toProtobuf(one), toProtobuf(other)]);
        const at = place % Math.max(body.length, 1);
        const damaged = cut ? body.subarray(0, at) : Buffer.from(body);
        if (!cut && body.length > 0) damaged[at] = byte;
        if (!isClean(damaged)) return;
        clean++;
        expect(stripContent(damaged, 'traces', 'protobuf')).toBe(damaged);
      }),
      { numRuns: 5000 },
    );
    expect(clean).toBeGreaterThan(200);
  });

  function isClean(body: Buffer): boolean {
    try {
      return decodeTraces(body, 'protobuf').isClean;
    } catch (error) {
      if (error instanceof DecodeError) return false;
      throw error;
    }
  }
});

function decodeOrUndefined(body: Buffer, encoding: Encoding) {
  try {
    return decodeTraces(body, encoding).spans;
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

test('names of content are found however JSON escapes them', () => {
  const body = Buffer.from(
    `{"resourceSpans":[{"scopeSpans":[{"spans":[{"attributes":[{"\\u006bey" : "gen_ai\\u002einput.messages","value":{"stringValue":"${CANARY}"}}]}]}]}]}`,
  );
  expect(stripContent(body, 'traces', 'json').includes(CANARY)).toBe(false);
});

test('attributes that are no list hold nothing the decoder reads, and go', () => {
  const body = Buffer.from(`{"resourceSpans":[{"resource":{"attributes":{"gen_ai.prompt":"${CANARY}"}}}]}`);
  expect(stripContent(body, 'traces', 'json').includes(CANARY)).toBe(false);
});

test('nesting beyond what is read is cut, in little memory', () => {
  const deep = 200_000;
  const value = `${'{"arrayValue":{"values":['.repeat(deep)}{"stringValue":"${CANARY}"}${']}}'.repeat(deep)}`;
  const body = Buffer.from(`{"resourceSpans":[{"resource":{"attributes":[{"key":"deep","value":${value}}]}}]}`);
  const stripped = stripContent(body, 'traces', 'json');
  expect(stripped.length).toBeLessThan(10_000);
  expect(() => JSON.parse(stripped.toString())).not.toThrow();
});

test('numbers keep every digit', () => {
  const pairs = '{"key":"n","value":{"intValue":9007199254740993}},{"key":"d","value":{"doubleValue":1e400}},{"key":"prompt","value":{}}';
  const body = Buffer.from(`{"resourceSpans":[{"resource":{"attributes":[${pairs}]}}]}`);
  expect(stripContent(body, 'traces', 'json').toString()).toBe(body.toString().replace('{"key":"prompt","value":{}}', 'null'));
});

describe('logs', () => {
  const record = { eventName: 'gen_ai.choice', body: { stringValue: CANARY }, attributes: [text('gen_ai.response.model', 'gpt-4o')] };
  const json = { resourceLogs: [{ scopeLogs: [{ logRecords: [record, { ...record, attributes: [text('prompt', CANARY)] }] }] }] };
  const bodies = { protobuf: encodeMessage('ExportLogsServiceRequest', json), json: toJson(json) };

  test.each(ENCODINGS)('bodies of %s records are gone, what is read of them stays', (encoding) => {
    const stripped = stripContent(bodies[encoding], 'logs', encoding);
    expect(stripped.includes(CANARY)).toBe(false);
    expect(decodeLogs(stripped, encoding).records).toEqual(decodeLogs(bodies[encoding], encoding).records);
  });
});
