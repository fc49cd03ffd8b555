import { expect, test } from 'vitest';
import { formatUsd } from '../viewer/src/trace/format.ts';

test.each([
  ['12.3688', '$12.37'],
  ['0.02805', '$0.0281'],
  ['0.9999', '$1.000'],
  ['1999.999', '$2,000.00'],
  ['0', '$0.00'],
  ['-0.5', '-$0.500'],
])('%s dollars are shown as %s: rounded, not cut off', (decimal, shown) => {
  expect(formatUsd(decimal)).toBe(shown);
});
