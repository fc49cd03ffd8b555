import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { DecodeError, type DecodedTraces, decodeLogs, decodeTraces, type Encoding } from '../../src/decode/decode.ts';
import { Attributes } from '../../src/decode/otlp.ts';
import { observe } from '../../src/understand/observe.ts';
import { chatSpan, encodeMessage, int, type Json, text, toJson, toProtobuf, tracesRequest } from '../otlp/messages.ts';

const prototypeBefore = JSON.stringify(Object.getOwnPropertyNames(Object.prototype));
afterEach(() => {
  expect(JSON.stringify(Object.getOwnPropertyNames(Object.prototype))).toBe(prototypeBefore);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

/** What a body decodes to, or that nothing of it can be read. Any other exception is a failure of the test. */
function decodeOr(body: Uint8Array, encoding: Encoding, decode = decodeTraces as (body: Uint8Array, encoding: Encoding) => unknown) {
  try {
    return decode(body, encoding);
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

/** Everything the understanding makes of a body must be finite, ≥ 0, or absent with a reason. */
function expectSane(decoded: Pick<DecodedTraces, 'spans' | 'rejected'> | undefined): void {
  const wrong = (decoded?.spans ?? []).flatMap((span) => {
    const { usage, durationMs, traceId, spanId } = observe(span);
    const sane =
      /^[0-9a-f]{32}$/.test(traceId) &&
      /^[0-9a-f]{16}$/.test(spanId) &&
      durationMs >= 0 &&
      Object.values(usage).every((quantity) => Number.isFinite(quantity) && quantity >= 0);
    return sane ? [] : [span];
  });
  expect(wrong).toEqual([]);
}

const good = toProtobuf(tracesRequest([chatSpan(1), chatSpan(2), chatSpan(3)]));
const wholeSpans = decodeTraces(good, 'protobuf').spans;

describe('broken protobuf', () => {
  test('cut at every byte: what stands before the cut is read, nothing is invented', () => {
    for (let length = 0; length < good.length; length++) {
      const decoded = decodeOr(good.subarray(0, length), 'protobuf') as DecodedTraces | undefined;
      expect(decoded?.spans ?? []).toEqual(wholeSpans.slice(0, decoded?.spans.length ?? 0));
      if (decoded && decoded.spans.length < 3 && length > 0) expect(decoded.rejected.length + decoded.spans.length).toBeGreaterThan(0);
    }
  });

  test('a broken span costs itself: its neighbours are read, and it is listed', () => {
    const broken: Json[] = [
      { ...chatSpan(2), traceId: '00000000000000000000000000000000' },
      { ...chatSpan(2), traceId: 'abcdef' },
      { ...chatSpan(2), spanId: '' },
      { ...chatSpan(2), spanId: '0000000000000000' },
    ];
    for (const span of broken) {
      const { spans, rejected } = decodeTraces(toProtobuf(tracesRequest([chatSpan(1), span, chatSpan(3)])), 'protobuf');
      expect(spans.map(({ spanId }) => spanId)).toEqual([chatSpan(1)['spanId'], chatSpan(3)['spanId']]);
      expect(rejected).toMatchObject([{ index: 1, code: expect.stringMatching(/^invalid_(?:trace|span)_id$/) }]);
    }
  });

  test.each([
    ['field number 0', [0x02, 0x01, 0x00]],
    ['a varint of eleven bytes', [0x30, ...Array<number>(11).fill(0xff)]],
    ['a varint that never ends', [0x30, 0xff, 0xff]],
    ['a length greater than what is left', [0x4a, 0x7f]],
    ['a group', [0x0b, 0x0c]],
    ['an attribute whose value is cut', [0x4a, 0x05, 0x0a, 0x01, 0x61, 0x12, 0x7f]],
  ])('%s in one span costs that span alone', (_, bytes) => {
    const bad = Buffer.concat([spanBytes(chatSpan(2)), Buffer.from(bytes)]);
    const { spans, rejected } = decodeTraces(requestOf([spanBytes(chatSpan(1)), bad, spanBytes(chatSpan(3))]), 'protobuf');
    expect(spans.map(({ spanId }) => spanId)).toEqual([chatSpan(1)['spanId'], chatSpan(3)['spanId']]);
    expect(rejected).toMatchObject([{ index: 1, code: 'malformed' }]);
  });

  test('a field with another wire type than its own is passed over', () => {
    const odd = Buffer.concat([spanBytes(chatSpan(1)), Buffer.from([0x28, 0x05, 0x35, 1, 2, 3, 4])]);
    expect(decodeTraces(requestOf([odd]), 'protobuf').spans).toEqual(
      [wholeSpans[0]].map((span) => ({ ...span, resource: new Attributes(), scope: { name: '', version: '' } })),
    );
  });

  test('invalid UTF-8 becomes U+FFFD and loses nothing', () => {
    const body = Buffer.from(toProtobuf(tracesRequest([{ ...chatSpan(1), name: 'chXt' }])));
    body[body.indexOf('chXt') + 2] = 0xff;
    expect(decodeTraces(body, 'protobuf').spans).toMatchObject([{ name: 'ch\uFFFDt' }]);
  });

  test('resource and scope are found behind the spans, too', () => {
    const span = field(2, spanBytes(chatSpan(1)));
    const scopeSpans = field(2, Buffer.concat([span, field(1, field(1, Buffer.from('late')))]));
    const resource = field(1, field(1, Buffer.concat([field(1, Buffer.from('service.name')), field(2, field(1, Buffer.from('late')))])));
    const [decoded] = decodeTraces(field(1, Buffer.concat([scopeSpans, resource])), 'protobuf').spans;
    expect(decoded?.scope.name).toBe('late');
    expect(decoded?.resource.get('service.name')).toBe('late');
  });

  test('nesting of 100,000 levels is a null value', () => {
    const value = nested(100_000);
    const [span] = decodeTraces(requestOf([Buffer.concat([spanBytes(chatSpan(1)), attributeBytes('deep', value)])]), 'protobuf').spans;
    expect(span?.attributes.has('deep')).toBe(true);
    expect(span?.attributes.get('gen_ai.request.model')).toBe('gpt-4o');
  });
});

describe('broken JSON', () => {
  test.each([
    ['no JSON', '{"resourceSpans": ['],
    ['an array', '[]'],
    ['a logs request', JSON.stringify({ resourceLogs: [{ scopeLogs: [] }] })],
    ['a number', '12'],
  ])('%s cannot be read as traces', (_, body) => {
    expect(() => decodeTraces(Buffer.from(body), 'json')).toThrow(DecodeError);
  });

  test.each(['', '  \n', '{}', '{"resourceSpans":[]}', '{"resourceSpans":null}'])('%j is an empty request', (body) => {
    expect(decodeTraces(Buffer.from(body), 'json')).toEqual({ spans: [], rejected: [], isClean: false });
  });

  test('a lone surrogate becomes U+FFFD, as in protobuf', () => {
    const body = toJson(tracesRequest([{ ...chatSpan(1), name: 'ch@t' }]))
      .toString()
      .replace('ch@t', String.raw`ch\ud800t`);
    expect(decodeTraces(Buffer.from(body), 'json').spans).toMatchObject([{ name: 'ch\uFFFDt' }]);
  });

  test('spans that are no objects are listed; envelopes that are none hold nothing', () => {
    const body = { resourceSpans: [null, 7, { scopeSpans: 'x' }, { scopeSpans: [{ spans: [null, 'x', [], chatSpan(1)] }] }] };
    const { spans, rejected } = decodeTraces(toJson(body), 'json');
    expect(spans).toHaveLength(1);
    expect(rejected.map(({ index, code }) => ({ index, code }))).toEqual([0, 1, 2].map((index) => ({ index, code: 'malformed' })));
  });

  test('nesting of 100,000 levels is a null value', () => {
    const deep = '{"arrayValue":{"values":['.repeat(100_000) + '{"intValue":1}' + ']}}'.repeat(100_000);
    const body = toJson(tracesRequest([chatSpan(1, [text('deep', '@')])]))
      .toString()
      .replace('{"stringValue":"@"}', deep);
    const [span] = decodeTraces(Buffer.from(body), 'json').spans;
    expect(span?.attributes.get('gen_ai.request.model')).toBe('gpt-4o');
  });
});

test('an empty protobuf body is an empty request', () => {
  expect(decodeTraces(new Uint8Array(), 'protobuf')).toEqual({ spans: [], bounds: [], rejected: [], isClean: true });
});

test('a logs request sent to the traces path holds no span', () => {
  const record = {
    timeUnixNano: '1',
    traceId: '5b8efff798038103d269b633813fc60c',
    spanId: 'eee19b7ec3c1b174',
    body: { stringValue: 'x'.repeat(16) },
    attributes: [text('gen_ai.request.model', 'gpt-6'), int('gen_ai.usage.input_tokens', 9)],
  };
  const body = encodeMessage('ExportLogsServiceRequest', { resourceLogs: [{ scopeLogs: [{ logRecords: [record, record] }] }] });
  const { spans, rejected } = decodeTraces(body, 'protobuf');
  expect(spans).toEqual([]);
  expect(rejected).toHaveLength(2);
});

test('keys that name prototypes or array places are plain keys', () => {
  const keys = ['__proto__', 'constructor.prototype.polluted', 'a.__proto__.polluted', '4294967293', '', 'toString'];
  for (const encode of [toJson, toProtobuf]) {
    const encoding = encode === toJson ? 'json' : 'protobuf';
    const { spans } = decodeTraces(
      encode(
        tracesRequest([
          chatSpan(
            1,
            keys.map((key) => text(key, 'polluted')),
          ),
        ]),
      ),
      encoding,
    );
    for (const key of keys) expect(spans[0]?.attributes.get(key)).toBe('polluted');
    expectSane({ spans, rejected: [] });
  }
  const raw = toJson(tracesRequest([chatSpan(1)]))
    .toString()
    .replace('"kind":3', '"__proto__":{"polluted":true},"kind":3');
  expect(decodeTraces(Buffer.from(raw), 'json').spans).toHaveLength(1);
});

test('a hundred thousand attributes and a string of ten megabytes are read, the last of duplicate keys counts', () => {
  const many = Array.from({ length: 100_000 }, (_, index) => int(`key ${index % 50_000}`, index));
  const body = toProtobuf(tracesRequest([chatSpan(1, [...many, text('long', 'x'.repeat(10_000_000))])]));
  const [span] = decodeTraces(body, 'protobuf').spans;
  expect(span?.attributes.get('key 7')).toBe(50_007);
  expectSane({ spans: span ? [span] : [], rejected: [] });
});

describe('10,000 fuzzed bodies: no exception but DecodeError, no neighbour lost, nothing but sane usage', () => {
  const numRuns = 2500;

  test('random bytes as protobuf and JSON', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom<Encoding>('protobuf', 'json'), (bytes, encoding) => {
        expectSane(decodeOr(bytes, encoding) as DecodedTraces | undefined);
        decodeOr(bytes, encoding, decodeLogs);
      }),
      { numRuns },
    );
  });

  test('a good request with some bytes changed', () => {
    const change = fc.record({ at: fc.nat(good.length - 1), byte: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
        const body = Buffer.from(good);
        for (const { at, byte } of changes) body[at] = byte;
        expectSane(decodeOr(body, 'protobuf') as DecodedTraces | undefined);
      }),
      { numRuns },
    );
  });

  test('one span of random bytes between two good ones', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const { spans, rejected } = decodeTraces(
          requestOf([spanBytes(chatSpan(1)), Buffer.from(bytes), spanBytes(chatSpan(3))]),
          'protobuf',
        );
        expect(spans.length + rejected.length).toBe(3);
        expect(spans.map(({ spanId }) => spanId)).toEqual(expect.arrayContaining([chatSpan(1)['spanId'], chatSpan(3)['spanId']]));
        expectSane({ spans, rejected });
      }),
      { numRuns },
    );
  });

  test('JSON of any shape where OTLP is expected', () => {
    const shape = fc.object({
      key: fc.constantFrom(
        'traceId',
        'spanId',
        'attributes',
        'key',
        'value',
        'intValue',
        'doubleValue',
        'events',
        'status',
        'code',
        '__proto__',
      ),
      maxDepth: 5,
    });
    fc.assert(
      fc.property(shape, (item) => {
        const body = toJson({
          resourceSpans: [{ resource: item, scopeSpans: [{ scope: item, spans: [chatSpan(1), { ...chatSpan(2), ...item }, item] }] }],
        });
        const { spans, rejected } = decodeTraces(body, 'json');
        expect(spans.length + rejected.length).toBe(3);
        expectSane({ spans, rejected });
      }),
      { numRuns },
    );
  });
});

function field(number: number, content: Buffer): Buffer {
  return Buffer.concat([varint(number * 8 + 2), varint(content.length), content]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}

const spanBytes = (span: Json): Buffer => encodeMessage('Span', span);
const requestOf = (spans: readonly Buffer[]): Buffer => field(1, field(2, Buffer.concat(spans.map((span) => field(2, span)))));
const attributeBytes = (key: string, value: Buffer): Buffer => field(9, Buffer.concat([field(1, Buffer.from(key)), field(2, value)]));

/** An array in an array … : the headers from the outermost to the innermost, so that nothing is copied twice. */
function nested(levels: number): Buffer {
  const headers = [field(1, Buffer.from('deep'))];
  let length = headers[0]?.length ?? 0;
  for (let level = 0; level < levels; level++) {
    for (const number of [1, 5]) {
      const header = Buffer.concat([varint(number * 8 + 2), varint(length)]);
      headers.push(header);
      length += header.length;
    }
  }
  return Buffer.concat(headers.toReversed());
}
