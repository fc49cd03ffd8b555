import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromDimensionName, toDimensionName } from '../src/index.ts';

const odd = fc.constantFrom(
  'All',
  '*',
  '(none)',
  '$__all',
  '${team}',
  '["a"',
  '[]',
  '"',
  '""',
  '"a"',
  '"a" and "b"',
  '[bot] renovate',
  'a,b',
);

test('every value has a name of its own, and comes back from it', () => {
  const text = fc
    .oneof(
      odd,
      fc.string(),
      fc.tuple(odd, fc.string()).map((parts) => parts.join('')),
    )
    .filter((value) => value !== '');
  fc.assert(
    fc.property(text, text, (value, other) => {
      expect(fromDimensionName(toDimensionName(value))).toBe(value);
      // A name, taken for a value, is another one.
      expect(fromDimensionName(toDimensionName(toDimensionName(value)))).toBe(toDimensionName(value));
      if (value !== other) expect(toDimensionName(value)).not.toBe(toDimensionName(other));
    }),
    { numRuns: 2000 },
  );
});

test('what nobody said is (none), and no team can be called that', () => {
  expect([undefined, null, ''].map(toDimensionName)).toEqual(['(none)', '(none)', '(none)']);
  expect(fromDimensionName('(none)')).toBe('');
  expect(toDimensionName('(none)')).toBe('"(none)"');
});

test('usual names stand as they are', () => {
  for (const name of ['search', 'Müller & Söhne', 'a "quoted" word', '[bot] renovate', 'a,b', '{x}', '$5', '検索'])
    expect(toDimensionName(name)).toBe(name);
  expect(toDimensionName('All')).toBe('"All"');
});
