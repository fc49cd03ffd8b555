import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createInterner } from '../../src/decode/intern.ts';
import { createKnownKeys } from '../../src/decode/known-keys.ts';
import { areSameWords, copyWords, hashOf, viewOf, wordsOf } from '../../src/decode/same-bytes.ts';

/** Few different bytes, so that many are nearly the same. */
const some = fc.array(fc.constantFrom(0, 1, 97, 98, 255), { maxLength: 60 });
const placed = (inner: readonly number[], before: number) => {
  const bytes = Buffer.from([...Array.from({ length: before }, () => 7), ...inner]);
  return [{ bytes, view: viewOf(bytes) }, before, before + inner.length] as const;
};

test('words are the same when all bytes are, wherever they stand, and then have the same hash', () => {
  fc.assert(
    fc.property(some, some, fc.nat(7), fc.option(fc.nat(59)), (one, drawn, before, changed) => {
      const other = changed === null ? drawn : one.map((byte, at) => (at === changed ? byte ^ 1 : byte));
      const words = new Int32Array(2 + wordsOf(one.length));
      copyWords(words, 2, ...placed(one, 3));
      const isSame = one.length === other.length && Buffer.from(one).equals(Buffer.from(other));
      if (one.length === other.length) expect(areSameWords(words, 2, ...placed(other, before))).toBe(isSame);
      if (isSame) expect(hashOf(...placed(one, 3))).toBe(hashOf(...placed(other, before)));
    }),
    { numRuns: 3000 },
  );
});

test('a text is that of its bytes, whatever was read before', () => {
  const interner = createInterner();
  const keys = createKnownKeys();
  let key = keys.start;
  fc.assert(
    fc.property(
      fc.oneof(
        some,
        fc.string({ unit: 'grapheme' }).map((text) => [...Buffer.from(text)]),
      ),
      fc.nat(5),
      (inner, before) => {
        const read = placed(inner, before);
        const text = Buffer.from(inner).toString('utf8');
        key = keys.after(key, ...read);
        expect([interner.text(...read), key.text]).toEqual([text, text]);
      },
    ),
    { numRuns: 3000 },
  );
});
