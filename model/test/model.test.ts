import fc from 'fast-check';
import { expect, test } from 'vitest';
import { divideRounded, formatUsd, parseUsd, toDisjointUsage } from '../src/index.ts';

test('money survives the way through text to the last pico-dollar', () => {
  fc.assert(fc.property(fc.bigInt(-(10n ** 30n), 10n ** 30n), (amount) => parseUsd(formatUsd(amount)) === amount));
});

test('text that is no plain decimal is refused, not rounded', () => {
  for (const text of ['', '1e-6', '.5', '1.', 'NaN', '0.0000000000001', '1,5', ' 1']) expect(parseUsd(text)).toBeUndefined();
});

test('division rounds half away from zero', () => {
  expect([
    divideRounded(5n, 10n),
    divideRounded(-5n, 10n),
    divideRounded(4n, 10n),
    divideRounded(14n, 10n),
    divideRounded(15n, 10n),
  ]).toEqual([1n, -1n, 0n, 1n, 2n]);
});

test('inclusive totals become disjoint buckets that add up to them', () => {
  expect(toDisjointUsage({ input_tokens: 10_000, cache_read_tokens: 4_000, output_tokens: 2_000, reasoning_tokens: 1_500 }).usage).toEqual({
    input_uncached: 6_000,
    cache_read: 4_000,
    output_text: 500,
    reasoning: 1_500,
  });
});

test('a total smaller than its parts is a contradiction and no negative bucket', () => {
  const { usage, contradictions } = toDisjointUsage({ input_tokens: 10, cache_read_tokens: 40 });
  expect(usage).toEqual({ cache_read: 40 });
  expect(contradictions).toEqual(['input_tokens is 10 but its parts add up to 40']);
});
