import { expect, test } from 'vitest';
import { formatDuration, formatUsd } from '../viewer/src/trace/format.ts';

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

test.each([
  [0.4, '0 ms'],
  [850, '850 ms'],
  [9_994, '9.99 s'],
  [59_940, '59.9 s'],
  [59_960, '1 min 0 s'],
  [119_600, '2 min 0 s'],
  [3_725_000, '62 min 5 s'],
])('%f ms is shown as %s', (ms, shown) => {
  expect(formatDuration(ms)).toBe(shown);
});
