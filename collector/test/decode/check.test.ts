import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkTraces, DecodeError, decodeTraces } from '../../src/decode/decode.ts';
import { readFixtures } from '../golden/fixtures.ts';
import { chatSpan, type Json, text, toProtobuf, tracesRequest } from '../otlp/messages.ts';

/** What a sender is told, by the quick look and by the reading. */
function answers(body: Uint8Array) {
  const told = (read: () => { readonly spans: number; readonly rejected: unknown; readonly isClean: boolean }) => {
    try {
      const { spans, rejected, isClean } = read();
      return { spans, rejected, isClean };
    } catch (error) {
      if (error instanceof DecodeError) return error.message;
      throw error;
    }
  };
  const decoded = () => {
    const { spans, ...rest } = decodeTraces(body, 'protobuf');
    return { spans: spans.length, ...rest };
  };
  return { checked: told(() => checkTraces(body)), decoded: told(decoded) };
}

function expectAgreement(body: Uint8Array): void {
  const { checked, decoded } = answers(body);
  expect(checked).toEqual(decoded);
}

const content = chatSpan(2, [text('gen_ai.input.messages', 'secret')]);
const odd: Json[] = [
  content,
  { ...chatSpan(3), events: [{ name: 'exception', attributes: [text('exception.message', 'secret')] }] },
  { ...chatSpan(4), links: [{ traceId: chatSpan(4)['traceId'], spanId: chatSpan(4)['spanId'] }] },
  { ...chatSpan(5), traceId: '00000000000000000000000000000000' },
  { ...chatSpan(6), spanId: 'abcdef' },
  { ...chatSpan(7), status: { code: 2, message: 'secret' } },
  chatSpan(8, [{ key: 'deep', value: { arrayValue: { values: [{ kvlistValue: { values: [text('input.value', 'secret')] } }] } } }]),
  chatSpan(9, [{ key: 'many', value: { intValue: '9007199254740993' } }, { key: 'nothing' }]),
];
const good = toProtobuf(tracesRequest([chatSpan(1), ...odd]));

describe('the quick look at a request says what reading it says', () => {
  test('cut at every byte', () => {
    for (let length = 0; length <= good.length; length++) expectAgreement(good.subarray(0, length));
  });

  test('of all captures of real emitters', () => {
    for (const { protobuf } of readFixtures()) for (const body of protobuf) expectAgreement(body);
  });

  test('of each odd span alone', () => {
    for (const span of odd) expectAgreement(toProtobuf(tracesRequest([span])));
  });

  test('with some bytes changed, and of random bytes', () => {
    const change = fc.record({ at: fc.nat(good.length - 1), byte: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
        const body = Buffer.from(good);
        for (const { at, byte } of changes) body[at] = byte;
        expectAgreement(body);
      }),
      { numRuns: 5000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => expectAgreement(bytes)),
      { numRuns: 1000 },
    );
  });
});
