import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeTraces } from '../../src/decode/decode.ts';
import { chatSpan, toProtobuf, tracesRequest } from '../otlp/messages.ts';

const name: fc.Arbitrary<string> = fc.constantFrom('a', 'b', 'c', 'd', 'e');
/** Mostly beginnings of one list, with some that leave it, repeat a name, or are longer than what is shared. */
const names: fc.Arbitrary<readonly string[]> = fc.oneof(
  fc.nat(5).map((length) => ['a', 'b', 'c', 'd', 'e'].slice(0, length)),
  fc.array(name, { maxLength: 8 }),
  fc.nat(40).map((length) => Array.from({ length }, (_, number) => `k${number}`)),
);
const spans = fc.array(fc.record({ span: fc.constantFrom('chat', 'embed'), names, changed: fc.option(name) }), {
  minLength: 2,
  maxLength: 20,
});

test('spans of one name have the attributes that were sent, whatever those before them had', () => {
  fc.assert(
    fc.property(spans, (drawn) => {
      const sent = drawn.map(({ span, names: keys }, number) => ({
        ...chatSpan(number + 1),
        name: span,
        attributes: keys.map((key, place) => ({ key, value: { stringValue: `${number}-${place}` } })),
      }));
      const read = decodeTraces(toProtobuf(tracesRequest(sent)), 'protobuf').spans;
      // Who changes one span changes no other.
      for (const [number, { changed }] of drawn.entries()) if (changed !== null) read[number]?.attributes.set(changed, 'changed');
      for (const [number, { names: keys, changed }] of drawn.entries()) {
        const expected = new Map(keys.map((key, place) => [key, `${number}-${place}`]));
        if (changed !== null) expected.set(changed, 'changed');
        const { attributes } = read[number]!;
        expect([...attributes]).toEqual([...expected]);
        expect(attributes.size).toBe(expected.size);
        for (const [key, value] of expected) expect(attributes.get(key)).toBe(value);
      }
    }),
    { numRuns: 300 },
  );
});
