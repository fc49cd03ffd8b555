import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeLogs, decodeTraces } from '../../src/decode/decode.ts';
import { encodeMessage, type Json } from '../otlp/messages.ts';

const words = fc.oneof(
  fc.constantFrom('gen_ai.request.model', 'gpt-6', '', '__proto__', 'constructor.prototype.polluted', 'ключ', '\u0000'),
  fc.string({ unit: 'grapheme' }),
);
const integer = fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.constantFrom(-1, 0, 127, 128, 2 ** 31, -(2 ** 40)));

const { value: anyValue } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.record({ stringValue: words }),
    fc.record({ intValue: integer }),
    fc.record({ intValue: integer.map(String) }),
    fc.record({ doubleValue: fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (Object.is(number, -0) ? 0 : number)) }),
    fc.record({ boolValue: fc.boolean() }),
    fc.record({ bytesValue: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('base64')) }),
    fc.record({ arrayValue: fc.record({ values: fc.array(tie('value'), { maxLength: 3 }) }) }),
    fc.record({ kvlistValue: fc.record({ values: fc.array(fc.record({ key: words, value: tie('value') }), { maxLength: 3 }) }) }),
    fc.constant({}),
  ),
}));
const attributes = fc.array(fc.record({ key: words, value: anyValue }), { maxLength: 6 });

const hex = (bytes: number) => fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((id) => Buffer.from(id).toString('hex'));
const nanos = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String);

const span = fc.record(
  {
    traceId: fc.oneof({ weight: 9, arbitrary: hex(16) }, { weight: 1, arbitrary: hex(15) }),
    spanId: fc.oneof({ weight: 9, arbitrary: hex(8) }, { weight: 1, arbitrary: fc.constant('0000000000000000') }),
    parentSpanId: fc.oneof(hex(8), fc.constantFrom('', '0000000000000000', 'ff')),
    name: words,
    kind: fc.nat(7),
    startTimeUnixNano: nanos,
    endTimeUnixNano: nanos,
    attributes,
    events: fc.array(fc.record({ timeUnixNano: nanos, name: words, attributes }), { maxLength: 2 }),
    status: fc.record({ code: fc.nat(3), message: words }, { requiredKeys: [] }),
    unknownToTheCollector: fc.string(),
  },
  { requiredKeys: ['traceId', 'spanId'] },
);
const scope = fc.record({ name: words, version: words }, { requiredKeys: [] });
const envelope = <Item>(item: fc.Arbitrary<Item>, resources: string, scopes: string, items: string) =>
  fc.record({
    [resources]: fc.array(
      fc.record({
        resource: fc.record({ attributes }, { requiredKeys: [] }),
        [scopes]: fc.array(fc.record({ scope, [items]: fc.array(item, { maxLength: 4 }) }, { requiredKeys: [] }), { maxLength: 2 }),
      }),
      { maxLength: 2 },
    ),
  });
const tracesRequest = envelope(span, 'resourceSpans', 'scopeSpans', 'spans');
const logRecord = fc.record(
  { timeUnixNano: nanos, eventName: words, traceId: hex(16), spanId: hex(8), flags: fc.nat(2 ** 31 - 1), attributes, body: anyValue },
  { requiredKeys: [] },
);
const logsRequest = envelope(logRecord, 'resourceLogs', 'scopeLogs', 'logRecords');

const toJson = (request: unknown) => Buffer.from(JSON.stringify(request));

/** protobufjs knows 64-bit integers as text and bytes as base64: the same values under the same names. */
const toProtobuf = (type: string, request: unknown) => encodeMessage(type, withBase64(request) as Json);
function withBase64(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withBase64);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, key === 'bytesValue' ? Buffer.from(String(inner), 'base64') : withBase64(inner)]),
  );
}

describe('protobuf and JSON agree', () => {
  test('on traces', () => {
    fc.assert(
      fc.property(tracesRequest, (request) => {
        const { spans, rejected } = decodeTraces(toProtobuf('ExportTraceServiceRequest', request), 'protobuf');
        expect(decodeTraces(toJson(request), 'json')).toEqual({ spans, rejected, isClean: false });
      }),
      { numRuns: 1000 },
    );
  });

  test('on logs', () => {
    fc.assert(
      fc.property(logsRequest, (request) => {
        const { records, rejected } = decodeLogs(toProtobuf('ExportLogsServiceRequest', request), 'protobuf');
        expect(decodeLogs(toJson(request), 'json')).toEqual({ records, rejected, isClean: false });
      }),
      { numRuns: 500 },
    );
  });
});

const one = (item: Json) => toJson({ resourceSpans: [{ scopeSpans: [{ spans: [item] }] }] });
const TRACE = '5b8efff798038103d269b633813fc60c';
const SPAN = 'eee19b7ec3c1b174';

describe('OTLP/JSON as senders write it', () => {
  test.each([
    ['hex', TRACE, SPAN],
    ['upper-case hex', TRACE.toUpperCase(), SPAN.toUpperCase()],
    ['base64', Buffer.from(TRACE, 'hex').toString('base64'), Buffer.from(SPAN, 'hex').toString('base64')],
  ])('ids in %s', (_, traceId, spanId) => {
    expect(decodeTraces(one({ traceId, spanId }), 'json').spans).toMatchObject([{ traceId: TRACE, spanId: SPAN }]);
  });

  test.each(['z'.repeat(32), `${TRACE.slice(1)}_`, '0'.repeat(32)])('a trace id is no %s', (traceId) => {
    expect(decodeTraces(one({ traceId, spanId: SPAN }), 'json').rejected).toMatchObject([{ code: 'invalid_trace_id' }]);
    const record = { resourceLogs: [{ scopeLogs: [{ logRecords: [{ traceId, spanId: SPAN }] }] }] };
    expect(decodeLogs(toJson(record), 'json').records).toMatchObject([{ traceId: undefined, spanId: SPAN }]);
  });

  test.each(['z'.repeat(16), `${SPAN.slice(1)}_`, '0'.repeat(16)])('neither a span id nor a parent is %s', (id) => {
    expect(decodeTraces(one({ traceId: TRACE, spanId: id }), 'json').rejected).toMatchObject([{ code: 'invalid_span_id' }]);
    expect(decodeTraces(one({ traceId: TRACE, spanId: SPAN, parentSpanId: id }), 'json').spans).toMatchObject([
      { parentSpanId: undefined },
    ]);
  });

  test.each([
    ['numbers', { kind: 3, status: { code: 2 } }],
    ['names', { kind: 'SPAN_KIND_CLIENT', status: { code: 'STATUS_CODE_ERROR' } }],
  ])('enums as %s', (_, fields) => {
    expect(decodeTraces(one({ traceId: TRACE, spanId: SPAN, ...fields }), 'json').spans).toMatchObject([
      { kind: 'client', status: 'error' },
    ]);
  });

  test('field names in snake case', () => {
    const body = { resource_spans: [{ scope_spans: [{ spans: [{ trace_id: TRACE, span_id: SPAN, start_time_unix_nano: '1500000' }] }] }] };
    expect(decodeTraces(toJson(body), 'json').spans).toMatchObject([{ traceId: TRACE, startMs: 1.5 }]);
  });

  test('an integer as a number or as text, a number that JSON cannot write as text', () => {
    const attributes = [
      { key: 'text', value: { intValue: '12' } },
      { key: 'number', value: { intValue: 12 } },
      { key: 'infinite', value: { doubleValue: 'Infinity' } },
      { key: 'overflown', value: { doubleValue: Infinity } },
    ];
    const [span] = decodeTraces(
      Buffer.from(one({ traceId: TRACE, spanId: SPAN, attributes }).toString().replace('null', '1e400')),
      'json',
    ).spans;
    expect([...(span?.attributes ?? [])]).toEqual([
      ['text', 12],
      ['number', 12],
      ['infinite', Infinity],
      ['overflown', Infinity],
    ]);
  });
});
