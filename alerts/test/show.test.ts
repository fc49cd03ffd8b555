import { expect, test } from 'vitest';
import { show, showMoney, showUsd, valueFacts } from '../src/show.ts';

test.each([
  [516_732_907_390_000n, '$516.73'],
  [12_345_675_000_000_000n, '$12,345.68'],
  [-3_100_000_000_000n, '-$3.10'],
  [999_999_999_999_999_999n, '$1,000,000.00'],
  [10_000_000_000n, '$0.01'],
  [4_249_000_000n, '$0.0042'],
  [2_800n, '$0.0000000028'],
  [7n, '$0.000000000007'],
  [0n, '$0.00'],
])('%d pico-dollars read %s', (amount, text) => {
  expect(showMoney(amount)).toBe(text);
});

test('other measures read as what they are', () => {
  expect(show('error_rate', 0.21428571428571427)).toBe('21.43 %');
  expect(show('calls', 1_234_567)).toBe('1,234,567');
  expect(show('cost', null)).toBe('unknown');
  expect(showUsd(0.1 + 0.2)).toBe('$0.30');
});

test('what is exact stays beside it, for machines', () => {
  expect(valueFacts('cost', 516_732_907_390_000n)).toEqual({ value: '$516.73', value_usd: '516.73290739' });
  expect(valueFacts('calls', 3)).toEqual({ value: '3' });
});
